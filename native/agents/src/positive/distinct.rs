//! Which variations make something that no other case has (GENERATION.md, section 12).

use std::collections::HashSet;

use sentinel_core::compiler::Compiler;
use sentinel_core::interesting::Variation;
use sentinel_core::kind::key_of;
use sentinel_core::maker::{Maker, Mode, Vary};
use sentinel_core::places::{Place, Request};
use sentinel_core::random::Draws;
use sentinel_core::steer::Steer;
use sentinel_wire::Value;

use super::combinations::body_of;

/// Those whose value is neither the best guess of the place nor that of an earlier one; what cannot be made is left to its case.
pub fn distinct(compiler: &Compiler, place: &Place, mut found: Vec<Variation>) -> Vec<Variation> {
    let mut seen: HashSet<Vec<u8>> = key(compiler, place, Mode::Best, None).into_iter().collect();
    if place.empty_value {
        seen.insert(key_of(&Value::text("")));
    }
    found.retain(|variation| {
        key(compiler, place, Mode::Best, Some(&variation.steer)).is_none_or(|key| seen.insert(key))
    });
    found
}

/// Whether the request with every optional part is neither the best guess nor what one optional parameter makes of it.
pub fn is_fuller(compiler: &Compiler, request: &Request) -> bool {
    let body = body_of(request);
    let sent = request.places.iter().chain(body.map(|body| &request.bodies[body]));
    let usable: Vec<&Place> = sent.filter(|place| place.room.is_some()).collect();
    let differs = |place: &&Place| key(compiler, place, Mode::Full, None) != key(compiler, place, Mode::Best, None);
    let adds_body = body.is_none() && request.bodies.iter().any(|body| body.room.is_some());
    usable.iter().any(differs) || adds_body || usable.iter().filter(|place| !place.required).count() > 1
}

/// What tells a value from others, made on the stream of state 0 and varying nothing; None where nothing is made.
fn key(compiler: &Compiler, place: &Place, mode: Mode, steer: Option<&Steer>) -> Option<Vec<u8>> {
    let draws = &mut Draws::of(0);
    let (room, realm) = (place.room?, place.realm);
    let mut maker = Maker { compiler, draws, mode, room, realm, vary: Vary::Nothing, made: 0, doubtful: false };
    maker.make(&compiler.node(place.node), &place.name, steer).ok().map(|value| key_of(&value))
}
