//! functional-positive

use sentinel_core::Slice;
use sentinel_wire::job::Job;

use crate::agent::{Agent, Halt, Sink};

/// x
pub struct FunctionalPositive;

impl Agent for FunctionalPositive {
    fn name(&self) -> &'static str {
        "functional-positive"
    }

    fn answer(&self, _slice: &Slice, _job: &Job, _sink: &mut dyn Sink) -> Result<(), Halt> {
        Ok(())
    }
}
