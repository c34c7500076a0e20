//! Documented examples and defaults, as far as they satisfy the schema that they stand in (GENERATION.md, section 9).

use sentinel_wire::{Map, Value};

use crate::compiler::Compiler;
use crate::matching::matches;
use crate::random::Draws;
use crate::schema::{Flat, Node, NodeId};
use crate::text;
use crate::verdict::satisfies;

/// The samples of an alternative that are not null and that the validator accepts.
pub fn valid_samples<'a>(compiler: &Compiler, node: &Node, flat: &'a Flat) -> &'a [Value] {
    flat.valid_samples.get_or_init(|| {
        let is_valid = |sample: &&Value| **sample != Value::Null && satisfies(compiler, node, sample);
        flat.samples.iter().filter(is_valid).cloned().collect()
    })
}

/// The first of them.
pub fn first_sample<'a>(compiler: &Compiler, node: &Node, flat: &'a Flat) -> Option<&'a Value> {
    valid_samples(compiler, node, flat).first()
}

/// The sample with the texts in it whose names say that they should differ from case to case made different.
///
/// Only where the node has one alternative, and the text no enum, no format but email, and a pattern that the new text matches.
pub fn varied_sample(compiler: &Compiler, draws: &mut Draws, node: &Node, sample: &Value, name: &str) -> Value {
    let [flat] = node.alternatives(compiler) else { return sample.clone() };
    let mut child = |node: Option<NodeId>, item: &Value, name: &str| match node {
        None => item.clone(),
        Some(node) => varied_sample(compiler, draws, &compiler.node(node), item, name),
    };
    match sample {
        Value::Text(sample) => Value::Text(varied_text(draws, flat, sample, name)),
        Value::Map(map) => map
            .iter()
            .map(|(key, item)| (key.to_owned(), child(flat.property(compiler, key), item, key)))
            .collect::<Map>()
            .into(),
        Value::List(items) => {
            let pairs = items.iter().enumerate();
            pairs.map(|(index, item)| child(flat.item(index), item, name)).collect::<Vec<_>>().into()
        }
        other => other.clone(),
    }
}

fn varied_text(draws: &mut Draws, flat: &Flat, sample: &str, name: &str) -> String {
    let is_free = flat.values.is_none() && matches!(flat.format.as_str(), "" | "email") && flat.unsupported.is_empty();
    if !is_free || !text::is_varied(name) {
        return sample.to_owned();
    }
    let changed = text::varied(draws, sample, flat.max_length);
    let fits = text::length(&changed) >= flat.min_length && flat.patterns.iter().all(|tree| matches(tree, &changed));
    if fits { changed } else { sample.to_owned() }
}
