//! What is wrong with a request, and the request that it is done to (GENERATION.md, sections 15 and 16).

use sentinel_core::compiler::Compiler;
use sentinel_core::maker::{GaveUp, Mode, Vary};
use sentinel_core::places::{Part, Place};
use sentinel_core::random::CaseState;
use sentinel_core::steer::Steer;
use sentinel_wire::Value;

use super::change::Change;
use super::proof::Prover;
use crate::request::Spot;

/// One thing that is wrong.
#[derive(Debug)]
pub struct Violation {
    /// The keyword, with `/` and which where there are several.
    pub label: String,
    /// What is done.
    pub change: Change,
    /// To which place; None: to none.
    pub spot: Option<Spot>,
    /// To which part of it.
    pub tokens: Vec<String>,
    /// What is violated.
    pub pointer: String,
    /// By way of which the part is made.
    pub steer: Option<Steer>,
    /// The place's value when the violation was found, if that is not large and has not many parts.
    pub value: Value,
    /// No reading of it is right; else it is only worth trying.
    pub proved: bool,
    /// Of changes of parts.
    pub prover: Option<Prover>,
    /// Whether few cases may have what it makes.
    pub large: bool,
    /// Whether the part is in the sample of the place, which is not steered.
    pub as_is: bool,
}

impl Violation {
    /// One of a place as a whole, or of none.
    pub fn of(label: impl Into<String>, change: Change, spot: Option<Spot>, proved: bool) -> Self {
        Self {
            label: label.into(),
            change,
            spot,
            tokens: vec![],
            pointer: String::new(),
            steer: None,
            value: Value::Null,
            proved,
            prover: None,
            large: false,
            as_is: false,
        }
    }
}

/// The best guess of a place that depends on the slice alone.
pub fn sample(compiler: &Compiler, place: &Place, steer: Option<&Steer>) -> Result<(Value, bool), GaveUp> {
    let mut draws = CaseState::NONE.stream(place.hash(Part::Attempt));
    place.fill(compiler, &mut draws, Mode::Best, Vary::Nothing, steer)
}
