//! From JSON Schema to the normalised model: references followed, `allOf` merged, branches multiplied out (GENERATION.md, section 8).

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::merging::merge;
use crate::schema::{Alternatives, Flat, Node, NodeId};

/// A node has no more alternatives.
pub const MAX_ALTERNATIVES: usize = 32;
const MAX_TRIED: usize = 256;

/// How references to shared schemas begin.
pub const REFERENCE: &str = "#/$defs/";

/// The nodes of one slice's schemas; equal parts are made once.
#[derive(Debug)]
pub struct Compiler {
    schemas: HashMap<String, Value>,
    nodes: RefCell<Vec<Rc<Node>>>,
    ids: RefCell<HashMap<Vec<Identity>, NodeId>>,
}

/// Which part of the document a schema is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Identity {
    Object(usize),
    False,
    Other,
}

impl Identity {
    fn of(schema: &Value) -> Self {
        match schema {
            Value::Map(map) => Self::Object(Arc::as_ptr(map).addr()),
            Value::Bool(false) => Self::False,
            _ => Self::Other,
        }
    }
}

impl Compiler {
    /// A compiler for schemas that refer to these.
    #[must_use]
    pub fn new(schemas: HashMap<String, Value>) -> Self {
        Self { schemas, nodes: RefCell::default(), ids: RefCell::default() }
    }

    /// The node of schemas that must hold together.
    pub fn node_of(&self, schemas: &[Value]) -> NodeId {
        let mut identities = vec![];
        let mut distinct = vec![];
        for schema in schemas {
            let identity = Identity::of(schema);
            if !identities.contains(&identity) {
                identities.push(identity);
                distinct.push(schema.clone());
            }
        }
        let mut nodes = self.nodes.borrow_mut();
        *self.ids.borrow_mut().entry(identities).or_insert_with(|| {
            nodes.push(Rc::new(Node::new(distinct)));
            nodes.len() - 1
        })
    }

    /// The node with this id.
    pub fn node(&self, id: NodeId) -> Rc<Node> {
        Rc::clone(&self.nodes.borrow()[id])
    }

    /// The schema that a `$ref` names; None for one that is not there.
    #[must_use]
    pub fn target(&self, reference: &str) -> Option<&Value> {
        let name = reference.strip_prefix(REFERENCE).unwrap_or(reference);
        self.schemas.get(name).or_else(|| self.schemas.get(&name.replace("~1", "/").replace("~0", "~")))
    }

    /// The alternatives of schemas that must hold together.
    pub(crate) fn alternatives(&self, schemas: &[Value]) -> Alternatives {
        let mut search = Search { compiler: self, found: vec![], reason: String::new(), tried: 0 };
        search.grow(schemas, 0, "");
        if search.found.is_empty() && search.reason.is_empty() {
            "false".clone_into(&mut search.reason);
        }
        Alternatives { flats: search.found, reason: search.reason }
    }
}

/// The multiplying out of one node's branches, in the order of the document.
struct Search<'a> {
    compiler: &'a Compiler,
    found: Vec<Flat>,
    reason: String,
    tried: usize,
}

impl Search<'_> {
    /// Adds the alternatives of the conjunction whose first `taken` choices are made already.
    fn grow(&mut self, schemas: &[Value], taken: usize, label: &str) {
        let mut parts = Parts::new(self.compiler);
        if !schemas.iter().all(|schema| parts.add(schema)) {
            self.because("a schema that is false");
            return;
        }
        let Some((keyword, branches)) = parts.choices.get(taken) else {
            return self.finish(&parts, label);
        };
        for (index, branch) in branches.iter().enumerate() {
            if self.found.len() >= MAX_ALTERNATIVES || self.tried >= MAX_TRIED {
                return;
            }
            if parts.says_nothing_new(branch) {
                continue;
            }
            let longer = [schemas, std::slice::from_ref(branch)].concat();
            let separator = if label.is_empty() { "" } else { "+" };
            self.grow(&longer, taken + 1, &format!("{label}{separator}{keyword}/{index}"));
        }
    }

    fn finish(&mut self, parts: &Parts, label: &str) {
        self.tried += 1;
        match merge(&parts.members, self.compiler) {
            Ok(mut flat) => {
                label.clone_into(&mut flat.label);
                flat.risky |= parts.risky;
                self.found.push(flat);
            }
            Err(contradiction) => self.because(contradiction.0),
        }
    }

    fn because(&mut self, reason: &str) {
        if self.reason.is_empty() {
            reason.clone_into(&mut self.reason);
        }
    }
}

/// A conjunction taken apart: the schemas without references that it is made of, and the choices among them.
struct Parts<'a> {
    compiler: &'a Compiler,
    members: Vec<Arc<Map>>,
    choices: Vec<(&'static str, Arc<Vec<Value>>)>,
    risky: bool,
    seen: HashSet<String>,
}

impl<'a> Parts<'a> {
    fn new(compiler: &'a Compiler) -> Self {
        Self { compiler, members: vec![], choices: vec![], risky: false, seen: HashSet::new() }
    }

    /// Takes one more schema in; false where nothing can satisfy it. A reference that was followed already adds nothing.
    fn add(&mut self, schema: &Value) -> bool {
        let Value::Map(member) = schema else { return *schema != Value::Bool(false) };
        self.members.push(Arc::clone(member));
        if let Some(Value::Text(reference)) = member.get("$ref")
            && self.seen.insert(reference.clone())
        {
            let target = self.compiler.target(reference);
            self.risky |= target.is_none();
            if !target.is_none_or(|target| self.add(target)) {
                return false;
            }
        }
        if let Some(Value::List(all)) = member.get("allOf")
            && !all.iter().all(|part| self.add(part))
        {
            return false;
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(Value::List(branches)) = member.get(keyword)
                && !branches.is_empty()
            {
                self.choices.push((keyword, Arc::clone(branches)));
                self.risky |= keyword == "oneOf" && branches.len() > 1;
            }
        }
        true
    }

    /// Whether a branch is only a way back to where we came from.
    fn says_nothing_new(&self, branch: &Value) -> bool {
        let reference = branch.as_map().filter(|map| map.len() == 1).and_then(|map| map.get("$ref"));
        reference.and_then(Value::as_text).is_some_and(|reference| self.seen.contains(reference))
    }
}
