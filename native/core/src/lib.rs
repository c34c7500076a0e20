//! The generator core: from schemas and streams of random numbers to values, as `native/GENERATION.md` says.

mod admission;
pub mod compiler;
pub mod exact;
mod formats;
pub mod grid;
pub mod interesting;
pub mod kind;
pub mod maker;
mod merging;
mod object;
mod pattern;
mod pattern_text;
mod patterned;
pub mod places;
pub mod random;
pub mod realm;
pub mod samples;
pub mod schema;
pub mod steer;
pub mod tables;
pub mod text;
pub mod verdict;
