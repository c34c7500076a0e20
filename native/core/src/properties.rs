//! The properties of an object: those of all members, and what must be there with others (GENERATION.md, section 8).

use std::collections::{HashMap, HashSet};

use sentinel_wire::Value;

use crate::compiler::Compiler;
use crate::merging::{largest, list, smallest};
use crate::naming::Naming;
use crate::parts::Member;
use crate::schema::Flat;

/// Sets what the members say of properties and of their number.
pub fn properties(flat: &mut Flat, members: &[Member], compiler: &Compiler) {
    flat.min_properties = largest(members, "minProperties");
    flat.max_properties = smallest(members, "maxProperties");
    let naming = Naming::of(members, compiler);
    flat.risky |= naming.is_unsupported;
    for name in naming.declared() {
        let parts = naming.schemas_of(name);
        flat.properties.add(name, compiler.node_of(&parts));
        if parts.contains(&Value::Bool(false)) {
            flat.forbidden.insert(name.to_owned());
        }
    }
    let rest = naming.rest();
    flat.additional = (!rest.is_empty()).then(|| compiler.node_of(&rest));
    flat.open = !naming.texts.is_empty() || (!rest.is_empty() && !rest.contains(&Value::Bool(false)));
    flat.naming = (!naming.texts.is_empty()).then_some(naming);
    flat.dependents = dependents(members);
    let mut seen = HashSet::new();
    for name in members.iter().flat_map(|member| list(member, "required")).filter_map(Value::as_text) {
        if seen.insert(name) {
            let company = flat.dependents.get(name).into_iter().flatten().map(String::as_str);
            for each in [name].into_iter().chain(company) {
                if flat.required_names.insert(each.to_owned()) {
                    flat.required.push(each.to_owned());
                }
            }
        }
    }
    let wants_more = flat.min_properties > flat.required.len() as u64;
    flat.risky |= !flat.dependents.is_empty() && flat.max_properties.is_some() && wants_more;
}

/// Which other names must be there with a name, those that these need in turn included.
fn dependents(members: &[Member]) -> HashMap<String, Vec<String>> {
    let tables = members.iter().filter_map(|member| member.get("dependentRequired")?.as_map());
    let mut direct: HashMap<&str, Vec<&str>> = HashMap::new();
    for (name, others) in tables.flat_map(sentinel_wire::Map::iter) {
        let others = others.as_list().unwrap_or_default().iter().filter_map(Value::as_text);
        direct.entry(name).or_default().extend(others);
    }
    let reached = |name: &str| {
        let mut reached = vec![name];
        let mut at = 0;
        while let Some(name) = reached.get(at) {
            for other in direct.get(name).into_iter().flatten() {
                if !reached.contains(other) {
                    reached.push(other);
                }
            }
            at += 1;
        }
        reached.into_iter().skip(1).map(str::to_owned).collect()
    };
    direct.keys().map(|name| ((*name).to_owned(), reached(name))).collect()
}
