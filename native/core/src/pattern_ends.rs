//! What is to be known of a pattern before it is written: its ends, its lengths, what it wants to see (GENERATION.md, section 7).

use crate::pattern_text::SAFE;
use crate::tree::{Look, Shape, Tree};

/// The pattern as a whole text: with room before and behind where nothing forbids it.
#[must_use]
pub fn padded(tree: &Tree) -> Tree {
    let [is_start_closed, is_end_closed] = closed_ends(tree);
    let started = if is_start_closed { tree.clone() } else { with_room(tree, true) };
    if is_end_closed { started } else { with_room(&started, false) }
}

/// Whether no room can be at the start, and at the end: at those of all alternatives, or with back-references of any, as what these
/// repeat depends on where the pattern is found.
#[must_use]
pub fn closed_ends(tree: &Tree) -> [bool; 2] {
    [true, false].map(|start| if tree.assumes() { is_closed_somewhere(tree, start) } else { is_closed(tree, start) })
}

/// With room at one end: where some alternatives are closed there, of each by itself.
fn with_room(tree: &Tree, start: bool) -> Tree {
    if is_closed(tree, start) {
        return tree.clone();
    }
    if is_closed_somewhere(tree, start) {
        match &tree.shape {
            Shape::Choice(branches) => {
                return Tree::choice(branches.iter().map(|branch| with_room(branch, start)).collect());
            }
            Shape::Group(part, _) => return with_room(part, start),
            Shape::Sequence(parts) => {
                let at = if start { 0 } else { parts.len() - 1 };
                if !matches!(parts[at].shape, Shape::Look(..) | Shape::Boundary(..)) {
                    let mut parts = parts.clone();
                    parts[at] = with_room(&parts[at], start);
                    return Tree::sequence(parts);
                }
            }
            _ => {}
        }
    }
    let room = room(tree, start);
    Tree::sequence(if start { vec![room, tree.clone()] } else { vec![tree.clone(), room] })
}

/// Any number of letters and digits; a hyphen apart from a boundary.
fn room(tree: &Tree, start: bool) -> Tree {
    let many = Tree::repeat(Tree::class(SAFE.to_vec()), 0, None);
    let mut edge = tree;
    while let Shape::Sequence(parts) = &edge.shape
        && let Some(part) = if start { parts.first() } else { parts.last() }
    {
        edge = part;
    }
    if !matches!(edge.shape, Shape::Boundary(false, _)) {
        return many;
    }
    let hyphen = Tree::class(vec![(0x2D, 0x2D)]);
    Tree::repeat(Tree::sequence(if start { vec![many, hyphen] } else { vec![hyphen, many] }), 0, Some(1))
}

/// No text that the pattern matches is shorter or longer (None: there is no bound). A group that took no part is repeated as nothing.
#[must_use]
pub fn lengths(tree: &Tree) -> (u64, Option<u64>) {
    let is_whole = is_anchored(tree, true) && is_anchored(tree, false);
    (if tree.assumes() { 0 } else { tree.least }, tree.most.filter(|_| is_whole))
}

/// The pattern with a look-behind that it begins with, and a look-ahead that it ends with, as parts of the text.
#[must_use]
pub fn spelt_out(tree: &Tree) -> Tree {
    let part_of = |tree: &Tree, wanted: Option<bool>| match &tree.shape {
        Shape::Look(part, Look { ahead, inverse: false }) if wanted.is_none_or(|wanted| wanted == *ahead) => {
            Some(Tree::clone(part))
        }
        _ => None,
    };
    if let Some(part) = part_of(tree, None) {
        return part;
    }
    let Shape::Sequence(parts) = &tree.shape else { return tree.clone() };
    let mut parts = parts.clone();
    if parts.is_empty() {
        return tree.clone();
    }
    if let Some(part) = part_of(&parts[0], Some(false)) {
        parts[0] = part;
    }
    let last = parts.len() - 1;
    if let Some(part) = part_of(&parts[last], Some(true)) {
        parts[last] = part;
    }
    Tree::sequence(parts)
}

/// What must be seen ahead somewhere in the text, in order: the parts of look-aheads that are not inverse.
pub fn needs(tree: &Tree, found: &mut Vec<Tree>) {
    match &tree.shape {
        Shape::Look(part, Look { ahead: true, inverse: false }) => found.push(Tree::clone(part)),
        Shape::Look(..) => {}
        _ => tree.parts().iter().for_each(|part| needs(part, found)),
    }
}

/// Whether an anchor stands at this end of all its alternatives; look-around and boundaries are passed over.
fn is_anchored(tree: &Tree, start: bool) -> bool {
    stops(tree, start, true, &|_, _| false)
}

/// Whether no room can be at this end of all its alternatives: for an anchor, or a line that begins or ends there.
#[must_use]
pub fn is_closed(tree: &Tree, start: bool) -> bool {
    stops(tree, start, true, &|part, look| look.inverse && look.ahead != start && has_room(part))
}

/// Whether none can be at this end of any of them.
#[must_use]
pub fn is_closed_somewhere(tree: &Tree, start: bool) -> bool {
    stops(tree, start, false, &|part, look| look.inverse && look.ahead != start && has_room(part))
}

fn stops(tree: &Tree, start: bool, everywhere: bool, is_stop: &dyn Fn(&Tree, Look) -> bool) -> bool {
    let inner = |part: &Tree| stops(part, start, everywhere, is_stop);
    match &tree.shape {
        Shape::Edge(is_start) => *is_start == start,
        Shape::Look(part, look) => is_stop(part, *look),
        Shape::Sequence(parts) => {
            let mut parts = parts.iter();
            let mut next = || if start { parts.next() } else { parts.next_back() };
            while let Some(part) = next() {
                let is_place = matches!(part.shape, Shape::Look(..) | Shape::Boundary(..));
                if !is_place || inner(part) {
                    return inner(part);
                }
            }
            false
        }
        Shape::Choice(branches) if everywhere => branches.iter().all(inner),
        Shape::Choice(branches) => branches.iter().any(inner),
        Shape::Group(part, _) => inner(part),
        Shape::Class(_) | Shape::Repeat(..) | Shape::Boundary(..) | Shape::Back(_) => false,
    }
}

/// Whether it is a class of all characters that room is made of.
fn has_room(tree: &Tree) -> bool {
    let Shape::Class(class) = &tree.shape else { return false };
    SAFE.iter().all(|(low, high)| class.ranges.iter().any(|(first, last)| first <= low && high <= last))
}

/// Whether anchors stand where what is written may break them; `first` and `last`: nothing stands before or behind the tree.
#[must_use]
pub fn has_inner_edges(tree: &Tree, first: bool, last: bool) -> bool {
    match &tree.shape {
        Shape::Edge(start) => !(if *start { first } else { last }),
        Shape::Sequence(parts) => {
            let end = parts.len().saturating_sub(1);
            let inner = |(index, part)| has_inner_edges(part, first && index == 0, last && index == end);
            parts.iter().enumerate().any(inner)
        }
        Shape::Choice(branches) => branches.iter().any(|branch| has_inner_edges(branch, first, last)),
        Shape::Repeat(part, ..) => has_inner_edges(part, false, false),
        Shape::Group(part, _) => has_inner_edges(part, first, last),
        Shape::Class(_) | Shape::Boundary(..) | Shape::Look(..) | Shape::Back(_) => false,
    }
}

/// Whether a text of every length between the bounds is sure to be written; where it is not plain, it may be so all the same.
#[must_use]
pub fn is_dense(tree: &Tree) -> bool {
    match &tree.shape {
        Shape::Class(class) => !class.ranges.is_empty(),
        Shape::Repeat(part, low, high) => is_dense(part) && (part.least <= 1 || Some(*low) == *high),
        Shape::Choice(branches) => {
            let mut in_order: Vec<&Tree> = branches.iter().collect();
            in_order.sort_by_key(|branch| branch.least);
            let mut reached = Some(tree.least);
            let has_gap = in_order.iter().any(|branch| {
                let is_apart = reached.is_some_and(|reached| branch.least > reached + 1);
                reached = reached.zip(branch.most).map(|(reached, most)| reached.max(most));
                is_apart
            });
            !has_gap && branches.iter().all(is_dense)
        }
        Shape::Sequence(parts) => parts.iter().all(is_dense),
        Shape::Group(part, _) => is_dense(part),
        Shape::Edge(_) | Shape::Boundary(..) | Shape::Look(..) => true,
        Shape::Back(_) => false,
    }
}
