//! Why there is no value: what contradicts what, and what is beyond the generator (GENERATION.md, section 8).

use std::borrow::Cow;
use std::rc::Rc;

use crate::compiler::Compiler;
use crate::count::{too_few_items, too_few_names};
use crate::kind::Kind;
use crate::naming::Naming;
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
    #[must_use]
    pub fn of(pointer: &str, reason: String, proved: bool) -> Self {
        Self { pointer: pointer.to_owned(), reason, proved }
    }

    /// That generation gave up at this value.
    #[must_use]
    pub fn gave_up(reason: impl Into<String>) -> Self {
        Self::of("", reason.into(), false)
    }

    /// The same of something that has this as its part of this name.
    #[must_use]
    pub fn below(self, name: &str) -> Self {
        Self { pointer: format!("/{}{}", token(name), self.pointer), ..self }
    }

    /// The same, but no proof where it is doubted.
    #[must_use]
    pub const fn unless(mut self, is_doubted: bool) -> Self {
        self.proved &= !is_doubted;
        self
    }

    /// In words.
    #[must_use]
    pub fn told(&self) -> String {
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
        let found = weakest(self.kinds.iter().map(|kind| self.blame_kind(compiler, kind, pointer, seen)).collect());
        Some(found?.unless(self.allowed.iter().any(|kind| !self.kinds.has(kind))))
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
        let needed = self.lacking(compiler, kind);
        let mut found: Vec<Existence> = vec![];
        for (name, node) in &needed {
            let blamed = node.blame_within(compiler, &format!("{pointer}/{}", token(name)), seen);
            let is_sure = match kind {
                Kind::Array => !self.is_placed,
                _ => self.naming.as_ref().is_none_or(|naming| naming.is_sure(compiler, name)),
            };
            found.extend(blamed.map(|found| found.unless(!is_sure)));
        }
        if kind == Kind::Object && needed.is_empty() {
            found.extend(self.blame_rest(compiler, pointer, seen));
        }
        if kind == Kind::Object && too_few_names(self, compiler) {
            let reason = "minProperties above the number of names that propertyNames allows";
            found.push(Existence::of(pointer, reason.to_owned(), true));
        }
        if kind == Kind::Array && too_few_items(self, compiler) {
            let reason = "uniqueItems with more items than there are different ones";
            found.push(Existence::of(pointer, reason.to_owned(), true));
        }
        let at = found.iter().position(|each| each.proved).unwrap_or(0);
        (!found.is_empty()).then(|| found.swap_remove(at))
    }

    /// The parts that must be there and fit in no room.
    fn lacking(&self, compiler: &Compiler, kind: Kind) -> Vec<(String, Rc<Node>)> {
        let items = usize::try_from(self.min_items).unwrap_or(usize::MAX).min(self.prefix.len() + 1);
        let parts: Vec<(String, Option<NodeId>)> = match kind {
            Kind::Object => self.required.iter().map(|name| (name.clone(), self.property(compiler, name))).collect(),
            Kind::Array => (0..items).map(|index| (index.to_string(), self.item(index))).collect(),
            _ => vec![],
        };
        let nodes = parts.into_iter().filter_map(|(name, node)| Some((name, compiler.node(node?))));
        nodes.filter(|(_, node)| node.least_room(compiler).is_none()).collect()
    }

    /// Whether each of its values would hold one of a node that is endless, or is being asked.
    fn is_endless(&self, compiler: &Compiler, seen: &mut Vec<*const Node>) -> bool {
        if self.values.is_some() || self.is_placed || self.allowed.iter().any(|kind| !self.kinds.has(kind)) {
            return false;
        }
        let is_sure = |naming: &Naming| self.required.iter().all(|name| naming.is_sure(compiler, name));
        self.naming.as_ref().is_none_or(is_sure)
            && self.kinds.iter().all(|kind| {
                let lacking = self.lacking(compiler, kind);
                !lacking.is_empty() && lacking.iter().all(|(_, node)| node.is_endless(compiler, seen))
            })
    }

    /// Why there are too few properties, where those that nothing names cannot be.
    fn blame_rest(&self, compiler: &Compiler, pointer: &str, seen: &mut Vec<*const Node>) -> Option<Existence> {
        let rest = compiler.node(self.additional.filter(|_| self.naming.is_none())?);
        if rest.least_room(compiler).is_some() {
            return None;
        }
        let is_empty = rest.blame_within(compiler, pointer, seen).is_some_and(|found| found.proved);
        let has_few = (self.properties.iter().count() as u64) < self.min_properties;
        let reason = "minProperties above the number of properties that can be made";
        Some(Existence::of(pointer, reason.to_owned(), is_empty && has_few))
    }
}

impl Node {
    /// Why nothing can be made of it: proved empty, or given up on.
    pub fn why_not(&self, compiler: &Compiler) -> Existence {
        if let Some(found) = self.blame(compiler, "", &mut vec![]) {
            return found;
        }
        if self.is_endless(compiler, &mut vec![]) {
            return Existence::of("", "a value would hold another one, and so on without end".to_owned(), true);
        }
        Existence::gave_up(format!("nothing fits within {MAX_ROOM} levels"))
    }

    /// Whether it has no value, as each would hold one of its own or of another such node, and so on without end.
    ///
    /// One node below it that may have a value is reason enough to say no.
    fn is_endless(&self, compiler: &Compiler, seen: &mut Vec<*const Self>) -> bool {
        if seen.contains(&std::ptr::from_ref(self)) {
            return true;
        }
        let found = self.found(compiler);
        if found.flats.is_empty() {
            return found.existence.proved;
        }
        seen.push(std::ptr::from_ref(self));
        found.is_complete && found.flats.iter().all(|flat| flat.is_endless(compiler, seen))
    }

    /// The same of a part of something else, once.
    fn blame_within(&self, compiler: &Compiler, pointer: &str, seen: &mut Vec<*const Self>) -> Option<Existence> {
        let is_new = !seen.contains(&std::ptr::from_ref(self));
        is_new.then(|| self.blame(compiler, pointer, seen)).flatten()
    }

    /// Why none of the alternatives can be made: the first reason that is no proof, else the first. None: not known.
    fn blame(&self, compiler: &Compiler, pointer: &str, seen: &mut Vec<*const Self>) -> Option<Existence> {
        let found = self.found(compiler);
        if found.flats.is_empty() {
            let Existence { pointer: part, reason, proved } = found.existence.clone();
            return Some(Existence::of(&format!("{pointer}{part}"), reason, proved));
        }
        seen.push(std::ptr::from_ref(self));
        weakest(found.flats.iter().map(|flat| flat.blame(compiler, pointer, seen)).collect())
    }
}
