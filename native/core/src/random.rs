//! Random numbers that are the same in every language (GENERATION.md, section 2): a `SplitMix64` stream for each place of each
//! case, so that no field's draws shift another's.

use std::cell::Cell;

use blake2::digest::consts::U8;
use blake2::{Blake2b, Digest};
use num_bigint::BigInt;
use sentinel_wire::pack::Packer;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// What all cases of one agent at one operation start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationState(u64);

/// The state of one agent at one operation for the seed that was asked last.
#[derive(Debug, Default)]
pub struct LastState(Cell<Option<(i64, OperationState)>>);

/// What all streams of one case start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseState(u64);

/// The number of a place such as `query/limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceHash(u64);

/// One stream. Every method takes one number from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draws(u64);

impl OperationState {
    /// The state for (seed, agent, operation key).
    #[must_use]
    pub fn new(seed: i64, agent: &str, operation: &str) -> Self {
        let mut packer = Packer::new();
        packer.list(3);
        packer.int(seed);
        packer.text(agent);
        packer.text(operation);
        Self(hash(packer.bytes()))
    }

    /// The state of the case at `ordinal`.
    #[must_use]
    pub const fn case(self, ordinal: u64) -> CaseState {
        CaseState(mix(self.0.wrapping_add(ordinal.wrapping_add(1).wrapping_mul(GOLDEN))))
    }
}

impl LastState {
    /// The state for a seed. The agent and the operation key must be the same in every call.
    pub fn of(&self, seed: i64, agent: &str, operation: &str) -> OperationState {
        match self.0.get() {
            Some((known, state)) if known == seed => state,
            _ => {
                let state = OperationState::new(seed, agent, operation);
                self.0.set(Some((seed, state)));
                state
            }
        }
    }
}

impl PlaceHash {
    /// The number of this place.
    #[must_use]
    pub fn new(place: &str) -> Self {
        Self(hash(place.as_bytes()))
    }
}

impl CaseState {
    /// The state of no case: what is drawn of the slice alone.
    pub const NONE: Self = Self(0);

    /// The stream of one place.
    #[must_use]
    pub const fn stream(self, place: PlaceHash) -> Draws {
        Draws(mix(self.0 ^ place.0))
    }
}

impl Draws {
    /// The stream of this state.
    #[must_use]
    pub const fn of(state: u64) -> Self {
        Self(state)
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// 0 to `bound - 1`.
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.next() as u128 * bound as u128) >> 64) as u64
    }

    /// 0 to `bound - 1`, as an index.
    #[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
    pub const fn index(&mut self, bound: usize) -> usize {
        self.below(bound as u64) as usize
    }

    /// 0 to `bound - 1`, for bounds of any size.
    pub fn below_big(&mut self, bound: &BigInt) -> BigInt {
        (bound * self.next()) >> 64_u32
    }

    /// `low` to `high`, both included, of which only the first 2^64 where there are more.
    pub fn between(&mut self, low: &BigInt, high: &BigInt) -> BigInt {
        let size: BigInt = high - low + 1_u32;
        low + self.below_big(&size.min(BigInt::from(1_u128 << 64)))
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea, Flood 2014; Stafford's variant 13).
const fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// `BLAKE2b` with a digest of 8 bytes, read as a little-endian number.
fn hash(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(Blake2b::<U8>::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream of state 0 is the published one of `SplitMix64`.
    #[test]
    fn published_stream() {
        let mut draws = Draws(0);
        assert_eq!([draws.next(), draws.next()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }

    /// A range of 2^64 numbers or more is drawn from as its first 2^64.
    #[test]
    fn wide_range() {
        let (low, high) = (BigInt::from(5), BigInt::from(1_u128 << 100));
        assert_eq!(Draws(0).between(&low, &high), low + 0xE220_A839_7B1D_CDAF_u64);
    }
}
