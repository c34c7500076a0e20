//! The generator core: from schemas and streams of random numbers to values and cases, as `native/GENERATION.md` says.

pub mod exact;
pub mod formats;
pub mod grid;
pub mod pattern;
pub mod pattern_text;
pub mod random;
mod slice;
mod tables;
pub mod text;

pub use slice::Slice;
