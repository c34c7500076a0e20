//! What is done to a valid request so that it is not valid any more (GENERATION.md, section 16).

use num_bigint::BigInt;
use sentinel_core::exact::Exact;
use sentinel_core::grid::Grid;
use sentinel_core::maker::GaveUp;
use sentinel_core::random::Draws;
use sentinel_core::text;
use sentinel_wire::{Map, Value};

/// How many points beyond a bound random numbers go.
const FAR: u64 = 1 << 32;
/// How much longer than allowed random lengths are.
const LONGER: u64 = 64;
const LETTERS: u64 = 8;

/// A change of one part of a value.
#[derive(Debug, Clone)]
pub enum PartChange {
    /// This value instead.
    Put(Value),
    /// A word instead; at random any small letters.
    Letters,
    /// The number of the grid at k instead; at random one further from the bound, on the side of `step` (1 or -1).
    Beyond { grid: Grid, k: BigInt, step: i32 },
    /// The text or array cut or repeated to a length; at random to one that is further from what is allowed.
    Sized {
        length: u64,
        longer: bool,
        /// Repeated texts and integers are made different.
        distinct: bool,
    },
    /// The object without a property.
    Without(String),
    /// The object with one more property.
    With(String, Value),
    /// The object with so many properties: the last that are not needed dropped, or `extraN` added.
    Members { count: u64, needed: Vec<String> },
    /// The array with its first item once more at its end.
    Repeat,
}

/// A change of a part, or of the request.
#[derive(Debug, Clone)]
pub enum Change {
    /// Of a part.
    Part(PartChange),
    /// The parameter, or the body, is not sent.
    Absent,
    /// The parameter is sent twice, with two values.
    Twice,
    /// The body's text is broken in a way that `malformed` knows by this name.
    Broken(&'static str),
    /// The body as it is under another media type; empty: under none.
    Typed(&'static str),
    /// A header says of the body what is not so.
    Headed(&'static str, &'static str),
    /// The body's length is said wrong, in a way that `malformed` knows by this name.
    Mismeasured(&'static str),
    /// Another method, without a body.
    Method(&'static str),
}

impl Change {
    /// Whether nothing of the part that was there before is left.
    pub const fn is_sealing(&self) -> bool {
        match self {
            Self::Part(change) => {
                matches!(
                    change,
                    PartChange::Put(_) | PartChange::Letters | PartChange::Beyond { .. } | PartChange::Without(_)
                )
            }
            Self::Absent => true,
            _ => false,
        }
    }
}

impl PartChange {
    /// The part as it is after the change; with `draws` at random. None where the part is not of the change's kind.
    pub fn of(&self, part: &Value, draws: Option<&mut Draws>) -> Option<Value> {
        match (self, part) {
            (Self::Put(value), _) => Some(value.clone()),
            (Self::Letters, _) => Some(Value::Text(match draws {
                None => "sample".to_owned(),
                Some(draws) => text::letters(draws, &text::LOWER.chars().collect::<Vec<_>>(), LETTERS),
            })),
            (Self::Beyond { grid, k, step }, _) => {
                let further = draws.map_or(0, |draws| draws.below(FAR));
                Some(grid.value(&(k + BigInt::from(*step) * further)).write())
            }
            (Self::Sized { length, longer, distinct }, _) => {
                let length = match draws {
                    None => *length,
                    Some(draws) if *longer => length + draws.below(LONGER),
                    Some(draws) => draws.below(length + 1),
                };
                sized(part, length, *distinct)
            }
            (Self::Without(name), Value::Map(map)) if map.has(name) => {
                let mut map = Map::clone(map);
                map.take(name);
                Some(map.into())
            }
            (Self::With(name, value), Value::Map(map)) => {
                let mut map = Map::clone(map);
                map.set(name.as_str(), value.clone());
                Some(map.into())
            }
            (Self::Members { count, needed }, Value::Map(map)) => Some(members(map, *count, needed).into()),
            (Self::Repeat, Value::List(items)) => {
                let first = items.first()?.clone();
                Some([items.as_slice(), &[first]].concat().into())
            }
            _ => None,
        }
    }

    /// That the part is not of the change's kind.
    pub fn gave_up(&self) -> GaveUp {
        let name = match self {
            Self::Put(_) => "Put",
            Self::Letters => "Letters",
            Self::Beyond { .. } => "Beyond",
            Self::Sized { .. } => "Sized",
            Self::Without(_) => "Without",
            Self::With(..) => "With",
            Self::Members { .. } => "Members",
            Self::Repeat => "Repeat",
        };
        GaveUp(format!("gave up: no {name} of such a value"))
    }
}

fn sized(part: &Value, length: u64, distinct: bool) -> Option<Value> {
    match part {
        Value::Text(sample) => Some(Value::Text(text::fitted(sample, length, Some(length)))),
        Value::Bytes(sample) => {
            let base = if sample.is_empty() { b"a".as_slice() } else { sample };
            Some(Value::Bytes(base.iter().copied().cycle().take(usize::try_from(length).ok()?).collect()))
        }
        Value::List(items) if !items.is_empty() || length == 0 => {
            let length = usize::try_from(length).ok()?;
            let mut made: Vec<Value> = items.iter().take(length).cloned().collect();
            for index in items.len()..length {
                let item = &items[index % items.len()];
                made.push(if distinct { other(item, index) } else { item.clone() });
            }
            Some(made.into())
        }
        _ => None,
    }
}

/// An item that differs from those before by its index.
fn other(item: &Value, index: usize) -> Value {
    if let Value::Text(text) = item {
        return Value::Text(format!("{text}{index}"));
    }
    match Exact::read(item) {
        Some(number) if number.scale() == 0 => Exact::new(number.mantissa() + index, 0).write(),
        _ => item.clone(),
    }
}

fn members(map: &Map, count: u64, needed: &[String]) -> Map {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let dropped = map.len().saturating_sub(count);
    let names: Vec<&str> = map.iter().map(|(name, _)| name).collect();
    let unneeded = names.iter().rev().copied().filter(|name| needed.iter().all(|one| one != name));
    let gone: Vec<&str> = unneeded.take(dropped).collect();
    let mut made: Map = map
        .iter()
        .filter(|(name, _)| !gone.contains(name))
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
    let mut number = 1;
    while made.len() < count {
        let name = format!("extra{number}");
        if !made.has(&name) {
            made.set(name, "sample".into());
        }
        number += 1;
    }
    made
}
