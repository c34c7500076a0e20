//! Making values of a node: the best guess, everything, or at random (GENERATION.md, section 9).

use std::collections::HashSet;
use std::sync::Arc;

use sentinel_wire::{Map, Value};

use crate::avoid::Avoid;
use crate::compiler::Compiler;
use crate::existence::Existence;
use crate::kind::{Kind, Kinds, key_of};
use crate::object;
use crate::random::Draws;
use crate::realm::Realm;
use crate::samples::{first_sample, varied_sample};
use crate::schema::{Flat, MOST_VALUES, Node, NodeId};
use crate::steer::Steer;
use crate::text;

/// From so many values on, optional parts are left out.
pub(crate) const VALUES_BEFORE_THRIFT: usize = 128;
const AVOID_TRIES: usize = 16;

/// How the choices are made that a schema leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The most likely.
    Best,
    /// With everything optional.
    Full,
    /// By the stream.
    Random,
}

/// Which texts are made different from case to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vary {
    /// None.
    Nothing,
    /// Those made up for names that ask for it.
    Made,
    /// Those in examples too.
    Samples,
    /// All, and examples are not used.
    All,
}

/// Nothing was made; the text says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GaveUp(pub String);

/// Makes one value out of one stream.
#[derive(Debug)]
pub struct Maker<'a> {
    /// Of the node.
    pub compiler: &'a Compiler,
    /// The stream.
    pub draws: &'a mut Draws,
    /// How choices are made.
    pub mode: Mode,
    /// Levels of nesting that the whole value may have.
    pub room: i32,
    /// Where the value will stand.
    pub realm: Realm,
    /// Which names differ from case to case.
    pub vary: Vary,
    /// How many values the whole has so far.
    pub made: usize,
    /// Whether a validator must look at what was made.
    pub doubtful: bool,
}

impl Maker<'_> {
    /// A value of the node.
    ///
    /// # Errors
    ///
    /// Where none was made.
    pub fn make(&mut self, node: &Node, name: &str, steer: Option<&Steer>) -> Result<Value, Existence> {
        self.made = 0;
        self.doubtful = false;
        self.value(node, name, self.room, steer)
    }

    /// A value that stands inside of the whole, where `room` levels of nesting are left.
    pub(crate) fn value(
        &mut self,
        node: &Node,
        name: &str,
        room: i32,
        steer: Option<&Steer>,
    ) -> Result<Value, Existence> {
        self.made += 1;
        if self.made > MOST_VALUES {
            return Err(Existence::gave_up(format!("more than {MOST_VALUES} values in one")));
        }
        let (flat, inner, steered) = match steer {
            Some(Steer::Emit(value)) => return Ok(value.clone()),
            Some(Steer::Branch(index, inner)) => (&node.alternatives(self.compiler)[*index], inner.as_deref(), true),
            _ => (self.alternative(node, room)?, steer, false),
        };
        if let Some(Steer::Emit(value)) = inner {
            return Ok(value.clone());
        }
        if let Some(values) = &flat.values {
            return self.one_of(flat, values);
        }
        if !steered
            && !flat.samples.is_empty()
            && self.vary != Vary::All
            && (self.mode != Mode::Random || self.draws.below(8) == 0)
            && let Some(sample) = first_sample(self.compiler, node, flat)
        {
            let sample = match self.vary {
                Vary::Samples => varied_sample(self.compiler, self.draws, node, sample, name),
                _ => sample.clone(),
            };
            let grafted = match inner {
                Some(steer) => self.grafted(flat, &sample, name, room, steer)?,
                None => Some(sample),
            };
            if let Some(sample) = grafted {
                return Ok(sample);
            }
        }
        let made = self.of_kind(flat, name, room, inner)?;
        match &flat.avoid {
            Some(avoid) if avoid.has(&made) => self.unavoided(flat, avoid, name, room, inner),
            _ => Ok(made),
        }
    }

    /// A value at random that is none of those to be avoided.
    fn unavoided(
        &mut self,
        flat: &Flat,
        avoid: &Avoid,
        name: &str,
        room: i32,
        steer: Option<&Steer>,
    ) -> Result<Value, Existence> {
        let mode = std::mem::replace(&mut self.mode, Mode::Random);
        let mut found = Err(Existence::gave_up("what was made is what must not be"));
        for _ in 0..AVOID_TRIES {
            match self.of_kind(flat, name, room, steer) {
                Ok(value) if avoid.has(&value) => {}
                other => {
                    found = other;
                    break;
                }
            }
        }
        self.mode = mode;
        found
    }

    /// A text of a node at random, out of another stream; None where none was made.
    pub(crate) fn text(&self, node: NodeId, draws: &mut Draws) -> Option<String> {
        text_of(self.compiler, self.realm, node, draws)
    }

    fn alternative<'n>(&mut self, node: &'n Node, room: i32) -> Result<&'n Flat, Existence> {
        let fitting = node.fitting(self.compiler, room);
        if fitting.is_empty() {
            return Err(node.why_not(self.compiler));
        }
        let index = if self.mode == Mode::Random { self.choose(fitting.len()) } else { 0 };
        Ok(&node.alternatives(self.compiler)[fitting[index]])
    }

    /// One of so many; takes a number where there is a choice.
    fn choose(&mut self, many: usize) -> usize {
        if many > 1 { self.draws.index(many) } else { 0 }
    }

    fn one_of(&mut self, flat: &Flat, values: &[Value]) -> Result<Value, Existence> {
        let values: Vec<&Value> = values.iter().filter(|value| self.realm.can_hold(value)).collect();
        let Some(first) = values.first() else {
            return Err(Existence::gave_up("no value of the enum can be sent there"));
        };
        if self.mode == Mode::Random {
            return Ok(values[self.choose(values.len())].clone());
        }
        if !flat.samples.is_empty() {
            let keys: HashSet<Vec<u8>> = values.iter().map(|value| key_of(value)).collect();
            if let Some(sample) = flat.samples.iter().find(|sample| keys.contains(&key_of(sample))) {
                return Ok(sample.clone());
            }
        }
        Ok(Value::clone(first))
    }

    /// The sample with the steered part put in; None where it has no place for it.
    fn grafted(
        &mut self,
        flat: &Flat,
        sample: &Value,
        name: &str,
        room: i32,
        steer: &Steer,
    ) -> Result<Option<Value>, Existence> {
        match (steer, sample) {
            (Steer::Property(property, inner), Value::Map(map))
                if flat.company(property).all(|other| map.has(other)) =>
            {
                let child = flat.property(self.compiler, property);
                let value = self.part(child, property, room, inner.as_deref()).map_err(|why| why.below(property))?;
                let mut map = Map::clone(map);
                map.set(Arc::clone(property), value);
                Ok(Some(map.into()))
            }
            (Steer::Item(index, inner), Value::List(items)) if *index < items.len() => {
                let value = self.item(flat, *index, name, room, inner.as_deref())?;
                let mut items = Vec::clone(items);
                items[*index] = value;
                let is_repeated = |(at, item): (usize, &Value)| at != *index && key_of(item) == key_of(&items[*index]);
                let is_allowed = !(flat.unique && items.iter().enumerate().any(is_repeated));
                Ok(is_allowed.then(|| items.into()))
            }
            _ => Ok(None),
        }
    }

    fn of_kind(&mut self, flat: &Flat, name: &str, room: i32, steer: Option<&Steer>) -> Result<Value, Existence> {
        Ok(match self.kind(flat, room, steer) {
            Kind::String => self.string(flat, name, steer)?,
            Kind::Integer => self.number(flat, name, true),
            Kind::Number => self.number(flat, name, false),
            Kind::Boolean => Value::Bool(self.mode != Mode::Random || self.draws.below(2) == 1),
            Kind::Object => object::make(self, flat, room, steer)?,
            Kind::Array => self.array(flat, name, room, steer)?,
            Kind::Null => Value::Null,
        })
    }

    fn kind(&mut self, flat: &Flat, room: i32, steer: Option<&Steer>) -> Kind {
        let mut usable = flat.usable_kinds(self.compiler, room);
        match steer {
            Some(Steer::OfKind(kind)) => return *kind,
            Some(Steer::Property(..) | Steer::Only(_) | Steer::Size(_)) if usable.has(Kind::Object) => {
                return Kind::Object;
            }
            Some(Steer::Item(..)) if usable.has(Kind::Array) => return Kind::Array,
            Some(Steer::Length(length)) => {
                usable = usable.and([Kind::String, Kind::Array].into_iter().collect());
                if let Some(kind) = usable.iter().find(|kind| admits_length(flat, *kind, *length)) {
                    return kind;
                }
            }
            _ if self.mode == Mode::Random => {
                if !flat.said {
                    usable = [Kind::String, Kind::Integer, Kind::Boolean].into_iter().collect();
                }
                let index = self.choose(usable.len());
                return nth(usable, index);
            }
            _ => {}
        }
        nth(usable, 0)
    }

    /// A value where the schema says nothing at all.
    fn anything(&mut self, name: &str) -> Value {
        if self.mode == Mode::Random { text::word(self.draws) } else { text::named_text(name) }.into()
    }

    fn number(&mut self, flat: &Flat, name: &str, whole: bool) -> Value {
        let grids = if whole { &flat.integer_grids } else { &flat.number_grids };
        if self.mode == Mode::Random {
            let index = self.choose(grids.len());
            return grids[index].random(self.draws).write();
        }
        grids[0].plausible(text::named_number(name).unwrap_or(1)).write()
    }

    pub(crate) fn item(
        &mut self,
        flat: &Flat,
        index: usize,
        name: &str,
        room: i32,
        steer: Option<&Steer>,
    ) -> Result<Value, Existence> {
        self.part(flat.item(index), name, room, steer).map_err(|why| why.below(&index.to_string()))
    }

    /// A part of an object or array in this room; no node: nothing says what it is.
    pub(crate) fn part(
        &mut self,
        node: Option<NodeId>,
        name: &str,
        room: i32,
        steer: Option<&Steer>,
    ) -> Result<Value, Existence> {
        match (node, steer) {
            (None, Some(Steer::Emit(value))) => Ok(value.clone()),
            (None, _) => Ok(self.anything(name)),
            (Some(node), _) => {
                let node = self.compiler.node(node);
                self.value(&node, name, room - 1, steer)
            }
        }
    }
}

/// Whether the bounds of a kind allow this length.
fn admits_length(flat: &Flat, kind: Kind, length: u64) -> bool {
    let (low, high) = match kind {
        Kind::Array => (flat.min_items, flat.max_items),
        _ => (flat.min_length, flat.max_length),
    };
    low <= length && high.is_none_or(|high| length <= high)
}

/// A text of a node at random; None where none was made.
pub fn text_of(compiler: &Compiler, realm: Realm, node: NodeId, draws: &mut Draws) -> Option<String> {
    let (mode, vary) = (Mode::Random, Vary::Nothing);
    let mut maker = Maker { compiler, draws, mode, room: 0, realm, vary, made: 0, doubtful: false };
    match maker.make(&compiler.node(node), "name", None) {
        Ok(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// The kind at this place of the order.
fn nth(kinds: Kinds, index: usize) -> Kind {
    kinds.iter().nth(index).expect("an alternative is only made where it has a kind that can be made")
}
