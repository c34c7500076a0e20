//! The order of one operation's violations (GENERATION.md, section 19).

use std::collections::HashSet;
use std::mem::take;

use sentinel_core::compiler::Compiler;
use sentinel_core::places::{Place, Request};
use sentinel_core::verdict::refuses;
use sentinel_wire::Value;
use sentinel_wire::value::EXT_RAW;

use super::change::{Change, PartChange};
use super::keywords::has_default;
use super::order::{Order, order};
use super::proof::Prover;
use super::texts::{of_fields, of_text};
use super::turns::turns;
use super::violation::Violation;
use crate::request::{Spot, has_body_method};

const LONG: usize = 8192;

/// Methods that few documents have and that change nothing; the last is no method at all (RFC 9110, 9.1).
const FEW_HAVE: [&str; 3] = ["TRACE", "QUERY", "SENTINEL"];
/// Methods that a path may not have.
pub const OTHER_METHODS: [&str; 8] = ["TRACE", "QUERY", "SENTINEL", "GET", "POST", "PUT", "PATCH", "DELETE"];

/// What a path or a query may not survive.
const TARGET_BYTES: [(&str, &str); 6] = [
    ("nul", "sample%00"),
    ("utf-8", "sample%FF"),
    ("control", "sample%01"),
    ("line-break", "sample%0D%0A"),
    ("percent", "sample%zz"),
    ("overlong", "sample%C0%AF"),
];
/// What a header may not survive: obs-text (RFC 9110, 5.5) as UTF-8, and blanks that are no part of it.
const HEADER_BYTES: [(&str, &str); 2] = [("obs-text", "sampl\u{e9}"), ("tab", "\tsample\t")];

/// What the client sends by itself: leaving it out changes nothing (RFC 9110, 10.1).
const OWN_HEADERS: [&str; 4] = ["user-agent", "accept-encoding", "cookie", "date"];

/// The violations of the ordinals from 0, and those that are tried at random behind them.
#[derive(Debug)]
pub struct Plan {
    /// In order.
    pub violations: Vec<Violation>,
    /// More that are tried at random.
    pub unlisted: Vec<Violation>,
    /// Of all that are, by indices of these, and of the others behind them.
    pub order: Order,
    /// Parts of which nothing is violated, in words.
    pub left_out: Vec<String>,
}

impl Plan {
    /// A violation that is tried at random.
    pub fn varied(&self, index: usize) -> &Violation {
        self.unlisted.get(index).unwrap_or_else(|| &self.violations[index - self.unlisted.len()])
    }
}

/// All violations of an operation. `others`: the methods that are left to it to try; `schemes`: names of security schemes.
pub fn plan(compiler: &Compiler, request: &Request, others: &[&'static str], schemes: &HashSet<String>) -> Plan {
    let bodies: Vec<usize> = (0..request.bodies.len()).filter(|index| request.bodies[*index].room.is_some()).collect();
    let mut lists = lists(compiler, request, &bodies, schemes);
    let mut found = lists.take_in_order();
    for index in bodies.iter().skip(1) {
        of_body(compiler, request, *index, &mut lists);
        found.extend(lists.take_in_order());
    }
    let is_guarded = is_unsafe(&request.operation.method);
    let is_late = |one: &Violation| is_guarded && one.spot.is_some_and(|spot| spot.of(request).location == "path");
    let (proved, unproved): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.proved);
    let (late, mut violations): (Vec<_>, Vec<_>) = proved.into_iter().chain(unproved).partition(is_late);
    let is_random = |one: &Violation| matches!(one.change, Change::Part(_)) && one.proved && !one.large;
    let Lists { mut unlisted, left_out, .. } = lists;
    unlisted.retain(|one| !is_late(one));
    let listed = violations.iter().enumerate().filter(|(_, one)| is_random(one));
    let all = unlisted.iter().enumerate().chain(listed.map(|(index, one)| (unlisted.len() + index, one)));
    let order = order(compiler, request, all);
    let is_tried = |name: &&str| others.contains(name) || (violations.is_empty() && FEW_HAVE.contains(name));
    let (guarded, methods): (Vec<&str>, Vec<&str>) =
        OTHER_METHODS.into_iter().filter(is_tried).partition(|name| is_unsafe(name));
    let of_method = |name| Violation::of(name, Change::Method(name), None, true);
    violations.extend(methods.into_iter().map(of_method));
    violations.extend(late);
    violations.extend(guarded.into_iter().map(of_method));
    Plan { violations, unlisted, order, left_out }
}

/// What can be violated, in lists of which each has the most telling first.
#[derive(Default)]
struct Lists {
    keywords: Vec<Vec<Violation>>,
    variants: Vec<Vec<Violation>>,
    unlisted: Vec<Violation>,
    left_out: Vec<String>,
}

impl Lists {
    /// What can be violated of the parts of a place.
    fn add(&mut self, compiler: &Compiler, request: &Request, prover: Prover) {
        let found = turns(compiler, request, prover);
        self.keywords.extend(found.keywords);
        self.variants.extend(found.variants);
        self.unlisted.extend(found.unlisted);
        self.left_out.extend(found.left_out);
    }

    /// The first of each list, the second of each, and so on; then likewise what violates the same keywords in other ways.
    fn take_in_order(&mut self) -> Vec<Violation> {
        let mut found = round_robin(take(&mut self.keywords));
        found.extend(round_robin(take(&mut self.variants)));
        found
    }

    /// Whether there is one of the place with this value.
    fn has(&self, spot: Spot, value: &Value) -> bool {
        let mut all = self.keywords.iter().chain(&self.variants).flatten();
        all.any(|one| one.spot == Some(spot) && one.value == *value)
    }
}

/// Whether what a run did not make may mostly not be touched by the method.
fn is_unsafe(method: &str) -> bool {
    matches!(method, "PUT" | "PATCH" | "DELETE")
}

/// What can be violated of the parameters and the first body. None where the rest of the request cannot be made.
fn lists(compiler: &Compiler, request: &Request, bodies: &[usize], schemes: &HashSet<String>) -> Lists {
    let mut lists = Lists::default();
    if request.places.iter().any(|place| place.required && place.room.is_none()) {
        return lists;
    }
    let must = request.body_required && !request.bodies.is_empty();
    if !bodies.is_empty() || !must {
        let places = request.places.iter().enumerate();
        for (index, _) in places.filter(|(_, place)| !is_credential(place, schemes)) {
            of_parameter(compiler, request, Spot::Parameter(index), &mut lists);
        }
    }
    if must {
        lists.keywords.push(vec![Violation::of("required", Change::Absent, Some(Spot::Body(0)), true)]);
    }
    if let Some(index) = bodies.first() {
        of_body(compiler, request, *index, &mut lists);
    }
    lists
}

/// What can be violated in one of the bodies, if it is one that a server must look at.
fn of_body(compiler: &Compiler, request: &Request, index: usize, lists: &mut Lists) {
    if request.body_required || has_body_method(request) || request.operation.method == "QUERY" {
        lists.keywords.push(of_text(compiler, request, index));
        lists.add(compiler, request, Prover::new(request, Spot::Body(index)));
        lists.keywords.push(of_fields(compiler, request, index));
    }
}

/// Whether the parameter is named like a security scheme: the client has its credential there, whatever a case says.
fn is_credential(place: &Place, schemes: &HashSet<String>) -> bool {
    match place.location.as_str() {
        "path" => false,
        "header" => schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(&place.name)),
        _ => schemes.contains(&place.name),
    }
}

fn of_parameter(compiler: &Compiler, request: &Request, spot: Spot, lists: &mut Lists) {
    let place = spot.of(request);
    let prover = Prover::new(request, spot);
    if place.location != "path" && is_missed(compiler, request, prover) {
        lists.keywords.push(vec![Violation::of("required", Change::Absent, Some(spot), true)]);
    }
    if place.room.is_none() {
        return;
    }
    lists.add(compiler, request, prover);
    let is_text = !prover.exact && !is_own(place);
    let mut unclear = encoded(spot, place, is_text);
    if is_text && place.location != "path" {
        unclear.push(Violation::of("duplicate", Change::Twice, Some(spot), false));
    }
    // A server that cannot read the beginning of a message does not know that the answer to HEAD has no body.
    if is_text && request.operation.method != "HEAD" {
        let change = Change::Part(PartChange::Put(Value::Text("a".repeat(LONG))));
        unclear.push(Violation::of("long", change, Some(spot), false));
    }
    let empty = Value::text("");
    let tries_empty = is_text && place.location == "query" && !(lists.has(spot, &empty) || place.empty_value);
    if tries_empty && refuses(compiler, &compiler.node(place.node), &empty) {
        let change = Change::Part(PartChange::Put(empty.clone()));
        let is_proved = prover.proves(compiler, request, &empty);
        let found = Violation::of("empty-value", change, Some(spot), is_proved);
        unclear.push(Violation { value: empty, prover: Some(prover), ..found });
    }
    lists.keywords.push(unclear);
}

/// Bytes that are no characters there, or that some take for something else than a part of the value.
fn encoded(spot: Spot, place: &Place, is_text: bool) -> Vec<Violation> {
    let texts: &[(&str, &str)] = match place.location.as_str() {
        "path" | "query" => &TARGET_BYTES,
        "header" if is_text => &HEADER_BYTES,
        _ => &[],
    };
    let raw = |(which, text): &(&str, &str)| {
        let change = Change::Part(PartChange::Put(Value::Ext(EXT_RAW, text.as_bytes().to_vec())));
        Violation::of(format!("encoding/{which}"), change, Some(spot), false)
    };
    texts.iter().map(raw).collect()
}

/// Whether the client sends it by itself.
fn is_own(place: &Place) -> bool {
    place.location == "header" && OWN_HEADERS.iter().any(|own| place.name.eq_ignore_ascii_case(own))
}

/// Whether a request without the parameter is not valid, however it is read.
fn is_missed(compiler: &Compiler, request: &Request, prover: Prover) -> bool {
    let place = prover.spot.of(request);
    prover.is_missed(compiler, request) && !(is_own(place) || has_default(compiler, &compiler.node(place.node)))
}

/// The first of each list, then the second of each, and so on.
fn round_robin(lists: Vec<Vec<Violation>>) -> Vec<Violation> {
    let mut lists: Vec<_> = lists.into_iter().map(Vec::into_iter).collect();
    let mut taken = vec![];
    loop {
        let before = taken.len();
        taken.extend(lists.iter_mut().filter_map(Iterator::next));
        if taken.len() == before {
            return taken;
        }
    }
}
