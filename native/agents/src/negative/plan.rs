//! The order of one operation's violations (GENERATION.md, section 19).

use std::collections::{HashSet, VecDeque};

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::key_of;
use sentinel_core::places::{Place, Request};
use sentinel_core::steer::{Steer, wrapped};
use sentinel_core::verdict::refuses;
use sentinel_wire::Value;
use sentinel_wire::value::EXT_RAW;

use super::change::{Change, PartChange};
use super::combinators::combined;
use super::keywords::{Candidate, Found, HUGE_TEXT, candidates, has_default};
use super::parts::{part_at, parts_of, replaced};
use super::proof::Prover;
use super::spots::{PartSpot, spots};
use super::texts::{of_fields, of_text};
use super::violation::{Violation, sample};
use crate::request::{Spot, has_body_method};

const MOST_OF_A_PLACE: usize = 384;
/// Of all the values of a place.
const MOST_PARTS: usize = 131_072;
const FEWEST: usize = 16;
const LONG: usize = 8192;
/// Of a place.
const MOST_LARGE: usize = 2;
const LARGEST_BYTES: usize = 1_048_576;

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

/// The violations of the ordinals from 0, and which of them are tried at random behind them.
#[derive(Debug)]
pub struct Plan {
    /// In order.
    pub violations: Vec<Violation>,
    /// Indices.
    pub random: Vec<usize>,
}

/// All violations of an operation. `others`: the methods that are left to it to try; `schemes`: names of security schemes.
pub fn plan(compiler: &Compiler, request: &Request, others: &[&'static str], schemes: &HashSet<String>) -> Plan {
    let bodies: Vec<usize> = (0..request.bodies.len()).filter(|index| request.bodies[*index].room.is_some()).collect();
    let mut found = round_robin(lists(compiler, request, &bodies, schemes));
    for index in bodies.iter().skip(1) {
        let mut lists = vec![];
        of_body(compiler, request, *index, &mut lists);
        found.extend(round_robin(lists));
    }
    let is_guarded = is_unsafe(&request.operation.method);
    let is_late = |one: &Violation| is_guarded && one.spot.is_some_and(|spot| spot.of(request).location == "path");
    let (proved, unproved): (Vec<_>, Vec<_>) = found.into_iter().partition(|one| one.proved);
    let (late, mut violations): (Vec<_>, Vec<_>) = proved.into_iter().chain(unproved).partition(is_late);
    let has_others = request.places.len() + usize::from(!bodies.is_empty()) > 1;
    let is_random = |one: &Violation| match &one.change {
        Change::Part(change) => one.proved && !one.large && (has_others || one.varies(change)),
        _ => false,
    };
    let random = (0..violations.len()).filter(|index| is_random(&violations[*index])).collect();
    let is_tried = |name: &&str| others.contains(name) || (violations.is_empty() && FEW_HAVE.contains(name));
    let (guarded, methods): (Vec<&str>, Vec<&str>) =
        OTHER_METHODS.into_iter().filter(is_tried).partition(|name| is_unsafe(name));
    let of_method = |name| Violation::of(name, Change::Method(name), None, true);
    violations.extend(methods.into_iter().map(of_method));
    violations.extend(late);
    violations.extend(guarded.into_iter().map(of_method));
    Plan { violations, random }
}

/// Whether what a run did not make may mostly not be touched by the method.
fn is_unsafe(method: &str) -> bool {
    matches!(method, "PUT" | "PATCH" | "DELETE")
}

/// What can be violated, in lists of which each has the most telling first. None where the rest of the request cannot be made.
fn lists(compiler: &Compiler, request: &Request, bodies: &[usize], schemes: &HashSet<String>) -> Vec<Vec<Violation>> {
    if request.places.iter().any(|place| place.required && place.room.is_none()) {
        return vec![];
    }
    let mut lists = vec![];
    let must = request.body_required && !request.bodies.is_empty();
    if !bodies.is_empty() || !must {
        let places = request.places.iter().enumerate();
        for (index, _) in places.filter(|(_, place)| !is_credential(place, schemes)) {
            of_parameter(compiler, request, Spot::Parameter(index), &mut lists);
        }
    }
    if must {
        lists.push(vec![Violation::of("required", Change::Absent, Some(Spot::Body(0)), true)]);
    }
    if let Some(index) = bodies.first() {
        of_body(compiler, request, *index, &mut lists);
    }
    lists
}

/// What can be violated in one of the bodies, if it is one that a server must look at.
fn of_body(compiler: &Compiler, request: &Request, index: usize, lists: &mut Vec<Vec<Violation>>) {
    if request.body_required || has_body_method(request) {
        lists.push(of_text(compiler, request, index));
        of_parts(compiler, request, Prover::new(request, Spot::Body(index)), lists);
        lists.push(of_fields(compiler, request, index));
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

fn of_parameter(compiler: &Compiler, request: &Request, spot: Spot, lists: &mut Vec<Vec<Violation>>) {
    let place = spot.of(request);
    let prover = Prover::new(request, spot);
    if place.location != "path" && is_missed(compiler, request, prover) {
        lists.push(vec![Violation::of("required", Change::Absent, Some(spot), true)]);
    }
    if place.room.is_none() {
        return;
    }
    let begin = lists.len();
    of_parts(compiler, request, prover, lists);
    let long = || {
        let change = Change::Part(PartChange::Put(Value::Text("a".repeat(LONG))));
        // A server that cannot read the beginning of a message does not know that the answer to HEAD has no body.
        let is_plain = !prover.exact && !is_own(place) && request.operation.method != "HEAD";
        is_plain.then(|| Violation::of("long", change, Some(spot), false))
    };
    if matches!(place.location.as_str(), "header" | "cookie") {
        let has_bytes = place.location == "header" && !prover.exact && !is_own(place);
        let mut unclear = encoded(spot, if has_bytes { &HEADER_BYTES } else { &[] });
        unclear.extend(long());
        lists.push(unclear);
    } else {
        let mut unclear = encoded(spot, &TARGET_BYTES);
        if place.location == "query" && !prover.exact {
            unclear.push(Violation::of("duplicate", Change::Twice, Some(spot), false));
            unclear.extend(long());
            let empty = Value::text("");
            let is_new = lists[begin..].iter().flatten().all(|one| one.value != empty);
            if is_new && !place.empty_value && refuses(compiler, &compiler.node(place.node), &empty) {
                let change = Change::Part(PartChange::Put(empty.clone()));
                let is_proved = prover.proves(compiler, request, &empty);
                let found = Violation::of("empty-value", change, Some(spot), is_proved);
                unclear.push(Violation { value: empty, prover: Some(prover), ..found });
            }
        }
        if place.location != "query" {
            unclear.extend(long());
        }
        lists.push(unclear);
    }
}

fn encoded(spot: Spot, texts: &[(&str, &str)]) -> Vec<Violation> {
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

/// What a place has: the keys of its values, how many of these are large, and whether one is huge.
#[derive(Default)]
struct Taken {
    keys: HashSet<Vec<u8>>,
    large: usize,
    huge: bool,
}

impl Taken {
    fn has_room(&self, candidate: &Candidate) -> bool {
        !candidate.large || (self.large < MOST_LARGE && !(self.huge && candidate.label == HUGE_TEXT))
    }

    /// Whether the value is a new one and not too large for a case.
    fn take(&mut self, candidate: &Candidate, value: &Value) -> bool {
        let key = key_of(value);
        if (candidate.large && key.len() > LARGEST_BYTES) || !self.keys.insert(key) {
            return false;
        }
        self.large += usize::from(candidate.large);
        self.huge |= candidate.label == HUGE_TEXT;
        true
    }
}

/// A list for every spot of the place: those candidates that are proved, and those that are worth trying all the same. Of the first 384,
/// taken one from each spot, then one more from each, and so on; of fewer where a value has many parts.
fn of_parts(compiler: &Compiler, request: &Request, prover: Prover, lists: &mut Vec<Vec<Violation>>) {
    let place = prover.spot.of(request);
    let begin = lists.len();
    let mut taken = Taken::default();
    let mut waiting: VecDeque<(usize, OfSpot)> = spots(compiler, place, prover.exact)
        .into_iter()
        .map(|spot| OfSpot { compiler, request, place, prover, spot, sample: None })
        .enumerate()
        .collect();
    lists.resize_with(begin + waiting.len(), Vec::new);
    let parts = sample(compiler, place, None).map_or(1, |(whole, _)| parts_of(&whole));
    let mut left = (MOST_PARTS / parts).clamp(FEWEST, MOST_OF_A_PLACE);
    while left > 0
        && let Some((index, mut tries)) = waiting.pop_front()
    {
        if let Some(violation) = tries.next(&mut taken) {
            lists[begin + index].push(violation);
            left -= 1;
            waiting.push_back((index, tries));
        }
    }
}

/// The violations of one spot, one after the other.
struct OfSpot<'a> {
    compiler: &'a Compiler,
    request: &'a Request,
    place: &'a Place,
    prover: Prover,
    spot: PartSpot,
    sample: Option<Sample>,
}

/// What a spot is violated in, and what is left to try.
struct Sample {
    whole: Value,
    certain: bool,
    steer: Option<Steer>,
    tried: std::vec::IntoIter<Candidate>,
}

impl OfSpot<'_> {
    fn sample(&self) -> Option<Sample> {
        let steer = wrapped(&self.spot.way, None);
        let (whole, certain) = sample(self.compiler, self.place, steer.as_ref()).ok()?;
        let part = part_at(&whole, &self.spot.tokens).ok()?;
        let in_body = matches!(self.prover.spot, Spot::Body(_));
        let mut tried = Found(vec![]);
        if self.prover.exact && self.spot.first {
            combined(self.compiler, self.place, &self.spot, part, &mut tried);
        }
        tried.0.extend(candidates(self.compiler, &self.spot, part, self.prover.exact, in_body).0);
        Some(Sample { whole, certain, steer, tried: tried.0.into_iter() })
    }

    fn next(&mut self, taken: &mut Taken) -> Option<Violation> {
        if self.sample.is_none() {
            self.sample = Some(self.sample()?);
        }
        let Sample { whole, certain, steer, tried } = self.sample.as_mut()?;
        let tokens = &self.spot.tokens;
        let part = part_at(whole, tokens).ok()?;
        for candidate in tried {
            let is_whole = tokens.is_empty() && matches!(candidate.change, PartChange::Put(_) | PartChange::Letters);
            if !*certain && !is_whole {
                continue; // it would not be the only thing that is wrong
            }
            if !taken.has_room(&candidate) {
                continue;
            }
            let Some(part) = candidate.change.of(part, None) else { continue };
            let value = replaced(whole, tokens, part);
            if !self.place.realm.can_hold(&value) {
                continue;
            }
            // What the validator does not know it refuses for another reason: a number for its own rounding, a text for what else is said.
            let of_unknown_format = candidate.unproved.starts_with("format/");
            let is_proved = !of_unknown_format && self.prover.proves(self.compiler, self.request, &value);
            if (is_proved || !candidate.unproved.is_empty()) && taken.take(&candidate, &value) {
                let value = if candidate.large { Value::Null } else { value };
                return Some(violation(candidate, &self.spot, steer.clone(), value, (is_proved, self.prover)));
            }
        }
        None
    }
}

fn violation(
    candidate: Candidate,
    spot: &PartSpot,
    steer: Option<Steer>,
    value: Value,
    (is_proved, prover): (bool, Prover),
) -> Violation {
    let tokens = spot.tokens.iter().chain(&candidate.property);
    let escaped: Vec<String> = tokens.map(|token| token.replace('~', "~0").replace('/', "~1")).collect();
    let pointer = escaped.iter().flat_map(|token| ["/", token]).collect();
    Violation {
        label: if is_proved { candidate.label } else { candidate.unproved },
        change: Change::Part(candidate.change),
        spot: Some(prover.spot),
        tokens: spot.tokens.clone(),
        pointer,
        steer,
        value,
        proved: is_proved,
        prover: Some(prover),
        large: candidate.large,
    }
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
