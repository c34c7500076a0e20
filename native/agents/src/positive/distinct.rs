//! Which variations make something that no other case has (GENERATION.md, section 12).

use std::collections::HashSet;

use sentinel_core::compiler::Compiler;
use sentinel_core::interesting::Variation;
use sentinel_core::kind::key_of;
use sentinel_core::maker::{Maker, Mode, Vary};
use sentinel_core::places::{Place, Request};
use sentinel_core::random::Draws;
use sentinel_core::steer::Steer;
use sentinel_core::variety::{FEW, variety};
use sentinel_wire::Value;

use super::combinations::body_of;
use crate::request::Spot;

const MOST_OF_A_PLACE: usize = 256;
/// Of all the values that are made to tell them apart.
const MOST_PARTS: usize = 131_072;
const FEWEST: usize = 16;
const MOST_IN_A_BLOCK: usize = 512;
const PARTS_OF_A_BLOCK: usize = 32_768;

/// The first 256 whose value is that of no case before: of the best guess, of an earlier one, or where `is_all` of the request with every
/// optional part. What cannot be made stays. Of values with many parts only the first few are looked at.
pub fn distinct(compiler: &Compiler, place: &Place, found: Vec<Variation>, is_all: bool) -> Vec<Variation> {
    let (best, parts) = keyed(compiler, place, Mode::Best, None);
    let mut seen: HashSet<Vec<u8>> = best.into_iter().collect();
    if is_all {
        seen.extend(key(compiler, place, Mode::Full, None));
    }
    if place.empty_value {
        seen.insert(key_of(&Value::text("")));
    }
    let is_new = |variation: &Variation| {
        key(compiler, place, Mode::Best, Some(&variation.steer)).is_none_or(|key| seen.insert(key))
    };
    found.into_iter().take((MOST_PARTS / parts.max(1)).max(FEWEST)).filter(is_new).take(MOST_OF_A_PLACE).collect()
}

/// What makes of a best guess the request with every optional part.
pub struct Fuller {
    /// Whether that is neither the best guess nor what one optional parameter makes of it.
    pub differs: bool,
    /// The place, where nothing else differs.
    pub only: Option<Spot>,
}

/// What the request with every optional part has that the best guess has not.
pub fn fuller(compiler: &Compiler, request: &Request) -> Fuller {
    let body = body_of(request);
    let spots = (0..request.places.len()).map(Spot::Parameter).chain(body.map(Spot::Body));
    let usable: Vec<Spot> = spots.filter(|spot| spot.of(request).room.is_some()).collect();
    let is_other = |spot: &Spot| {
        let place = spot.of(request);
        key(compiler, place, Mode::Full, None) != key(compiler, place, Mode::Best, None)
    };
    let other: Vec<Spot> = usable.iter().copied().filter(is_other).collect();
    let adds_body = body.is_none() && request.bodies.iter().any(|body| body.room.is_some());
    let is_more = |spot: &Spot| other.contains(spot) || !spot.of(request).required;
    let more: Vec<Spot> = usable.into_iter().filter(is_more).collect();
    let differs = !other.is_empty() || adds_body || more.len() > 1;
    let only = more.first().filter(|_| differs && !adds_body && more.len() == 1);
    Fuller { differs, only: only.copied() }
}

/// How random cases are told apart.
#[derive(Debug, Clone, Copy)]
pub struct Breadth {
    /// Each is sent once.
    pub few: bool,
    /// Else so many in a row are different.
    pub block: usize,
}

/// That of a request with parameters or bodies; the blocks are smaller where its values have many parts.
pub fn breadth(compiler: &Compiler, request: &Request) -> Breadth {
    let places = request.places.iter().chain(&request.bodies);
    let parts = places.map(|place| keyed(compiler, place, Mode::Full, None).1).sum::<usize>();
    Breadth {
        few: variety(compiler, request) < FEW,
        block: (PARTS_OF_A_BLOCK / parts.max(1)).clamp(1, MOST_IN_A_BLOCK),
    }
}

/// What tells a value from others, made on the stream of state 0 and varying nothing; None where nothing is made.
fn key(compiler: &Compiler, place: &Place, mode: Mode, steer: Option<&Steer>) -> Option<Vec<u8>> {
    keyed(compiler, place, mode, steer).0
}

/// The same, and of how many parts it is.
fn keyed(compiler: &Compiler, place: &Place, mode: Mode, steer: Option<&Steer>) -> (Option<Vec<u8>>, usize) {
    let draws = &mut Draws::of(0);
    let Some(room) = place.room else { return (None, 0) };
    let mut maker =
        Maker { compiler, draws, mode, room, realm: place.realm, vary: Vary::Nothing, made: 0, doubtful: false };
    let value = maker.make(&compiler.node(place.node), &place.name, steer).ok();
    (value.map(|value| key_of(&value)), maker.made)
}
