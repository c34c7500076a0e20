//! The random cases of a request of which there are few: each is new, and they end (GENERATION.md, section 12).

use std::collections::HashSet;

use sentinel_core::kind::key_of;
use sentinel_wire::Map;

use crate::request::Draft;

/// Where so many in a row are like ones before, the stream ends.
const MOST_OLD: u64 = 32;

/// Which ordinals of the stream are new.
#[derive(Debug, Default)]
pub struct Few {
    seen: HashSet<Vec<u8>>,
    next: u64,
    found: Vec<u64>,
    ended: bool,
}

impl Few {
    /// Nothing but what is planned; the random cases begin at `first`.
    pub fn new<'a>(planned: impl Iterator<Item = Draft<'a>>, first: usize) -> Self {
        Self { seen: planned.map(|draft| key(&draft)).collect(), next: first as u64, ..Self::default() }
    }

    /// The ordinal whose streams make the random case of this index; None behind the last. `made`: what they make.
    pub fn at<'a>(&mut self, index: usize, made: impl Fn(u64) -> Option<Draft<'a>>) -> Option<u64> {
        while self.found.len() <= index && !self.ended {
            let new = (self.next..self.next + MOST_OLD)
                .find(|ordinal| made(*ordinal).is_some_and(|draft| self.seen.insert(key(&draft))));
            match new {
                Some(ordinal) => {
                    self.found.push(ordinal);
                    self.next = ordinal + 1;
                }
                None => self.ended = true,
            }
        }
        self.found.get(index).copied()
    }
}

/// Equal for requests with equal values.
fn key(draft: &Draft) -> Vec<u8> {
    let values: Map = draft.pairs().map(|(key, value)| (key.to_owned(), value.clone())).collect();
    key_of(&vec![values.into(), draft.media_type.as_str().into(), draft.body.clone()].into())
}
