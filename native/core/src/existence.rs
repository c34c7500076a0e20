//! Why there is no value: what contradicts what, and what is beyond the generator (GENERATION.md, section 8).

use std::borrow::Cow;
use std::rc::Rc;

use crate::compiler::Compiler;
use crate::kind::Kind;
use crate::schema::{Flat, MAX_ROOM, Node, NodeId};

/// What the parts ask for cannot hold together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// What contradicts each other.
    pub reason: Cow<'static, str>,
    /// In which part of the value.
    pub pointer: String,
    /// Whether that is sure.
    pub proved: bool,
}

impl Contradiction {
    /// What surely contradicts each other.
    pub fn of(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), pointer: String::new(), proved: true }
    }
}

/// What became of the search for a value.
#[derive(Debug, Clone, Default)]
pub struct Existence {
    /// Which part of it is the reason.
    pub pointer: String,
    /// Why there is none; empty: there is one.
    pub reason: String,
    /// Whether that is proved.
    pub proved: bool,
}

impl Existence {
    /// That there is none.
    pub fn of(pointer: &str, reason: String, proved: bool) -> Self {
        Self { pointer: pointer.to_owned(), reason, proved }
    }

    /// The same of something that has this as its part.
    #[must_use]
    pub fn below(&self, pointer: &str) -> Self {
        Self { pointer: format!("{pointer}{}", self.pointer), ..self.clone() }
    }

    /// In words.
    fn told(&self) -> String {
        let word = if self.proved { "proved empty" } else { "gave up" };
        let place = if self.pointer.is_empty() { "its root" } else { &self.pointer };
        format!("{word} at {place}: {}", self.reason)
    }
}

/// Of the reasons why each of several ways cannot be gone, the first that is no proof, else the first; None where one is not known.
fn weakest(reasons: Vec<Option<Existence>>) -> Option<Existence> {
    let mut found: Vec<Existence> = reasons.into_iter().collect::<Option<_>>()?;
    let at = found.iter().position(|each| !each.proved).unwrap_or(0);
    (!found.is_empty()).then(|| found.swap_remove(at))
}

/// A name as it stands in a pointer (RFC 6901).
pub(crate) fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Flat {
    /// Why it cannot be made, though it has kinds.
    fn blame(&self, compiler: &Compiler, pointer: &str, seen: &mut Vec<*const Node>) -> Option<Existence> {
        weakest(self.kinds.iter().map(|kind| self.blame_kind(compiler, kind, pointer, seen)).collect())
    }

    fn blame_kind(
        &self,
        compiler: &Compiler,
        kind: Kind,
        pointer: &str,
        seen: &mut Vec<*const Node>,
    ) -> Option<Existence> {
        let what = match kind {
            Kind::String if !self.unsupported.is_empty() => Some(format!("pattern with {}", self.unsupported)),
            Kind::Integer | Kind::Number if !self.unread.is_empty() => {
                Some(format!("{} beyond what is read", self.unread))
            }
            _ => self.excess(kind),
        };
        if let Some(what) = what {
            return Some(Existence::of(pointer, what, false));
        }
        let items = usize::try_from(self.min_items).unwrap_or(usize::MAX).min(self.prefix.len() + 1);
        let parts: Vec<(String, Option<NodeId>)> = match kind {
            Kind::Object => self.required.iter().map(|name| (token(name), self.property(compiler, name))).collect(),
            Kind::Array => (0..items).map(|index| (index.to_string(), self.item(index))).collect(),
            _ => vec![],
        };
        let nodes = parts.into_iter().filter_map(|(name, node)| Some((name, compiler.node(node?))));
        let needed = nodes.filter(|(_, node)| node.least_room(compiler).is_none());
        let blamed = |(name, node): (String, Rc<Node>)| {
            let is_new = !seen.contains(&Rc::as_ptr(&node));
            is_new.then(|| node.blame(compiler, &format!("{pointer}/{name}"), seen)).flatten()
        };
        let mut found: Vec<Existence> = needed.filter_map(blamed).collect();
        let at = found.iter().position(|each| each.proved).unwrap_or(0);
        (!found.is_empty()).then(|| found.swap_remove(at))
    }
}

impl Node {
    /// Why nothing can be made of it: proved empty, or given up on.
    pub fn why_not(&self, compiler: &Compiler) -> String {
        let blamed = self.blame(compiler, "", &mut vec![]);
        blamed.map_or_else(|| format!("gave up: nothing fits within {MAX_ROOM} levels"), |found| found.told())
    }

    /// Why none of the alternatives can be made: the first reason that is no proof, else the first. None: not known.
    fn blame(&self, compiler: &Compiler, pointer: &str, seen: &mut Vec<*const Self>) -> Option<Existence> {
        let found = self.found(compiler);
        if found.flats.is_empty() {
            return Some(found.existence.below(pointer));
        }
        seen.push(std::ptr::from_ref(self));
        weakest(found.flats.iter().map(|flat| flat.blame(compiler, pointer, seen)).collect())
    }
}
