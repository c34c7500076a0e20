//! Which optional parts a request has together: of every two of them both, either and none (GENERATION.md, section 12).

use std::sync::Arc;

use sentinel_core::compiler::Compiler;
use sentinel_core::kind::Kind;
use sentinel_core::object::can_be_sent;
use sentinel_core::places::{Place, Request};
use sentinel_core::steer::{Steer, Step, wrapped};

use crate::request::has_body_method;

/// Of two parts all four ways are tried one at a time, and with every part.
const FEWEST_PARTS: usize = 3;
/// These take eleven combinations.
const MOST_PARTS: usize = 462;

/// Optional parameters that are sent, and how the body is made: with some of its optional properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Combination {
    /// Indices of the parameters.
    pub parameters: Vec<usize>,
    /// The index of the body and its steering, where optional properties are combined.
    pub body: Option<(usize, Steer)>,
}

/// An optional part.
enum Part {
    Parameter(usize),
    Property(Arc<str>),
}

/// The combinations of one request, at most eleven.
pub fn combinations(compiler: &Compiler, request: &Request) -> Vec<Combination> {
    let is_optional = |(_, place): &(usize, &Place)| !place.required && place.room.is_some();
    let mut parts: Vec<Part> =
        request.places.iter().enumerate().filter(is_optional).map(|(index, _)| Part::Parameter(index)).collect();
    let properties = body_of(request).and_then(|body| optional_properties(compiler, request, body));
    let way = properties.map(|(body, way, names)| {
        parts.extend(names.into_iter().map(Part::Property));
        (body, way)
    });
    parts.truncate(MOST_PARTS);
    let combination = |row: Vec<usize>| {
        let mut parameters = vec![];
        let mut names = vec![];
        for part in row {
            match &parts[part] {
                Part::Parameter(index) => parameters.push(*index),
                Part::Property(name) => names.push(Arc::clone(name)),
            }
        }
        let steer = |way: &[Step]| wrapped(way, Some(Steer::Only(names))).expect("there is a steer at the end");
        Combination { parameters, body: way.as_ref().map(|(body, way)| (*body, steer(way))) }
    };
    covering_rows(parts.len()).into_iter().map(combination).collect()
}

/// Sets of so many parts, in ascending order, which with the empty set cover every pair in all four ways.
///
/// The fewest there are, by Kleitman and Spencer (Families of k-independent sets, 1973): each part is in other rows than any other, and
/// in more than half of them.
fn covering_rows(parts: usize) -> Vec<Vec<usize>> {
    if parts < FEWEST_PARTS {
        return vec![];
    }
    let mut size = FEWEST_PARTS;
    let mut columns = subsets(size, size / 2 + 1);
    while columns.len() < parts {
        size += 1;
        columns = subsets(size, size / 2 + 1);
    }
    let taken = |part: usize| &columns[part * columns.len() / parts];
    (0..size).map(|row| (0..parts).filter(|part| taken(*part).contains(&row)).collect()).collect()
}

/// The subsets with so many of the numbers below `size`, in lexicographic order.
fn subsets(size: usize, many: usize) -> Vec<Vec<usize>> {
    let mut found = vec![];
    let mut now: Vec<usize> = (0..many).collect();
    loop {
        found.push(now.clone());
        let Some(at) = (0..many).rev().find(|at| now[*at] < size - many + at) else { return found };
        now[at] += 1;
        for next in at + 1..many {
            now[next] = now[next - 1] + 1;
        }
    }
}

/// The body of the best guess.
pub fn body_of(request: &Request) -> Option<usize> {
    let is_sent = request.body_required || has_body_method(request);
    request.bodies.iter().position(|body| body.room.is_some()).filter(|_| is_sent)
}

/// The body again, the way to the alternative that is made first, and its optional properties, if there are any.
fn optional_properties(
    compiler: &Compiler,
    request: &Request,
    body: usize,
) -> Option<(usize, Vec<Step>, Vec<Arc<str>>)> {
    let place = &request.bodies[body];
    let room = place.room?;
    let node = compiler.node(place.node);
    let fitting = node.fitting(compiler, room);
    let flat = &node.alternatives(compiler)[fitting[0]];
    if flat.values.is_some() || !flat.usable_kinds(compiler, room).has(Kind::Object) {
        return None;
    }
    let is_optional =
        |(name, child): &(&Arc<str>, _)| !flat.is_required(name) && can_be_sent(compiler, flat, name, *child, room);
    let names: Vec<Arc<str>> = flat.declared(compiler).filter(is_optional).map(|(name, _)| Arc::clone(name)).collect();
    let way = if fitting.len() > 1 { vec![Step::Branch(fitting[0])] } else { vec![] };
    (!names.is_empty()).then_some((body, way, names))
}

#[cfg(test)]
mod tests {
    use super::{MOST_PARTS, covering_rows};

    #[test]
    fn every_pair_is_there_in_all_four_ways() {
        for parts in [3, 4, 5, 10, 11, 35, 60] {
            let rows = covering_rows(parts);
            for left in 0..parts {
                for right in 0..left {
                    let ways = rows.iter().map(|row| (row.contains(&left), row.contains(&right)));
                    let ways: std::collections::HashSet<_> = ways.chain([(false, false)]).collect();
                    assert_eq!(ways.len(), 4, "{left} and {right} of {parts}");
                }
            }
        }
    }

    #[test]
    fn the_most_parts_take_eleven_rows() {
        assert_eq!(covering_rows(MOST_PARTS).len(), 11);
        assert_eq!(covering_rows(2), Vec::<Vec<usize>>::new());
    }
}
