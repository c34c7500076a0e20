//! What the names of an object's properties decide (GENERATION.md, section 8): which schemas a property has, which names may be made up.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::admission::{admits, is_unknown};
use crate::compiler::Compiler;
use crate::matching::matches;
use crate::parts::{Member, Scopes};
use crate::pattern;
use crate::schema::{Flat, NodeId};
use crate::tree::Tree;

/// What one member says of properties, by their names.
#[derive(Debug)]
struct Rule {
    table: Option<Arc<Map>>,
    patterns: Vec<(String, Tree, Value)>,
    rest: Option<Value>,
    scopes: Scopes,
    evaluates: bool,
}

impl Rule {
    fn of(&self, name: &str) -> Vec<Value> {
        let declared = self.table.iter().filter_map(|table| table.get(name));
        let matching = self.patterns.iter().filter(|(_, tree, _)| matches(tree, name)).map(|(_, _, schema)| schema);
        let found: Vec<Value> = declared.chain(matching).cloned().collect();
        if found.is_empty() { self.rest.iter().cloned().collect() } else { found }
    }
}

/// What all members together say of properties, by their names.
#[derive(Debug)]
pub struct Naming {
    rules: Vec<Rule>,
    unevaluated: Vec<(Scopes, Value)>,
    /// Of propertyNames.
    pub names: Option<NodeId>,
    /// Texts that may be names: for propertyNames, then for every pattern; empty: any name is like any other.
    pub texts: Vec<NodeId>,
    /// Whether a pattern is left out, as it is not understood.
    pub is_unsupported: bool,
    nodes: RefCell<HashMap<String, Option<NodeId>>>,
}

impl Naming {
    /// What the members say.
    pub fn of(members: &[Member], compiler: &Compiler) -> Self {
        let mut is_unsupported = false;
        let mut rules = vec![];
        for member in members {
            let mut patterns = vec![];
            for (source, schema) in
                member.get("patternProperties").and_then(Value::as_map).into_iter().flat_map(Map::iter)
            {
                match pattern::parse(source) {
                    Ok(tree) => patterns.push((source.to_owned(), tree, schema.clone())),
                    Err(_) => is_unsupported = true,
                }
            }
            let table = match member.get("properties") {
                Some(Value::Map(table)) if !table.is_empty() => Some(Arc::clone(table)),
                _ => None,
            };
            let rest = member.get("additionalProperties").cloned();
            if table.is_some() || !patterns.is_empty() || rest.is_some() {
                let scopes = Scopes::clone(&member.scopes);
                rules.push(Rule { table, patterns, rest, scopes, evaluates: member.evaluates() });
            }
        }
        let unevaluated = members
            .iter()
            .filter_map(|member| Some((Scopes::clone(&member.scopes), member.get("unevaluatedProperties")?.clone())));
        let limits: Vec<Value> = members.iter().filter_map(|member| member.get("propertyNames").cloned()).collect();
        let text = |source: &str| {
            let own = compiler.text_of(source);
            compiler.node_of(&limits.iter().cloned().chain([own]).collect::<Vec<_>>())
        };
        let names = (!limits.is_empty()).then(|| compiler.node_of(&limits));
        let mut seen = HashSet::new();
        let sources = rules.iter().flat_map(|rule| &rule.patterns).map(|(source, ..)| source.as_str());
        let mut texts: Vec<NodeId> = names.iter().map(|_| text("")).collect();
        texts.extend(sources.filter(|source| seen.insert(*source)).map(text));
        let unevaluated = unevaluated.collect();
        Self { rules, unevaluated, names, texts, is_unsupported, nodes: RefCell::default() }
    }

    /// The names that are declared, in order, each once.
    pub fn declared(&self) -> Vec<&str> {
        let mut seen = HashSet::new();
        let tables = self.rules.iter().filter_map(|rule| rule.table.as_ref());
        let names = tables.flat_map(|table| table.iter()).map(|(name, _)| name);
        names.filter(|name| seen.insert(*name)).collect()
    }

    /// Whether names are spoken of by patterns.
    pub fn has_patterns(&self) -> bool {
        self.texts.len() > usize::from(self.names.is_some())
    }

    /// The node of the property of a name; None: it may be anything.
    pub fn node(&self, compiler: &Compiler, name: &str) -> Option<NodeId> {
        if let Some(known) = self.nodes.borrow().get(name) {
            return *known;
        }
        let is_admitted = self
            .names
            .is_none_or(|names| compiler.node(names).alternatives(compiler).iter().any(|flat| admits_name(flat, name)));
        let schemas = if is_admitted { self.schemas_of(name) } else { vec![Value::Bool(false)] };
        let node = (!schemas.is_empty()).then(|| compiler.node_of(&schemas));
        self.nodes.borrow_mut().insert(name.to_owned(), node);
        node
    }

    /// Whether it is certain that propertyNames refuses a name, where it does.
    pub fn is_sure(&self, compiler: &Compiler, name: &str) -> bool {
        let Some(names) = self.names.map(|names| compiler.node(names)) else { return true };
        let found = names.found(compiler);
        let text = Value::text(name);
        found.flats.iter().any(|flat| admits_name(flat, name))
            || (found.is_complete && !found.flats.iter().any(|flat| is_unknown(flat, &text)))
    }

    /// The schemas of the property of a name, whatever propertyNames says.
    pub fn schemas_of(&self, name: &str) -> Vec<Value> {
        self.found(self.rules.iter().map(|rule| rule.of(name)).collect())
    }

    /// The schemas of properties that nothing names.
    pub fn rest(&self) -> Vec<Value> {
        self.found(self.rules.iter().map(|rule| rule.rest.iter().cloned().collect()).collect())
    }

    /// Nodes that no declared property has.
    pub fn children(&self, compiler: &Compiler) -> Vec<NodeId> {
        let schemas = self.rules.iter().flat_map(|rule| &rule.patterns).map(|(_, _, schema)| schema.clone());
        schemas.map(|schema| compiler.node_of(&[schema])).chain(self.names).collect()
    }

    /// What the rules say, and the `unevaluatedProperties` in whose scope none of them says anything.
    fn found(&self, found: Vec<Vec<Value>>) -> Vec<Value> {
        let mut more = vec![];
        for (scopes, schema) in &self.unevaluated {
            let Some(own) = scopes.last() else { continue };
            let is_outer = |(others, _): &(Scopes, Value)| others[..others.len().saturating_sub(1)].contains(own);
            let says =
                |(rule, some): (&Rule, &Vec<Value>)| rule.evaluates && rule.scopes.contains(own) && !some.is_empty();
            if !self.unevaluated.iter().any(is_outer) && !self.rules.iter().zip(&found).any(says) {
                more.push(schema.clone());
            }
        }
        found.into_iter().flatten().chain(more).collect()
    }
}

/// Whether an alternative of propertyNames admits a name; formats are not looked at.
fn admits_name(flat: &Flat, name: &str) -> bool {
    let name = Value::text(name);
    admits(flat, &name) && flat.values.as_ref().is_none_or(|values| values.contains(&name))
}
