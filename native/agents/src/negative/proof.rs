//! Whether what stands on the wire is proved to violate the document (GENERATION.md, section 17).

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::Kind;
use sentinel_core::places::{Place, Request};
use sentinel_core::realm::Realm;
use sentinel_core::schema::Node;
use sentinel_core::verdict::refuses;
use sentinel_wire::Value;
use sentinel_wire::api::Parameter;

use super::malformed::TextKind;
use super::wire::{Elsewhere, Wire, can_be_right, can_be_scattered, has, has_character};
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
    members: Members,
    unclear: &'static [char],
}

/// How the members of an object stand in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Members {
    /// In one, or those of a body's text.
    Whole,
    /// As `deepObject`.
    Deep,
    /// As parameters of their own.
    Scattered,
}

impl Prover {
    /// The prover of a place of the request.
    pub fn new(request: &Request, spot: Spot) -> Self {
        let place = spot.of(request);
        if let Spot::Body(_) = spot {
            let exact = place.realm == Realm::Json;
            return Self { spot, exact, optional: !request.body_required, members: Members::Whole, unclear: &[] };
        }
        let parameter = parameter(request, place);
        let exact = parameter.is_some_and(|parameter| parameter.media_type.contains("json"));
        let optional = !place.required || place.empty_value;
        let members = match parameter {
            Some(one) if one.location == "query" && one.style == "deepObject" => Members::Deep,
            Some(one) if !exact && is_scattered(one) => Members::Scattered,
            _ => Members::Whole,
        };
        Self { spot, exact, optional, members, unclear: parameter.map_or(&[], unclear) }
    }

    /// Whether no reading of the value, as it is sent, is right.
    pub fn proves(&self, compiler: &Compiler, request: &Request, value: &Value) -> bool {
        let place = self.spot.of(request);
        if (*value == Value::Null && self.optional) || has_character(value, self.unclear) {
            return false;
        }
        let node = compiler.node(place.node);
        if self.exact {
            return refuses(compiler, &node, value);
        }
        let is_parameter = matches!(self.spot, Spot::Parameter(_));
        if is_parameter && self.members != Members::Deep && is_nested(value) {
            return false; // it has no form
        }
        if self.members == Members::Deep
            && let Value::Map(map) = value
            && map.iter().any(|(name, _)| is_of_lists(name))
        {
            return false;
        }
        let is_one_text = self.members == Members::Whole && matches!(value, Value::Map(_));
        if (is_one_text || self.quotes(place, value)) && has(compiler, &node, Kind::String) {
            return false;
        }
        if is_one_text && has(compiler, &node, Kind::Array) {
            return false;
        }
        let wire = Wire::of(value, is_parameter && self.members == Members::Whole);
        if wire.is_empty() && self.optional {
            return false;
        }
        if self.members != Members::Scattered {
            return !can_be_right(compiler, &node, &wire, 0);
        }
        match wire {
            Wire::Opaque => false,
            Wire::Members(members) if !members.is_empty() => {
                !(self.may_be_absent(compiler, &node)
                    || can_be_scattered(compiler, &node, &members, &elsewhere(compiler, request, place)))
            }
            // It has the parameter's name, and who looks for members finds none.
            other => {
                let read = if matches!(other, Wire::Members(_)) { Wire::Text(String::new()) } else { other };
                !((self.optional && has(compiler, &node, Kind::Object))
                    || self.may_be_bare(compiler, request)
                    || can_be_right(compiler, &node, &read, 0))
            }
        }
    }

    /// Whether it is a list that is sent as JSON text under a media type of other texts.
    fn quotes(&self, place: &Place, value: &Value) -> bool {
        matches!((self.spot, value), (Spot::Body(_), Value::List(_)))
            && TextKind::of(&place.media_type) == TextKind::Other
    }

    /// Whether nothing under the parameter's own name is right, as it may be no object at all.
    fn may_be_absent(&self, compiler: &Compiler, node: &Node) -> bool {
        let may_be_other = |kind: Kind| {
            kind != Kind::Object
                && kind != Kind::Null
                && node.alternatives(compiler).iter().any(|flat| flat.allowed.has(kind))
        };
        self.optional && Kind::ALL.into_iter().any(may_be_other)
    }

    /// Whether an object of no other members than those elsewhere is right.
    fn may_be_bare(&self, compiler: &Compiler, request: &Request) -> bool {
        let place = self.spot.of(request);
        let elsewhere = elsewhere(compiler, request, place);
        self.members != Members::Scattered || can_be_scattered(compiler, &compiler.node(place.node), &[], &elsewhere)
    }

    /// Whether nothing at all in the place is wrong.
    pub fn is_missed(&self, compiler: &Compiler, request: &Request) -> bool {
        !self.optional && (self.members != Members::Scattered || !self.may_be_bare(compiler, request))
    }
}

/// By what some servers cut or route a path, and what some of them decode once more, or not at all.
fn unclear(parameter: &Parameter) -> &'static [char] {
    match parameter.location.as_str() {
        "path" if parameter.style == "label" && parameter.media_type.is_empty() => &['/', '\\', ';', '.'],
        "path" => &['/', '\\', ';'],
        "cookie" => &['%'],
        "query" if parameter.allow_reserved => &['%'],
        _ => &[],
    }
}

fn parameter<'a>(request: &'a Request, place: &Place) -> Option<&'a Parameter> {
    request.operation.parameters.iter().find(|one| one.location == place.location && one.name == place.name)
}

/// Whether an object has an array or an object in it.
fn is_nested(value: &Value) -> bool {
    matches!(value, Value::Map(map) if map.iter().any(|(_, item)| matches!(item, Value::List(_) | Value::Map(_))))
}

/// Whether a name in brackets may be one of a list, or of an object inside.
fn is_of_lists(name: &str) -> bool {
    name.contains(['[', ']']) || name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Of an object, as `form` with `explode` writes it.
fn is_scattered(parameter: &Parameter) -> bool {
    matches!(parameter.location.as_str(), "query" | "cookie")
        && parameter.explode
        && !matches!(parameter.style.as_str(), "spaceDelimited" | "pipeDelimited" | "deepObject")
}

/// What the other parameters of the location may be called; of those that are scattered too, their members.
fn elsewhere(compiler: &Compiler, request: &Request, place: &Place) -> Elsewhere {
    let mut found = Elsewhere::default();
    for other in request.places.iter().filter(|other| other.key != place.key && other.location == place.location) {
        found.names.insert(other.name.clone());
        if !parameter(request, other).is_some_and(|one| one.media_type.is_empty() && is_scattered(one)) {
            continue;
        }
        for flat in compiler.node(other.node).alternatives(compiler) {
            found.names.extend(flat.properties.iter().map(|(name, _)| name.to_string()));
            found.any |= flat.allowed.has(Kind::Object) && flat.open;
        }
    }
    found
}
