//! Which keyword of the document a violation is of (GENERATION.md, section 16): a bound may come from another one than it is named by.

use std::collections::HashSet;

use sentinel_core::compiler::Compiler;
use sentinel_core::schema::Node;
use sentinel_wire::{Map, Value};

const MOST_SCHEMAS: usize = 4096;
const CHOICES: [&str; 5] = ["not", "then", "else", "oneOf", "dependentSchemas"];

/// Where a keyword's bound may come from: other keywords that say it too, and those that say it where they must not hold.
fn origin(keyword: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match keyword {
        "type" => (&[], &["type"]),
        "enum" => (&["const"], &["enum", "const"]),
        "required" => (&["dependentRequired"], &["properties", "required"]),
        "minimum" => (&[], &["exclusiveMaximum"]),
        "exclusiveMinimum" => (&[], &["maximum"]),
        "maximum" => (&[], &["exclusiveMinimum"]),
        "exclusiveMaximum" => (&[], &["minimum"]),
        "multipleOf" => (&[], &["multipleOf"]),
        "minLength" => (&[], &["maxLength"]),
        "maxLength" => (&[], &["minLength"]),
        "pattern" => (&[], &["pattern"]),
        "minItems" => (&["minContains", "contains"], &["maxItems", "items", "prefixItems"]),
        "maxItems" => (&["items", "unevaluatedItems"], &["minItems"]),
        "additionalProperties" => (&["unevaluatedProperties"], &[]),
        "minProperties" => (&[], &["maxProperties"]),
        "maxProperties" => (&[], &["minProperties"]),
        _ => return None,
    })
}

/// Whether the label names a keyword that looks at the part as a whole, whatever the violation does to a property of it.
pub fn is_of_choice(label: &str) -> bool {
    CHOICES.contains(&label.split('/').next().unwrap_or_default())
}

/// The keywords of a part's schemas: what they say (down references, branches and what follows a condition), what `not` denies, and what
/// `if` asks for.
pub struct Said<'a> {
    /// Of the node.
    pub compiler: &'a Compiler,
    /// Whether they list values.
    pub lists: bool,
    keywords: HashSet<&'a str>,
    denied: Vec<&'a Value>,
    asked: Vec<&'a Value>,
}

impl<'a> Said<'a> {
    /// Of a node.
    pub fn new(compiler: &'a Compiler, node: &'a Node) -> Self {
        let (mut keywords, mut denied, mut asked) = (HashSet::new(), vec![], vec![]);
        for schema in reached(compiler, node.schemas.iter().collect(), &[]) {
            keywords.extend(schema.iter().map(|(keyword, _)| keyword));
            denied.extend(schema.get("not"));
            asked.extend(schema.get("if"));
        }
        let lists = keywords.contains("enum") || keywords.contains("const");
        Self { compiler, lists, keywords, denied, asked }
    }

    /// The label with a keyword that is said: its own, another that says the same, or the choice that it comes of.
    pub fn named(&self, label: &str) -> String {
        let keyword = label.split('/').next().unwrap_or_default();
        let Some((others, opposites)) = origin(keyword).filter(|_| !self.keywords.contains(keyword)) else {
            return label.to_owned();
        };
        let which = &label[keyword.len()..];
        if let Some(other) = others.iter().find(|other| self.keywords.contains(*other)) {
            return format!("{other}{which}");
        }
        let denied = self.keywords_of(&self.denied);
        if let Some(other) = opposites.iter().find(|other| denied.contains(*other)) {
            return format!("not/{other}{which}");
        }
        let asked = self.keywords_of(&self.asked);
        if asked.contains(keyword) && self.keywords.contains("else") {
            return "else".to_owned();
        }
        if opposites.iter().any(|other| asked.contains(other)) && self.keywords.contains("then") {
            return "then".to_owned();
        }
        let choice = CHOICES.into_iter().find(|choice| self.keywords.contains(choice));
        choice.unwrap_or(label).to_owned()
    }

    fn keywords_of(&self, schemas: &[&'a Value]) -> HashSet<&'a str> {
        let schemas = reached(self.compiler, schemas.to_vec(), &["not", "if"]);
        schemas.into_iter().flat_map(Map::iter).map(|(keyword, _)| keyword).collect()
    }
}

/// The schemas that speak of the same part, at most 4096.
fn reached<'a>(compiler: &'a Compiler, mut waiting: Vec<&'a Value>, more: &[&str]) -> Vec<&'a Map> {
    let (mut found, mut seen) = (vec![], HashSet::new());
    for _ in 0..MOST_SCHEMAS {
        let Some(schema) = waiting.pop() else { break };
        let Value::Map(schema) = schema else { continue };
        found.push(&**schema);
        if let Some(Value::Text(reference)) = schema.get("$ref")
            && seen.insert(reference)
        {
            waiting.extend(compiler.target(reference));
        }
        waiting.extend(["then", "else"].iter().chain(more).filter_map(|keyword| schema.get(keyword)));
        for keyword in ["allOf", "oneOf", "anyOf"] {
            waiting.extend(schema.get(keyword).and_then(Value::as_list).unwrap_or_default());
        }
        if let Some(Value::Map(needs)) = schema.get("dependentSchemas") {
            waiting.extend(needs.iter().map(|(_, part)| part));
        }
    }
    found
}
