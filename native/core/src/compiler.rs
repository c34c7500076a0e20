//! From JSON Schema to the normalised model: references followed, `allOf` merged, branches multiplied out (GENERATION.md, section 8).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use sentinel_wire::Value;

use crate::apart::{Facts, told_apart};
use crate::existence::Existence;
use crate::negation::{self, Negation};
use crate::schema::{Alternatives, Node, NodeId};
use crate::search::{MAX_ALTERNATIVES, MAX_LEVELS, Search};

/// How references to shared schemas begin.
pub const REFERENCE: &str = "#/$defs/";

/// What was made of schemas, by identity, with the schemas, which so live as long.
type Made<T> = RefCell<HashMap<Identity, (Value, T)>>;

/// The nodes of one slice's schemas; equal parts are made once.
#[derive(Debug)]
pub struct Compiler {
    schemas: HashMap<String, Value>,
    nodes: RefCell<Vec<Rc<Node>>>,
    ids: RefCell<HashMap<Vec<Identity>, NodeId>>,
    negations: Made<Rc<Negation>>,
    denied: Made<Value>,
    facts: Made<Option<Rc<Facts>>>,
    texts: RefCell<HashMap<String, Value>>,
    apart: RefCell<HashMap<(Identity, Identity, usize), bool>>,
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
        Self {
            schemas,
            nodes: RefCell::default(),
            ids: RefCell::default(),
            negations: RefCell::default(),
            denied: RefCell::default(),
            texts: RefCell::default(),
            facts: RefCell::default(),
            apart: RefCell::default(),
        }
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
            nodes.push(Rc::new(Node::new(distinct, false)));
            nodes.len() - 1
        })
    }

    /// A node of its own of schemas that must hold together, with one alternative: the first way to make all their choices.
    pub fn single(&self, schemas: Vec<Value>) -> Rc<Node> {
        let node = Rc::new(Node::new(schemas, true));
        self.nodes.borrow_mut().push(Rc::clone(&node)); // its schemas must live as long
        node
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

    /// What must hold where a schema must not.
    pub(crate) fn negation(&self, schema: &Value) -> Rc<Negation> {
        let mut known = self.negations.borrow_mut();
        let made = || (schema.clone(), Rc::new(negation::negation(schema)));
        Rc::clone(&known.entry(Identity::of(schema)).or_insert_with(made).1)
    }

    /// `{"not": schema}`, the same each time.
    pub(crate) fn denied(&self, schema: &Value) -> Value {
        let mut known = self.denied.borrow_mut();
        let made = || (schema.clone(), negation::denied(schema));
        known.entry(Identity::of(schema)).or_insert_with(made).1.clone()
    }

    /// The schema of the texts with a pattern, the same each time; of all texts for "".
    pub(crate) fn text_of(&self, source: &str) -> Value {
        let kind = ("type", "string".into());
        let made = || match source {
            "" => negation::object([kind]),
            source => negation::object([kind, ("pattern", source.into())]),
        };
        self.texts.borrow_mut().entry(source.to_owned()).or_insert_with(made).clone()
    }

    /// What holds in every branch of a schema; None: it is false.
    pub(crate) fn facts(&self, schema: &Value) -> Option<Rc<Facts>> {
        let key = Identity::of(schema);
        if let Some((_, known)) = self.facts.borrow().get(&key) {
            return known.clone();
        }
        let found = Facts::of(self, schema).map(Rc::new);
        self.facts.borrow_mut().insert(key, (schema.clone(), found.clone()));
        found
    }

    /// Whether it is plain that no value satisfies both.
    pub(crate) fn told_apart(&self, left: &Value, right: &Value) -> bool {
        self.told_apart_at(left, right, 0)
    }

    /// The same, so many parts down.
    pub(crate) fn told_apart_at(&self, left: &Value, right: &Value, level: usize) -> bool {
        let key = (Identity::of(left), Identity::of(right), level);
        if let Some(known) = self.apart.borrow().get(&key) {
            return *known;
        }
        let is_apart = told_apart(self, self.facts(left).as_deref(), self.facts(right).as_deref(), level);
        let mut known = self.apart.borrow_mut();
        known.insert((key.1, key.0, level), is_apart);
        known.insert(key, is_apart);
        is_apart
    }

    /// Whether a node has an alternative, looking so many levels down.
    pub(crate) fn may_exist(&self, id: NodeId, level: usize) -> Existence {
        let node = self.node(id);
        let known = node.exists.borrow()[level].clone();
        known.unwrap_or_else(|| {
            let mut search = Search::new(self, level, 1, true);
            search.look(&node.schemas, false);
            let found = search.existence();
            node.exists.borrow_mut()[level] = Some(found.clone());
            found
        })
    }

    /// The alternatives of schemas that must hold together.
    pub(crate) fn alternatives(&self, schemas: &[Value], is_single: bool) -> Alternatives {
        let mut search = Search::new(self, MAX_LEVELS, if is_single { 1 } else { MAX_ALTERNATIVES }, false);
        search.look(schemas, is_single);
        let (existence, is_complete) = (search.existence(), search.is_complete());
        Alternatives { flats: search.found, existence, is_complete }
    }
}
