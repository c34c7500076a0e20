//! A conjunction of schemas taken apart: members without references, and the choices among them (GENERATION.md, section 8).

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::compiler::Compiler;
use crate::negation::object;

const MAX_NESTED: usize = 256;
/// Of more branches of a `oneOf` none is told apart.
const MAX_TOLD_APART: usize = 256;
/// From so many branches one is told apart by a negation.
const MAX_EXCLUDED: usize = 8;

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
    /// The references that led to it.
    way: Rc<[String]>,
}

impl Entry {
    /// A schema that is a part of nothing.
    pub fn of(schema: &Value, quiet: bool) -> Self {
        Self { schema: schema.clone(), scopes: Rc::new([]), quiet, way: Rc::new([]) }
    }

    fn beside(&self, schema: &Value) -> Self {
        Self { schema: schema.clone(), ..self.clone() }
    }
}

/// What one branch of a choice adds.
#[derive(Debug)]
pub struct Branch {
    /// What it says.
    pub entries: Vec<Entry>,
    /// What must not hold beside it; None: too much to be looked at.
    pub excluded: Option<Vec<Entry>>,
}

impl Branch {
    /// Whether it is only a way back to where we came from.
    pub fn leads_back(&self) -> bool {
        let [entry] = &self.entries[..] else { return false };
        let reference = entry.schema.as_map().filter(|map| map.len() == 1).and_then(|map| map.get("$ref"));
        reference.and_then(Value::as_text).is_some_and(|reference| entry.way.iter().any(|one| one == reference))
    }
}

/// Ways to go on, each of the schemas that it adds.
#[derive(Debug, Clone)]
pub struct Choice {
    pub keyword: &'static str,
    pub ways: Vec<Vec<Value>>,
    /// Where it stands.
    at: Entry,
    /// The schema that a condition asks, or that must not hold.
    pub about: Option<Value>,
}

impl Choice {
    /// Whether beside a branch no other may hold.
    pub fn is_exclusive(&self) -> bool {
        self.keyword == "oneOf"
    }

    /// Whether its branches are no alternatives to be tried.
    pub const fn is_quiet(&self) -> bool {
        self.at.quiet
    }

    /// One of its branches.
    pub fn branch(&self, compiler: &Compiler, index: usize) -> Branch {
        let entries = self.ways[index].iter().map(|schema| self.at.beside(schema)).collect();
        if !self.is_exclusive() {
            return Branch { entries, excluded: Some(vec![]) };
        }
        if self.ways.len() > MAX_TOLD_APART {
            return Branch { entries, excluded: None };
        }
        let own = &self.ways[index][0];
        let others = self.ways.iter().enumerate().filter(|(at, _)| *at != index).map(|(_, way)| &way[0]);
        let excluded: Vec<Entry> = others
            .filter(|other| !compiler.told_apart(own, other))
            .take(MAX_EXCLUDED + 1)
            .map(|other| Entry::of(&compiler.denied(other), true))
            .collect();
        Branch { entries, excluded: (excluded.len() <= MAX_EXCLUDED).then_some(excluded) }
    }
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
#[derive(Clone)]
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

    /// Takes one more schema in; false where nothing can satisfy it. A reference that was followed already adds nothing
    /// but its scopes.
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
            && !self.follow(reference, &entry, depth)
        {
            return false;
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
                let ways = branches.iter().map(|branch| vec![branch.clone()]).collect();
                self.choose(keyword, ways, &entry, None);
            }
        }
        self.condition(schema, &entry);
        // Under `not` nothing is evaluated (JSON Schema 2020-12, core, 7.7.1.4): what comes of it is in no scope.
        schema.get("not").is_none_or(|part| self.deny(&Entry { scopes: Rc::new([]), ..entry.beside(part) }, depth))
    }

    /// Takes in what a reference of an entry names.
    fn follow(&mut self, reference: &str, entry: &Entry, depth: usize) -> bool {
        let target = self.compiler.target(reference);
        if !self.seen.insert(reference.to_owned()) {
            if let Some(target) = target.filter(|_| !entry.scopes.is_empty()) {
                self.widen(target, &entry.scopes);
            }
            return true;
        }
        if self.seen.contains(&format!("!{reference}")) {
            return self.contradicts_itself();
        }
        let Some(target) = target else {
            self.risky = true;
            return true;
        };
        let way = entry.way.iter().cloned().chain([reference.to_owned()]).collect();
        self.add_at(&Entry { schema: target.clone(), way, ..entry.clone() }, depth + 1)
    }

    /// Puts what was taken in with a schema, which is met once more, into further scopes too; the last stays its own.
    fn widen(&mut self, schema: &Value, scopes: &Scopes) {
        let Value::Map(map) = schema else { return };
        let Some(member) = self.members.iter_mut().find(|member| Arc::ptr_eq(&member.schema, map)) else { return };
        let new: Vec<usize> = scopes.iter().copied().filter(|scope| !member.scopes.contains(scope)).collect();
        if new.is_empty() {
            return;
        }
        let wider = |old: &Scopes| new.iter().chain(old.iter()).copied().collect::<Scopes>();
        member.scopes = wider(&member.scopes);
        if let Some(target) = map.get("$ref").and_then(Value::as_text).and_then(|name| self.compiler.target(name)) {
            self.widen(target, scopes);
        }
        for part in map.get("allOf").and_then(Value::as_list).unwrap_or_default() {
            self.widen(part, scopes);
        }
        let is_of = |choice: &Choice| {
            choice.keyword != "not" && choice.at.schema.as_map().is_some_and(|at| std::ptr::eq(at, Arc::as_ptr(map)))
        };
        let mut below = vec![];
        for choice in self.choices.iter_mut().filter(|choice| is_of(choice)) {
            choice.at.scopes = wider(&choice.at.scopes);
            below.extend(choice.ways.iter().flatten().cloned());
        }
        for part in below {
            self.widen(&part, scopes);
        }
    }

    fn choose(&mut self, keyword: &'static str, ways: Vec<Vec<Value>>, entry: &Entry, about: Option<&Value>) {
        self.choices.push(Choice { keyword, ways, at: entry.clone(), about: about.cloned() });
    }

    /// `if` and `dependentSchemas` as choices.
    fn condition(&mut self, schema: &Map, entry: &Entry) {
        if let Some(condition) = schema.get("if")
            && (schema.has("then") || schema.has("else"))
        {
            let part = |keyword| schema.get(keyword).cloned().unwrap_or(Value::Bool(true));
            let denied = self.compiler.denied(condition);
            let ways = vec![vec![condition.clone(), part("then")], vec![denied, part("else")]];
            self.choose("if", ways, entry, Some(condition));
        }
        let dependent = schema.get("dependentSchemas").and_then(Value::as_map);
        for (name, part) in dependent.into_iter().flat_map(Map::iter) {
            let mark = ("!", Value::Bool(true));
            let absent = object([mark.clone(), ("properties", object([(name, Value::Bool(false))]))]);
            let present = object([mark, ("type", "object".into()), ("required", vec![name.into()].into())]);
            self.choose("dependentSchemas", vec![vec![absent], vec![present, part.clone()]], entry, None);
        }
    }

    /// What is asked for must not be; no proof, as such a schema may be about itself.
    const fn contradicts_itself(&mut self) -> bool {
        self.lossy = true;
        false
    }

    /// Takes in that the schema of an entry must not hold; false where everything satisfies it.
    fn deny(&mut self, entry: &Entry, depth: usize) -> bool {
        let mut schema = &entry.schema;
        let mut followed = HashSet::new();
        while let Some(map) = schema.as_map().filter(|map| map.len() == 1)
            && let Some(Value::Text(reference)) = map.get("$ref")
        {
            if self.seen.contains(reference) {
                return self.contradicts_itself();
            }
            let is_new = self.seen.insert(format!("!{reference}"));
            let is_repeated = !followed.insert(reference.clone());
            if !is_new && !is_repeated {
                return true;
            }
            let Some(target) = self.compiler.target(reference).filter(|_| !is_repeated) else {
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
                let ways = branches.iter().map(|branch| vec![branch.clone()]).collect();
                self.choose("not", ways, entry, Some(schema));
                true
            }
        }
    }
}
