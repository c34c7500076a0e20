//! From JSON Schema to the normalised model: references followed, `allOf` merged, branches multiplied out (GENERATION.md, section 8).

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::apart::told_apart;
use crate::kind::Kind;
use crate::merging::{Contradiction, merge};
use crate::negation::{self, Negation};
use crate::parts::{Branch, Choice, Entry, Parts};
use crate::schema::{Alternatives, Flat, Node, NodeId};

/// A node has no more alternatives.
pub const MAX_ALTERNATIVES: usize = 32;
const MAX_TRIED: usize = 256;
const MAX_LEVELS: usize = 3;
/// So many branches one is told apart from.
const MAX_EXCLUDED: usize = 8;
/// So many conjunctions are tried to tell one branch apart.
const MAX_TRIED_APART: usize = 16;
/// So many may have a schema that is false, all together.
const MAX_FALSE: usize = 256;
/// So many are only looked at, as some of their choices are not made.
const MAX_LOOKED_AT: usize = 256;

/// How references to shared schemas begin.
pub const REFERENCE: &str = "#/$defs/";

/// The nodes of one slice's schemas; equal parts are made once.
#[derive(Debug)]
pub struct Compiler {
    schemas: HashMap<String, Value>,
    nodes: RefCell<Vec<Rc<Node>>>,
    ids: RefCell<HashMap<Vec<Identity>, NodeId>>,
    // By identity, with the schemas, which so live as long as what was made of them.
    negations: RefCell<HashMap<Identity, (Value, Rc<Negation>)>>,
    denied: RefCell<HashMap<Identity, (Value, Value)>>,
    texts: RefCell<HashMap<String, Value>>,
    apart: RefCell<HashMap<(Identity, Identity), bool>>,
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

    /// Whether it is plain that no value satisfies both.
    pub(crate) fn told_apart(&self, left: &Value, right: &Value) -> bool {
        let key = (Identity::of(left), Identity::of(right));
        if let Some(known) = self.apart.borrow().get(&key) {
            return *known;
        }
        let is_apart = told_apart(self, left, right, 0);
        let mut known = self.apart.borrow_mut();
        known.insert((key.1, key.0), is_apart);
        known.insert(key, is_apart);
        is_apart
    }

    /// Whether a node has an alternative, looking so many levels down, and whether that it has none is proved.
    fn may_exist(&self, id: NodeId, level: usize) -> (bool, bool) {
        let node = self.node(id);
        let known = node.exists.borrow()[level];
        known.unwrap_or_else(|| {
            let search = self.search(&node.schemas, level, 1, false);
            let found = (!search.found.is_empty(), !search.lossy);
            node.exists.borrow_mut()[level] = Some(found);
            found
        })
    }

    fn search(&self, schemas: &[Value], level: usize, most: usize, quiet: bool) -> Search<'_> {
        let (found, reason) = (vec![], String::new());
        let (tried, last, disproved, looked_at, lossy, risky) = (0, MAX_TRIED, 0, 0, false, false);
        let mut search =
            Search { compiler: self, level, most, found, reason, tried, last, disproved, looked_at, lossy, risky };
        let entries: Vec<Entry> = schemas.iter().map(|schema| Entry::of(schema, quiet)).collect();
        search.grow(&entries, 0, "");
        search
    }

    /// The alternatives of schemas that must hold together.
    pub(crate) fn alternatives(&self, schemas: &[Value], is_single: bool) -> Alternatives {
        let most = if is_single { 1 } else { MAX_ALTERNATIVES };
        let mut search = self.search(schemas, MAX_LEVELS, most, is_single);
        if search.found.is_empty() && search.reason.is_empty() {
            "false".clone_into(&mut search.reason);
        }
        Alternatives { flats: search.found, reason: search.reason, proved: !search.lossy }
    }
}

/// The multiplying out of one node's branches, in the order of the document. What negations ask of parts is looked at `level` levels
/// down: a branch whose part cannot be is none.
struct Search<'a> {
    compiler: &'a Compiler,
    level: usize,
    most: usize,
    found: Vec<Flat>,
    reason: String,
    tried: usize,
    /// No more than so many are tried.
    last: usize,
    /// So many had a schema that is false.
    disproved: usize,
    looked_at: usize,
    /// Whether a negation left out what it might have allowed.
    lossy: bool,
    /// Whether the branches that are being tried are.
    risky: bool,
}

impl Search<'_> {
    /// Adds the alternatives of the conjunction whose first `taken` choices are made already.
    fn grow(&mut self, entries: &[Entry], taken: usize, label: &str) {
        let mut parts = Parts::new(self.compiler, true);
        let holds = entries.iter().all(|entry| parts.add(entry));
        self.lossy |= parts.lossy;
        if !holds {
            self.because("a schema that is false");
            self.disproved += 1;
            return;
        }
        let Some(choice) = parts.choices.get(taken) else {
            return self.finish(&parts, label);
        };
        let before = self.found.len();
        for (index, branch) in choice.branches.iter().enumerate() {
            if self.has_enough(choice, before) {
                return;
            }
            if parts.says_nothing_new(branch) {
                continue;
            }
            if !choice.quiet || self.may_go(&[entries, &branch.entries].concat()) {
                self.branch(entries, taken, &labelled(label, choice, index), branch);
            }
        }
        if self.found.len() == before && choice.branches.iter().any(|branch| !branch.excluded.is_empty()) {
            // Branches that cannot be told apart at all, as they are: what such a document means is not what it says.
            for (index, branch) in choice.branches.iter().enumerate() {
                if self.has_enough(choice, before) {
                    return;
                }
                self.as_it_is(entries, taken, &labelled(label, choice, index), branch);
            }
        }
    }

    fn has_enough(&self, choice: &Choice, before: usize) -> bool {
        let found = self.found.len();
        found >= self.most || self.is_used_up() || (choice.quiet && found > before)
    }

    const fn is_used_up(&self) -> bool {
        self.tried >= self.last || self.disproved >= MAX_FALSE
    }

    /// One branch; where it cannot be told apart from the others for what negations leave out, or from too many, as it is, and risky.
    fn branch(&mut self, entries: &[Entry], taken: usize, label: &str, branch: &Branch) {
        if branch.excluded.len() > MAX_EXCLUDED {
            return self.as_it_is(entries, taken, label, branch);
        }
        let (before, lossy, last) = (self.found.len(), std::mem::take(&mut self.lossy), self.last);
        if !branch.excluded.is_empty() {
            self.last = last.min(self.tried + MAX_TRIED_APART);
        }
        self.grow(&[entries, &branch.entries, &branch.excluded].concat(), taken + 1, label);
        self.lossy |= self.is_used_up();
        self.last = last;
        if !branch.excluded.is_empty() && self.lossy && self.found.len() == before {
            self.as_it_is(entries, taken, label, branch);
        }
        self.lossy |= lossy;
    }

    fn as_it_is(&mut self, entries: &[Entry], taken: usize, label: &str, branch: &Branch) {
        let risky = std::mem::replace(&mut self.risky, true);
        self.grow(&[entries, &branch.entries].concat(), taken + 1, label);
        self.risky = risky;
    }

    /// Whether a conjunction is none that is impossible already, whatever choices are left in it.
    fn may_go(&mut self, entries: &[Entry]) -> bool {
        if self.looked_at >= MAX_LOOKED_AT {
            return true;
        }
        self.looked_at += 1;
        let mut parts = Parts::new(self.compiler, true);
        let holds = entries.iter().all(|entry| parts.add(entry));
        self.lossy |= parts.lossy;
        holds && self.merged(&parts).is_some()
    }

    fn finish(&mut self, parts: &Parts, label: &str) {
        self.tried += 1;
        if let Some(mut flat) = self.merged(parts) {
            label.clone_into(&mut flat.label);
            flat.risky |= parts.risky || self.risky;
            self.found.push(flat);
        }
    }

    /// The members as one alternative; None where they contradict each other.
    fn merged(&mut self, parts: &Parts) -> Option<Flat> {
        let merged = merge(&parts.members, self.compiler).and_then(|flat| self.looked_down(flat, parts));
        merged.map_err(|contradiction| self.because(&contradiction.0)).ok()
    }

    /// Without the objects and arrays of which a negation asks a part that cannot be.
    fn looked_down(&mut self, mut flat: Flat, parts: &Parts) -> Result<Flat, Contradiction> {
        if self.level == 0 || flat.values.is_some() {
            return Ok(flat);
        }
        for member in parts.members.iter().filter(|member| !member.evaluates()) {
            let names = member.get("properties").and_then(Value::as_map).into_iter().flat_map(Map::iter);
            let required = names.map(|(name, _)| name).filter(|name| flat.is_required(name));
            let nodes: Vec<NodeId> = required.filter_map(|name| flat.properties.get(name)).collect();
            if nodes.into_iter().any(|node| self.is_empty(node)) {
                flat.kinds.remove(Kind::Object);
            }
            let prefix = member.get("prefixItems").and_then(Value::as_list).unwrap_or_default();
            let last = prefix.len().checked_sub(1).filter(|last| (*last as u64) < flat.min_items);
            if last.and_then(|last| flat.item(last)).is_some_and(|node| self.is_empty(node)) {
                flat.kinds.remove(Kind::Array);
            }
        }
        if flat.kinds.is_empty() { Err(Contradiction::of("a part that must be there and cannot")) } else { Ok(flat) }
    }

    fn is_empty(&mut self, node: NodeId) -> bool {
        let (exists, proved) = self.compiler.may_exist(node, self.level - 1);
        self.lossy |= !(exists || proved);
        !exists
    }

    fn because(&mut self, reason: &str) {
        if self.reason.is_empty() {
            reason.clone_into(&mut self.reason);
        }
    }
}

/// With the branch that is taken, where it is one to be tried.
fn labelled(label: &str, choice: &Choice, index: usize) -> String {
    if choice.quiet {
        return label.to_owned();
    }
    let separator = if label.is_empty() { "" } else { "+" };
    format!("{label}{separator}{}/{index}", choice.keyword)
}
