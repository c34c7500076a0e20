//! Random numbers that are the same in every language (GENERATION.md): a `SplitMix64` stream for each place of each case, so that
//! no field's draws shift another's.

use blake2::digest::consts::U8;
use blake2::{Blake2b, Digest};
use sentinel_wire::pack::Packer;

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The state of one operation's stream of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationState(u64);

/// The state of one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaseState(u64);

/// A stream of random numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Random(u64);

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

impl CaseState {
    /// The stream of one place.
    #[must_use]
    pub fn place(self, place: &str) -> Random {
        Random(mix(self.0 ^ hash(place.as_bytes())))
    }
}

impl Random {
    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// A number from 0 to `bound - 1`; 0 for a bound of 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.next() as u128 * bound as u128) >> 64) as u64
    }
}

/// The output function of `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
const fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

fn hash(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(Blake2b::<U8>::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The stream of state 0 is the published one of `SplitMix64`.
    #[test]
    fn published_stream() {
        let mut random = Random(0);
        assert_eq!([random.next(), random.next()], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
    }
}
