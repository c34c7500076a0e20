//! The generator core: from schemas and streams of random numbers to values and cases, as `native/GENERATION.md` says.

pub mod random;
