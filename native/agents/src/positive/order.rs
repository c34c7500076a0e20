//! Which entry an ordinal has, and whose streams it draws from: no case is like one before, as far as that is looked at (GENERATION.md,
//! section 12).

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::request::Draft;
use sentinel_core::kind::key_of_all;

use super::distinct::Breadth;
use super::entry::EntryCase;
use super::plan::Entry;

/// Of a few: where so many in a row are like ones before, the stream ends.
const MOST_OLD: usize = 128;
/// So many times as many as a block has are passed over in it: half of what is drawn may be without an optional part, and alike.
const PASSED: usize = 3;

/// What makes a case, and the values that it makes.
pub type Made<'a> = (EntryCase<'a>, Draft<'a>);

/// What an ordinal is.
pub enum Chosen<'a> {
    /// The entry of the plan with this index, which is that of its streams too; what it makes, where that was looked at just now.
    Planned(usize, Option<Made<'a>>),
    /// Behind the plan, so far: the ordinal of the streams, and what they produce at random, where that was looked at just now.
    Behind(usize, u64, Option<Made<'a>>),
}

/// The cases of one operation under one seed.
#[derive(Debug, Default)]
pub struct Order {
    /// Entries that are new.
    planned: Vec<usize>,
    /// Entries, so far.
    looked: usize,
    seen: HashSet<u64>,
    block: Option<Block>,
}

/// Random cases that are told apart from each other and from what was seen before.
#[derive(Debug)]
struct Block {
    number: usize,
    next: u64,
    seen: HashSet<u64>,
    found: Vec<u64>,
    passed: usize,
    most_passed: usize,
    ended: bool,
}

impl Order {
    /// What an ordinal is; None: the stream ended before. `breadth`: None where nothing is chosen at random. `produce`: what is made of an
    /// entry, at an ordinal, with the streams of another.
    pub fn at<'a>(
        &mut self,
        ordinal: usize,
        entries: &'a [Entry],
        breadth: impl Fn() -> Option<Breadth>,
        produce: impl Fn(&'a Entry, usize, u64) -> Option<Made<'a>>,
    ) -> Option<Chosen<'a>> {
        while self.planned.len() <= ordinal && self.looked < entries.len() {
            let index = self.looked;
            self.looked += 1;
            let made = match &entries[index] {
                Entry::BareCredentials => None,
                entry => produce(entry, self.planned.len(), index as u64),
            };
            // What is given up is like none before.
            if made.as_ref().is_none_or(|(_, draft)| self.seen.insert(key(draft))) {
                self.planned.push(index);
                if self.planned.len() > ordinal {
                    return Some(Chosen::Planned(index, made));
                }
            }
        }
        if let Some(index) = self.planned.get(ordinal) {
            return Some(Chosen::Planned(*index, None));
        }
        let (index, first) = (ordinal - self.planned.len(), entries.len());
        let Some(Breadth { few: ends, block: size }) = breadth() else {
            return Some(Chosen::Behind(index, (first + index) as u64, None));
        };
        let number = if ends { 0 } else { index / size };
        if self.block.as_ref().is_none_or(|block| block.number != number) {
            let next = (first + (1 + PASSED) * size * number) as u64;
            let seen = self.seen.clone();
            self.block =
                Some(Block { number, next, seen, found: vec![], passed: 0, most_passed: PASSED * size, ended: false });
        }
        let (drawn, made) =
            self.block.as_mut()?.at(index - number * size, ends, |drawn| produce(&Entry::Random, 1, drawn))?;
        // Of a few, all are random.
        Some(Chosen::Behind(if ends { 0 } else { index }, drawn, made))
    }
}

impl Block {
    /// The ordinal of the streams, and what they produce, where that was looked at just now; None behind the last, if it `ends`.
    fn at<'a>(
        &mut self,
        index: usize,
        ends: bool,
        produce: impl Fn(u64) -> Option<Made<'a>>,
    ) -> Option<(u64, Option<Made<'a>>)> {
        let mut made_now = None;
        while self.found.len() <= index && !self.ended {
            made_now = self.look(ends, &produce);
        }
        let drawn = *self.found.get(index)?;
        Some((drawn, made_now.filter(|_| index + 1 == self.found.len())))
    }

    /// Adds the next that is new.
    fn look<'a>(&mut self, ends: bool, produce: impl Fn(u64) -> Option<Made<'a>>) -> Option<Made<'a>> {
        let mut in_a_row = 0;
        while !(ends && in_a_row == MOST_OLD) {
            let ordinal = self.next;
            self.next += 1;
            let made = produce(ordinal);
            let is_new = made.as_ref().map_or(!ends, |(_, draft)| self.seen.insert(key(draft)));
            if is_new || (!ends && self.passed == self.most_passed) {
                self.found.push(ordinal);
                return made;
            }
            in_a_row += 1;
            self.passed += 1;
        }
        self.ended = true;
        None
    }
}

/// Equal for requests with equal values.
fn key(draft: &Draft) -> u64 {
    let mut hasher = DefaultHasher::new();
    // Places are filled in the same order each time.
    let body = [(&*draft.media_type, &draft.body)];
    key_of_all(draft.pairs().chain(body)).hash(&mut hasher);
    hasher.finish()
}
