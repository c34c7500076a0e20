//! The multiplying out of the choices of a conjunction (GENERATION.md, section 8).

use sentinel_wire::Value;

use crate::apart::{Facts, told_apart};
use crate::compiler::Compiler;
use crate::existence::{Contradiction, Existence};
use crate::kind::{Kind, Kinds};
use crate::merging::merge;
use crate::parts::{Branch, Choice, Entry, Parts};
use crate::schema::{Flat, NodeId};

/// A node has no more alternatives.
pub(crate) const MAX_ALTERNATIVES: usize = 256;
/// From so many alternatives on, choices below others are not multiplied out any more.
pub const MAX_COMBINED: usize = 32;
const MAX_TRIED: usize = 512;
pub(crate) const MAX_LEVELS: usize = 3;
/// So many conjunctions are tried to tell one branch apart.
const MAX_TRIED_APART: usize = 16;
/// So many may have a schema that is false, all together.
const MAX_FALSE: usize = 256;
/// So many are only looked at, as some of their choices are not made.
const MAX_LOOKED_AT: usize = 256;
/// So many there may be, with those of which some choices are not made.
const MAX_BEGUN: usize = 4096;

/// The multiplying out of one node's branches, in the order of the document.
///
/// Parts that must be there are looked at `level` levels down: a branch whose part cannot be is none. Where there is no choice, that is
/// only asked of what a negation wants, or `thorough`: of all.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Search<'a> {
    compiler: &'a Compiler,
    level: usize,
    most: usize,
    thorough: bool,
    pub found: Vec<Flat>,
    reason: Option<(String, String)>,
    tried: usize,
    /// No more than so many are tried.
    last: usize,
    begun: usize,
    looked_at: usize,
    /// So many had a schema that is false.
    disproved: usize,
    /// Whether a negation left out what it might have allowed.
    lossy: bool,
    /// Whether a branch was passed over that might have given one more alternative.
    cut: bool,
    /// Whether the branches that are being tried are.
    risky: bool,
}

/// How a conjunction came about.
#[derive(Clone)]
struct Taken<'a> {
    /// So many of its choices are made already.
    count: usize,
    /// By which branches.
    label: &'a str,
    /// Whether the last of them is quiet.
    quiet: bool,
    /// Whether each is made for the last of its branches.
    last: bool,
}

impl<'a> Search<'a> {
    pub fn new(compiler: &'a Compiler, level: usize, most: usize, thorough: bool) -> Self {
        let (tried, begun, looked_at, disproved) = (0, 0, 0, 0);
        let (found, reason, last, lossy, cut, risky) = (vec![], None, MAX_TRIED, false, false, false);
        Self {
            compiler,
            level,
            most,
            thorough,
            found,
            reason,
            tried,
            last,
            begun,
            looked_at,
            disproved,
            lossy,
            cut,
            risky,
        }
    }

    /// Finds the alternatives of schemas that must hold together.
    pub fn look(&mut self, schemas: &[Value], quiet: bool) {
        let entries: Vec<Entry> = schemas.iter().map(|schema| Entry::of(schema, quiet)).collect();
        self.grow(&Parts::new(self.compiler, true), &entries, &Taken { count: 0, label: "", quiet: false, last: true });
    }

    /// What came of it.
    pub fn existence(&self) -> Existence {
        if !self.found.is_empty() {
            return Existence::default();
        }
        if self.is_used_up() {
            let most = self.tried.max(self.disproved).max(self.begun);
            return Existence::of("", format!("nothing among the first {most} ways to choose"), false);
        }
        let (pointer, reason) = self.reason.clone().unwrap_or_else(|| (String::new(), "false".to_owned()));
        Existence::of(&pointer, reason, !self.lossy)
    }

    /// Whether every value that satisfies the schemas satisfies an alternative.
    pub const fn is_complete(&self) -> bool {
        !(self.cut || self.lossy || self.is_used_up())
    }

    /// Adds the alternatives of a conjunction and more.
    fn grow(&mut self, parts: &Parts<'a>, more: &[Entry], taken: &Taken) {
        self.begun += 1;
        let mut looks = taken.quiet && self.may_look();
        let mut parts = parts.clone();
        let holds = more.iter().all(|entry| parts.add(entry));
        self.lossy |= parts.lossy;
        if !holds {
            self.because("", "a schema that is false");
            self.disproved += usize::from(!looks);
            return;
        }
        if !taken.quiet && (1..parts.choices.len()).contains(&taken.count) {
            looks = self.may_look();
        }
        if looks && self.merged(&parts).is_none() {
            return;
        }
        let asks = parts.choices.iter().skip(taken.count).any(|choice| choice.about.is_some());
        let known = asks.then(|| Facts::new(&parts.members));
        let (count, label) = self.without_choice(&parts.choices, known.as_ref(), taken);
        let taken = Taken { count, label: &label, ..taken.clone() };
        let Some(choice) = parts.choices.get(count) else {
            return self.finish(&parts, &label);
        };
        let before = self.found.len();
        let branches = self.open(choice, known.as_ref());
        for index in &branches {
            if self.has_enough(choice, before, taken.last) {
                self.cut = true;
                return;
            }
            let branch = choice.branch(self.compiler, *index);
            if branch.leads_back() {
                self.cut = true;
            } else {
                let label = labelled(&label, choice, *index);
                let last = taken.last && branches.last() == Some(index);
                self.branch(
                    &parts,
                    &branch,
                    &Taken { count: count + 1, label: &label, quiet: choice.is_quiet(), last },
                );
            }
        }
        if self.found.len() == before && choice.is_exclusive() {
            self.without_exclusions(&parts, choice, &taken);
        }
    }

    /// Passes over the next choices that are none, as what they are about cannot hold beside the members.
    fn without_choice(&self, choices: &[Choice], known: Option<&Facts>, taken: &Taken) -> (usize, String) {
        let (mut count, mut label) = (taken.count, taken.label.to_owned());
        while let Some(choice) = choices.get(count)
            && choice.about.as_ref().is_some_and(|about| self.excludes(known, about))
        {
            if choice.keyword == "if" {
                if choice.ways[1][1] != Value::Bool(true) {
                    break;
                }
                label = labelled(&label, choice, 1);
            }
            count += 1;
        }
        (count, label)
    }

    /// The branches that are left, by their indexes: of a condition or negation those that go with the members, if any does.
    fn open(&self, choice: &Choice, known: Option<&Facts>) -> Vec<usize> {
        let every = 0..choice.ways.len();
        if choice.about.is_none() {
            return every.collect();
        }
        let left: Vec<usize> = every.clone().filter(|index| !self.excludes(known, &choice.ways[*index][0])).collect();
        if left.is_empty() { every.collect() } else { left }
    }

    fn excludes(&self, known: Option<&Facts>, schema: &Value) -> bool {
        told_apart(self.compiler, known, self.compiler.facts(schema).as_deref(), 0)
    }

    const fn may_look(&mut self) -> bool {
        self.looked_at += 1;
        self.looked_at <= MAX_LOOKED_AT
    }

    const fn has_enough(&self, choice: &Choice, before: usize, last: bool) -> bool {
        let found = self.found.len();
        found >= self.most
            || self.is_used_up()
            || (found > before && (choice.is_quiet() || (found >= MAX_COMBINED && !last)))
    }

    const fn is_used_up(&self) -> bool {
        self.tried >= self.last || self.disproved >= MAX_FALSE || self.begun >= MAX_BEGUN
    }

    /// One branch; where it cannot be told apart from the others for what negations leave out, or from too many, as it is, and risky.
    fn branch(&mut self, parts: &Parts<'a>, branch: &Branch, taken: &Taken) {
        let Some(excluded) = &branch.excluded else {
            return self.as_it_is(parts, branch, taken);
        };
        let (before, lossy, most) = (self.found.len(), std::mem::take(&mut self.lossy), self.last);
        if !excluded.is_empty() {
            self.last = most.min(self.tried + MAX_TRIED_APART);
        }
        self.grow(parts, &[&branch.entries[..], excluded].concat(), taken);
        self.lossy |= self.is_used_up();
        self.last = most;
        if !excluded.is_empty() && self.lossy && self.found.len() == before {
            self.as_it_is(parts, branch, taken);
        }
        self.lossy |= lossy;
    }

    /// Branches that cannot be told apart at all, as they are: what such a document means is not what it says.
    fn without_exclusions(&mut self, parts: &Parts<'a>, choice: &Choice, taken: &Taken) {
        let before = self.found.len();
        for index in 0..choice.ways.len() {
            if self.has_enough(choice, before, true) {
                return;
            }
            let branch = choice.branch(self.compiler, index);
            if branch.excluded.as_ref().is_some_and(|excluded| !excluded.is_empty()) {
                let label = labelled(taken.label, choice, index);
                let taken = Taken { count: taken.count + 1, label: &label, quiet: choice.is_quiet(), last: false };
                self.as_it_is(parts, &branch, &taken);
            }
        }
    }

    fn as_it_is(&mut self, parts: &Parts<'a>, branch: &Branch, taken: &Taken) {
        let risky = std::mem::replace(&mut self.risky, true);
        self.grow(parts, &branch.entries, taken);
        self.risky = risky;
    }

    fn finish(&mut self, parts: &Parts, label: &str) {
        self.tried += 1;
        if let Some(mut flat) = self.merged(parts) {
            label.clone_into(&mut flat.label);
            flat.risky |= parts.risky || self.risky;
            self.found.push(flat);
        }
    }

    /// The members as one alternative; None where they contradict each other.
    fn merged(&mut self, parts: &Parts) -> Option<Flat> {
        let merged = merge(&parts.members, self.compiler).and_then(|flat| self.looked_down(flat, parts));
        let failed = |contradiction: Contradiction| {
            self.because(&contradiction.pointer, &contradiction.reason);
            self.lossy |= !contradiction.proved;
        };
        merged.map_err(failed).ok()
    }

    /// Without the objects and arrays of which a part that must be there cannot be.
    fn looked_down(&mut self, mut flat: Flat, parts: &Parts) -> Result<Flat, Contradiction> {
        if self.level == 0 || flat.values.is_some() {
            return Ok(flat);
        }
        let (mut gone, mut disproved) = (Kinds::default(), Kinds::default());
        let mut first = None;
        for (kind, name, node) in needed(&flat, parts, self.thorough || !parts.choices.is_empty()) {
            if gone.has(kind) || !flat.kinds.has(kind) {
                continue;
            }
            let found = self.compiler.may_exist(node, self.level - 1);
            if !found.reason.is_empty() {
                let found = found.below(&name).unless(kind == Kind::Array && flat.is_placed);
                gone.add(kind);
                if found.proved {
                    disproved.add(kind);
                }
                self.lossy |= !found.proved;
                first = first.or(Some(found));
            }
        }
        for kind in gone.iter() {
            flat.kinds.remove(kind);
        }
        for kind in disproved.iter() {
            flat.allowed.remove(kind);
        }
        match first {
            Some(Existence { pointer, reason, .. }) if flat.kinds.is_empty() => {
                Err(Contradiction { reason: reason.into(), pointer, proved: flat.allowed.is_empty() })
            }
            _ => Ok(flat),
        }
    }

    fn because(&mut self, pointer: &str, reason: &str) {
        if self.reason.is_none() {
            self.reason = Some((pointer.to_owned(), reason.to_owned()));
        }
    }
}

/// The declared parts that must be there: all, or those that a negation speaks of.
fn needed(flat: &Flat, parts: &Parts, everything: bool) -> Vec<(Kind, String, NodeId)> {
    let denied: Vec<_> = parts.members.iter().filter(|member| !member.evaluates()).collect();
    if !everything && denied.is_empty() {
        return vec![];
    }
    let is_denied = |name: &str| {
        denied
            .iter()
            .any(|member| member.get("properties").and_then(Value::as_map).is_some_and(|table| table.has(name)))
    };
    let rest = flat.additional.filter(|_| everything && flat.naming.is_none());
    let names = flat.required.iter().filter(|name| everything || is_denied(name));
    let mut found: Vec<_> =
        names.filter_map(|name| Some((Kind::Object, name.clone(), flat.properties.get(name).or(rest)?))).collect();
    let is_last = |index: usize| {
        denied
            .iter()
            .any(|member| member.get("prefixItems").and_then(Value::as_list).unwrap_or_default().len() == index + 1)
    };
    let items = usize::try_from(flat.min_items).unwrap_or(usize::MAX).min(flat.prefix.len() + 1);
    for index in (0..items).filter(|index| everything || is_last(*index)) {
        found.extend(flat.item(index).map(|item| (Kind::Array, index.to_string(), item)));
    }
    found
}

/// With the branch that is taken, where it is one to be tried.
fn labelled(label: &str, choice: &Choice, index: usize) -> String {
    if choice.is_quiet() {
        return label.to_owned();
    }
    let separator = if label.is_empty() { "" } else { "+" };
    format!("{label}{separator}{}/{index}", choice.keyword)
}
