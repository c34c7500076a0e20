//! Whether what stands on the wire is proved to violate the document (GENERATION.md, section 17).

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::Kind;
use sentinel_core::places::{Place, Request};
use sentinel_core::realm::Realm;
use sentinel_core::schema::Flat;
use sentinel_core::verdict::refuses;
use sentinel_wire::Value;
use sentinel_wire::api::Parameter;

use super::malformed::TextKind;
use super::wire::{Wire, can_be_right};
use crate::request::Spot;

/// What bears on how the values of one place are read.
#[derive(Debug, Clone, Copy)]
pub struct Prover {
    /// The place.
    pub spot: Spot,
    /// As JSON, in which a value is what it is.
    pub exact: bool,
    /// Whether nothing at all is right.
    pub optional: bool,
    /// Whether the members of an object are parameters of their own.
    pub scattered: bool,
}

impl Prover {
    /// The prover of a place of the request.
    pub fn new(request: &Request, spot: Spot) -> Self {
        let place = spot.of(request);
        if let Spot::Body(_) = spot {
            let exact = place.realm == Realm::Json;
            return Self { spot, exact, optional: !request.body_required, scattered: false };
        }
        let is_it = |one: &&Parameter| one.location == place.location && one.name == place.name;
        let parameter = request.operation.parameters.iter().find(is_it);
        let exact = parameter.is_some_and(|parameter| parameter.media_type.contains("json"));
        let optional = !place.required || place.empty_value;
        Self { spot, exact, optional, scattered: parameter.is_some_and(is_scattered) }
    }

    /// Whether no reading of the value, as it is sent, is right.
    pub fn proves(&self, compiler: &Compiler, place: &Place, value: &Value) -> bool {
        if *value == Value::Null && self.optional {
            return false;
        }
        let node = compiler.node(place.node);
        if self.exact {
            return refuses(compiler, &node, value);
        }
        if self.scattered && matches!(value, Value::Map(_)) {
            return false;
        }
        let is_text = |flat: &Flat| flat.allowed.has(Kind::String);
        if self.quotes(place, value) && node.alternatives(compiler).iter().any(is_text) {
            return false;
        }
        let wire = Wire::of(value, matches!(self.spot, Spot::Parameter(_)));
        let is_left_out = wire.is_empty() && self.optional;
        !(is_left_out || can_be_right(compiler, &node, &wire, 0))
    }

    /// Whether it is sent as JSON text under a media type of other texts.
    fn quotes(&self, place: &Place, value: &Value) -> bool {
        matches!((self.spot, value), (Spot::Body(_), Value::List(_) | Value::Map(_)))
            && TextKind::of(&place.media_type) == TextKind::Other
    }
}

/// Of an object, as `form` with `explode` writes it.
fn is_scattered(parameter: &Parameter) -> bool {
    matches!(parameter.location.as_str(), "query" | "cookie")
        && parameter.explode
        && !matches!(parameter.style.as_str(), "spaceDelimited" | "pipeDelimited" | "deepObject")
}
