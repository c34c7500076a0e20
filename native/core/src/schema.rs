//! The normalised model of a schema: alternatives without references, each one conjunction (GENERATION.md, section 8).

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use sentinel_verdict::Validator;
use sentinel_wire::Value;

use crate::avoid::Avoid;
use crate::compiler::Compiler;
use crate::count::{too_few_items, too_few_names};
use crate::existence::Existence;
use crate::grid::{Bounds, Grid};
use crate::kind::{Kind, Kinds};
use crate::naming::Naming;
use crate::tree::Tree;

/// Levels of nesting beyond which the generators do not go, however much the schema asks for them.
pub const MAX_ROOM: i32 = 24;

/// Parts of one value, the value itself being one.
pub const MOST_VALUES: usize = 8192;

/// Of a text that must be long; those that may be are shorter.
const MOST_CHARACTERS: u64 = 1_048_576;

/// Which node of a compiler.
pub type NodeId = usize;

/// One alternative of a schema: what all its parts together ask for, by kind. Children are nodes, made when asked for.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "JSON Schema has them")]
pub struct Flat {
    /// Which branches were taken: `oneOf/1+anyOf/0`.
    pub label: String,
    /// Kinds that are made.
    pub kinds: Kinds,
    /// Kinds that the types allow; more than `kinds` where these are only implied.
    pub allowed: Kinds,
    /// Whether the schema names kinds or implies them by a keyword; else anything goes.
    pub said: bool,
    /// Of enum and const, those that the rest admits.
    pub values: Option<Vec<Value>>,
    /// Examples, then defaults, as documented.
    pub samples: Vec<Value>,
    /// Has a keyword that generation does not guarantee: a validator must look at the result.
    pub risky: bool,
    /// Values are not for requests.
    pub read_only: bool,
    /// What must not hold of values that are right otherwise.
    pub(crate) avoid: Option<Avoid>,
    /// A bound of numbers that is beyond the generator; empty: none is.
    pub unread: String,
    /// Of numbers.
    pub bounds: Bounds,
    /// Of numbers.
    pub number_grids: Vec<Grid>,
    /// Of integers.
    pub integer_grids: Vec<Grid>,
    /// Of strings, in code points.
    pub min_length: u64,
    /// Of strings, in code points.
    pub max_length: Option<u64>,
    /// Of strings; empty: none.
    pub format: String,
    /// Of strings.
    pub patterns: Vec<Tree>,
    /// Why a pattern is beyond the generator; empty: none is.
    pub unsupported: String,
    /// What the first items must be.
    pub prefix: Vec<NodeId>,
    /// How many items prefixItems speaks of.
    pub tuple_items: usize,
    /// What the other items must be; None: anything.
    pub items: Option<NodeId>,
    /// Of arrays.
    pub min_items: u64,
    /// Of arrays.
    pub max_items: Option<u64>,
    /// Whether items must differ.
    pub unique: bool,
    /// What an array must contain, and how often at least.
    pub contained: Vec<(NodeId, u64)>,
    /// Whether it says anything of that.
    pub asks_contained: bool,
    /// Whether what it must contain could stand elsewhere than at the places kept for it.
    pub is_placed: bool,
    /// Named properties, in order.
    pub properties: Properties,
    /// Names of properties that must be there, each once.
    pub required: Vec<String>,
    pub(crate) required_names: HashSet<String>,
    /// Declared, but must not be there.
    pub(crate) forbidden: HashSet<String>,
    /// What properties that nothing names must be; None: anything.
    pub additional: Option<NodeId>,
    /// Where more than being declared decides about a property.
    pub(crate) naming: Option<Naming>,
    /// Whether more properties are said to be allowed.
    pub open: bool,
    /// Which names must be there with a name, those that they need in turn included.
    pub dependents: HashMap<String, Vec<String>>,
    /// Of objects.
    pub min_properties: u64,
    /// Of objects.
    pub max_properties: Option<u64>,
    /// Made from the above when first asked for.
    pub(crate) usable: RefCell<Vec<Option<Kinds>>>,
    pub(crate) needless: RefCell<Vec<Option<bool>>>,
    pub(crate) prepared_pattern: OnceCell<Option<crate::patterned::Prepared>>,
    pub(crate) valid_samples: OnceCell<Vec<Value>>,
}

impl Flat {
    /// The kinds that can be made within so many levels of nesting.
    pub fn usable_kinds(&self, compiler: &Compiler, room: i32) -> Kinds {
        memo(&self.usable, room, || self.kinds.iter().filter(|kind| self.is_usable(compiler, *kind, room)).collect())
    }

    /// Whether a value can be made within so many levels of nesting.
    pub fn fits(&self, compiler: &Compiler, room: i32) -> bool {
        match &self.values {
            Some(values) => !values.is_empty(),
            None => !self.usable_kinds(compiler, room).is_empty(),
        }
    }

    /// What the item at an index must be; None: anything.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<NodeId> {
        self.prefix.get(index).copied().or(self.items)
    }

    /// Whether a property must be there.
    #[must_use]
    pub fn is_required(&self, name: &str) -> bool {
        self.required_names.contains(name)
    }

    /// What the property of a name must be; None: anything.
    #[must_use]
    pub fn property(&self, compiler: &Compiler, name: &str) -> Option<NodeId> {
        match &self.naming {
            Some(naming) => naming.node(compiler, name),
            None => self.properties.get(name).or(self.additional),
        }
    }

    /// The named properties, in order.
    pub fn declared<'a>(&'a self, compiler: &'a Compiler) -> impl Iterator<Item = (&'a Arc<str>, NodeId)> {
        self.properties.iter().map(|(name, node)| match &self.naming {
            Some(naming) => (name, naming.node(compiler, name).unwrap_or(node)),
            None => (name, node),
        })
    }

    /// The names that must be there with a name.
    pub fn company(&self, name: &str) -> impl Iterator<Item = &str> {
        self.dependents.get(name).into_iter().flatten().map(String::as_str)
    }

    /// What names must be that are not declared: for propertyNames, then for every pattern; None: any name is like any other.
    #[must_use]
    pub fn texts_of_names(&self) -> Option<&[NodeId]> {
        self.naming.as_ref().map(|naming| naming.texts.as_slice())
    }

    /// Whether an object with all that is required may have this property, and those that must be there with it.
    pub fn may_hold_more(&self, name: &str) -> bool {
        let more = || [name].into_iter().chain(self.company(name)).filter(|each| !self.is_required(each)).count();
        self.max_properties.is_none_or(|most| (self.required.len() + more()) as u64 <= most)
    }

    /// Whether a property of this name fits, and those that must be there with it.
    pub fn may_be_sent(&self, compiler: &Compiler, name: &str, room: i32) -> bool {
        room > 0
            && self.fits_property(compiler, name, room)
            && self.company(name).all(|other| self.fits_property(compiler, other, room))
    }

    fn fits_property(&self, compiler: &Compiler, name: &str, room: i32) -> bool {
        self.property(compiler, name).is_none_or(|node| compiler.node(node).fits(compiler, room - 1))
    }

    /// The nodes of all parts.
    pub fn children(&self, compiler: &Compiler) -> Vec<NodeId> {
        let named = self.properties.iter().map(|(_, child)| child);
        let others = self.prefix.iter().copied().chain(self.items).chain(self.additional);
        let more = self.naming.iter().flat_map(|naming| naming.children(compiler));
        named.chain(others).chain(more).collect()
    }

    fn is_usable(&self, compiler: &Compiler, kind: Kind, room: i32) -> bool {
        if self.excess(kind).is_some() {
            return false;
        }
        match kind {
            Kind::Integer => !self.integer_grids.is_empty(),
            Kind::Number => !self.number_grids.is_empty(),
            Kind::String => self.unsupported.is_empty() && self.max_length.is_none_or(|most| self.min_length <= most),
            Kind::Array => self.array_fits(compiler, room),
            Kind::Object => self.object_fits(compiler, room),
            Kind::Boolean | Kind::Null => true,
        }
    }

    /// By which keyword every value of a kind is larger than what is made, and the limit.
    pub(crate) fn excess(&self, kind: Kind) -> Option<String> {
        let most = MOST_VALUES as u64;
        match kind {
            Kind::String if self.min_length > MOST_CHARACTERS => Some(format!("minLength above {MOST_CHARACTERS}")),
            Kind::Array if self.min_items > most => Some(format!("minItems above {most}")),
            Kind::Object if self.min_properties.max(self.required.len() as u64) > most => {
                Some(format!("more than {most} required properties"))
            }
            _ => None,
        }
    }

    /// Whether an object may only have the properties that are declared, and must have more.
    pub(crate) fn has_too_few_names(&self, compiler: &Compiler) -> bool {
        let is_false = |rest: NodeId| compiler.node(rest).schemas.contains(&Value::Bool(false));
        let count = self.properties.pairs.len() - self.forbidden.len();
        self.naming.is_none() && self.additional.is_some_and(is_false) && (count as u64) < self.min_properties
    }

    fn array_fits(&self, compiler: &Compiler, room: i32) -> bool {
        if self.max_items.is_some_and(|most| self.min_items > most) {
            return false;
        }
        let first = usize::try_from(self.min_items).unwrap_or(usize::MAX).min(self.prefix.len() + 1);
        let fits = |index| self.item(index).is_none_or(|node| compiler.node(node).fits(compiler, room - 1));
        self.min_items == 0 || (room > 0 && (0..first).all(fits) && !too_few_items(self, compiler))
    }

    fn object_fits(&self, compiler: &Compiler, room: i32) -> bool {
        let least = self.min_properties.max(self.required.len() as u64);
        if self.max_properties.is_some_and(|most| least > most) {
            return false;
        }
        if self.required.is_empty() && self.min_properties == 0 {
            return true;
        }
        if room == 0 || !self.required.iter().all(|name| self.fits_property(compiler, name, room)) {
            return false;
        }
        !too_few_names(self, compiler)
            && (self.required.len() as u64 >= self.min_properties || self.has_enough(compiler, room))
    }

    /// Whether there are names for as many properties as there must be.
    fn has_enough(&self, compiler: &Compiler, room: i32) -> bool {
        if self.additional.is_none_or(|node| compiler.node(node).fits(compiler, room - 1))
            || self.naming.as_ref().is_some_and(Naming::has_patterns)
        {
            return true;
        }
        let is_possible = |name: &str| !self.is_required(name) && self.may_be_sent(compiler, name, room);
        let others = self.properties.iter().filter(|(name, _)| is_possible(name)).count();
        (others + self.required.len()) as u64 >= self.min_properties
    }
}

/// Named nodes, in order, found by name.
#[derive(Debug, Default)]
pub struct Properties {
    pairs: Vec<(Arc<str>, NodeId)>,
    by_name: HashMap<Arc<str>, usize>,
}

impl Properties {
    /// Adds a name that is not there yet.
    pub fn add(&mut self, name: &str, node: NodeId) {
        let name: Arc<str> = name.into();
        self.by_name.insert(Arc::clone(&name), self.pairs.len());
        self.pairs.push((name, node));
    }

    /// The node of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<NodeId> {
        self.by_name.get(name).map(|&index| self.pairs[index].1)
    }

    /// All, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, NodeId)> {
        self.pairs.iter().map(|(name, node)| (name, *node))
    }
}

/// Schemas that must hold together (mostly it is one): their alternatives. None of them: no value satisfies it.
///
/// Alternatives are made when first asked for, which is what lets schemas refer to themselves.
#[derive(Debug)]
pub struct Node {
    /// What must hold.
    pub schemas: Vec<Value>,
    is_single: bool,
    alternatives: OnceCell<Alternatives>,
    fitting: RefCell<Vec<Option<Rc<[usize]>>>>,
    pub(crate) validator: OnceCell<Option<Validator>>,
    pub(crate) doubtful: OnceCell<bool>,
    /// At most how many values it has.
    pub(crate) values: OnceCell<u64>,
    /// By how many levels were looked down: whether there is an alternative.
    pub(crate) exists: RefCell<[Option<Existence>; 3]>,
}

/// What a search for alternatives found.
#[derive(Debug)]
pub struct Alternatives {
    /// In the order of the document.
    pub flats: Vec<Flat>,
    /// Why there are none.
    pub existence: Existence,
    /// Whether they hold every value there is.
    pub is_complete: bool,
}

impl Node {
    /// The node of these schemas, with all their alternatives or one.
    #[must_use]
    pub fn new(schemas: Vec<Value>, is_single: bool) -> Self {
        Self {
            schemas,
            is_single,
            alternatives: OnceCell::new(),
            fitting: RefCell::default(),
            validator: OnceCell::new(),
            doubtful: OnceCell::new(),
            values: OnceCell::new(),
            exists: RefCell::default(),
        }
    }

    /// Its alternatives.
    pub fn alternatives(&self, compiler: &Compiler) -> &[Flat] {
        &self.found(compiler).flats
    }

    pub(crate) fn found(&self, compiler: &Compiler) -> &Alternatives {
        self.alternatives.get_or_init(|| compiler.alternatives(&self.schemas, self.is_single))
    }

    /// Which alternatives can be made within so many levels of nesting.
    pub fn fitting(&self, compiler: &Compiler, room: i32) -> Rc<[usize]> {
        memo(&self.fitting, room, || {
            let fits = |(index, flat): (usize, &Flat)| flat.fits(compiler, room).then_some(index);
            self.alternatives(compiler).iter().enumerate().filter_map(fits).collect()
        })
    }

    /// Whether any can.
    pub fn fits(&self, compiler: &Compiler, room: i32) -> bool {
        !self.fitting(compiler, room).is_empty()
    }

    /// How many levels of nesting the smallest value needs; None: more than `MAX_ROOM`, or there is no value.
    pub fn least_room(&self, compiler: &Compiler) -> Option<i32> {
        (0..=MAX_ROOM).find(|room| self.fits(compiler, *room))
    }
}

/// What `ask` says for a room, remembered. Rooms below 0 are as good as none.
pub(crate) fn memo<T: Clone>(known: &RefCell<Vec<Option<T>>>, room: i32, ask: impl FnOnce() -> T) -> T {
    let index = usize::try_from(room).unwrap_or(0);
    if let Some(Some(found)) = known.borrow().get(index) {
        return found.clone();
    }
    let made = ask();
    let mut known = known.borrow_mut();
    if known.len() <= index {
        known.resize(index + 1, None);
    }
    known[index] = Some(made.clone());
    made
}
