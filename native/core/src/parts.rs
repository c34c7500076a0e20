//! A conjunction of schemas taken apart: members without references, and the choices among them (GENERATION.md, section 8).

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::compiler::Compiler;
use crate::negation::{denied, object};

const MAX_NESTED: usize = 256;

/// The schemas with `unevaluated...` that something is a part of, by identity, the innermost last.
pub type Scopes = Rc<[usize]>;

/// A schema of a conjunction.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What holds.
    pub schema: Value,
    /// Where it stands.
    pub scopes: Scopes,
    /// The choices that its negation leaves are no alternatives to be tried: the first that goes is taken.
    pub quiet: bool,
}

impl Entry {
    /// A schema that is a part of nothing.
    pub fn of(schema: &Value, quiet: bool) -> Self {
        Self { schema: schema.clone(), scopes: Rc::new([]), quiet }
    }

    fn beside(&self, schema: &Value) -> Self {
        Self { schema: schema.clone(), ..self.clone() }
    }
}

/// What one branch of a choice adds: what it says, and what must not hold beside it.
#[derive(Debug)]
pub struct Branch {
    pub entries: Vec<Entry>,
    pub excluded: Vec<Entry>,
}

/// Branches one of which is taken.
#[derive(Debug)]
pub struct Choice {
    pub keyword: &'static str,
    pub branches: Vec<Branch>,
    pub quiet: bool,
}

/// What a schema says in itself, with where it stands.
#[derive(Debug, Clone)]
pub struct Member {
    pub schema: Arc<Map>,
    pub scopes: Scopes,
}

impl Member {
    /// The value of a keyword.
    pub fn get(&self, keyword: &str) -> Option<&Value> {
        self.schema.get(keyword)
    }

    /// Whether it has the keyword.
    pub fn has(&self, keyword: &str) -> bool {
        self.schema.has(keyword)
    }

    /// Whether it counts for `unevaluated...`.
    pub fn evaluates(&self) -> bool {
        !self.has("!")
    }
}

/// The members of a conjunction, in order, and the choices that are left.
pub struct Parts<'a> {
    compiler: &'a Compiler,
    follows_choices: bool,
    pub members: Vec<Member>,
    pub choices: Vec<Choice>,
    pub risky: bool,
    /// Whether a negation left out what it might have allowed.
    pub lossy: bool,
    seen: HashSet<String>,
}

impl<'a> Parts<'a> {
    pub fn new(compiler: &'a Compiler, follows_choices: bool) -> Self {
        let (members, choices, seen) = (vec![], vec![], HashSet::new());
        Self { compiler, follows_choices, members, choices, risky: false, lossy: false, seen }
    }

    /// Takes one more schema in; false where nothing can satisfy it. A reference that was followed already adds nothing.
    pub fn add(&mut self, entry: &Entry) -> bool {
        self.add_at(entry, 0)
    }

    fn add_at(&mut self, entry: &Entry, depth: usize) -> bool {
        let Value::Map(schema) = &entry.schema else { return entry.schema != Value::Bool(false) };
        if depth > MAX_NESTED {
            self.risky = true;
            return true;
        }
        let mut entry = entry.clone();
        if schema.has("unevaluatedProperties") || schema.has("unevaluatedItems") {
            entry.scopes = entry.scopes.iter().copied().chain([Arc::as_ptr(schema).addr()]).collect();
        }
        self.members.push(Member { schema: Arc::clone(schema), scopes: Rc::clone(&entry.scopes) });
        if let Some(Value::Text(reference)) = schema.get("$ref")
            && self.seen.insert(reference.clone())
        {
            let target = self.compiler.target(reference);
            self.risky |= target.is_none();
            if !target.is_none_or(|target| self.add_at(&entry.beside(target), depth + 1)) {
                return false;
            }
        }
        if let Some(Value::List(all)) = schema.get("allOf")
            && !all.iter().all(|part| self.add_at(&entry.beside(part), depth + 1))
        {
            return false;
        }
        if !self.follows_choices {
            return true;
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(Value::List(branches)) = schema.get(keyword)
                && !branches.is_empty()
            {
                self.choose(keyword, branches, &entry);
            }
        }
        self.condition(schema, &entry);
        schema.get("not").is_none_or(|part| self.deny(part, &entry, depth))
    }

    /// Whether a branch is only a way back to where we came from.
    pub fn says_nothing_new(&self, branch: &Branch) -> bool {
        let [entry] = &branch.entries[..] else { return false };
        let reference = entry.schema.as_map().filter(|map| map.len() == 1).and_then(|map| map.get("$ref"));
        reference.and_then(Value::as_text).is_some_and(|reference| self.seen.contains(reference))
    }

    fn choose(&mut self, keyword: &'static str, branches: &[Value], entry: &Entry) {
        let branch = |(index, schema): (usize, &Value)| {
            let is_apart = |other: &Value| self.compiler.told_apart(schema, other);
            let others = branches.iter().enumerate().filter(|(at, _)| keyword == "oneOf" && *at != index);
            let excluded = others.filter(|(_, other)| !is_apart(other));
            Branch {
                entries: vec![entry.beside(schema)],
                excluded: excluded.map(|(_, other)| Entry::of(&self.compiler.denied(other), true)).collect(),
            }
        };
        let made = branches.iter().enumerate().map(branch).collect();
        self.choices.push(Choice { keyword, branches: made, quiet: entry.quiet });
    }

    /// `if` and `dependentSchemas` as choices.
    fn condition(&mut self, schema: &Map, entry: &Entry) {
        let branch = |parts: &[&Value]| Branch {
            entries: parts.iter().map(|part| entry.beside(part)).collect(),
            excluded: vec![],
        };
        if let Some(condition) = schema.get("if")
            && (schema.has("then") || schema.has("else"))
        {
            let part = |keyword| schema.get(keyword).unwrap_or(&Value::Bool(true));
            let branches = vec![branch(&[condition, part("then")]), branch(&[&denied(condition), part("else")])];
            self.choices.push(Choice { keyword: "if", branches, quiet: entry.quiet });
        }
        let dependent = schema.get("dependentSchemas").and_then(Value::as_map);
        for (name, part) in dependent.into_iter().flat_map(Map::iter) {
            let mark = ("!", Value::Bool(true));
            let absent = object([mark.clone(), ("properties", object([(name, Value::Bool(false))]))]);
            let present = object([mark, ("required", vec![name.into()].into())]);
            let branches = vec![branch(&[&absent]), branch(&[&present, part])];
            self.choices.push(Choice { keyword: "dependentSchemas", branches, quiet: entry.quiet });
        }
    }

    /// Takes in that a schema must not hold; false where everything satisfies it.
    fn deny(&mut self, schema: &Value, entry: &Entry, depth: usize) -> bool {
        let mut schema = schema;
        while let Some(map) = schema.as_map().filter(|map| map.len() == 1)
            && let Some(Value::Text(reference)) = map.get("$ref")
        {
            if !self.seen.insert(format!("!{reference}")) {
                return true;
            }
            let Some(target) = self.compiler.target(reference) else {
                self.risky = true;
                return true;
            };
            schema = target;
        }
        let negation = self.compiler.negation(schema);
        self.lossy |= !negation.exact;
        match &negation.branches[..] {
            [] => {
                self.risky |= !negation.exact;
                !negation.exact
            }
            [branch] => self.add_at(&entry.beside(branch), depth + 1),
            branches => {
                let branch = |branch| Branch { entries: vec![entry.beside(branch)], excluded: vec![] };
                let branches = branches.iter().map(branch).collect();
                self.choices.push(Choice { keyword: "not", branches, quiet: entry.quiet });
                true
            }
        }
    }
}
