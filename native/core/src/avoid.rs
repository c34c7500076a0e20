//! What must not hold of a value: values, patterns and steps that stand under `not` (GENERATION.md, section 8).

use std::collections::HashSet;

use num_bigint::BigInt;
use sentinel_wire::Value;

use crate::exact::{Exact, power};
use crate::kind::key_of;
use crate::matching::matches;
use crate::parts::Member;
use crate::pattern;
use crate::tree::Tree;

/// Values that are wrong, though all else is right.
#[derive(Debug, Default)]
pub struct Avoid {
    values: HashSet<Vec<u8>>,
    patterns: Vec<Tree>,
    steps: Vec<Exact>,
}

impl Avoid {
    /// What the members exclude (None: nothing), and whether that leaves out a pattern that is not understood.
    pub fn of(members: &[Member]) -> (Option<Self>, bool) {
        let mut found = Self::default();
        let mut is_unsupported = false;
        for member in members.iter().filter(|member| !member.evaluates()) {
            found.values.extend(member.get("!enum").and_then(Value::as_list).unwrap_or_default().iter().map(key_of));
            if let Some(source) = member.get("!pattern").and_then(Value::as_text) {
                match pattern::parse(source) {
                    Ok(tree) => found.patterns.push(tree),
                    Err(_) => is_unsupported = true,
                }
            }
            found.steps.extend(member.get("!multipleOf").and_then(Exact::read).filter(Exact::is_positive));
        }
        let is_empty = found.values.is_empty() && found.patterns.is_empty() && found.steps.is_empty();
        ((!is_empty).then_some(found), is_unsupported)
    }

    /// Whether it is certain of every value whether it is one of them.
    pub const fn is_exact(&self) -> bool {
        self.patterns.is_empty() && self.steps.is_empty()
    }

    /// Whether a value is one of them.
    pub fn has(&self, value: &Value) -> bool {
        if self.values.contains(&key_of(value)) {
            return true;
        }
        if let Value::Text(text) = value {
            return self.patterns.iter().any(|tree| matches(tree, text));
        }
        let number = Exact::read(value).filter(|_| !self.steps.is_empty());
        number.is_some_and(|number| self.steps.iter().any(|step| is_multiple(&number, step)))
    }

    /// Whether every integer is one of them.
    pub fn has_integers(&self) -> bool {
        self.steps.iter().any(|step| is_multiple(&Exact::new(BigInt::from(1), 0), step))
    }

    /// Whether this very value is among them.
    pub fn lists(&self, value: &Value) -> bool {
        self.values.contains(&key_of(value))
    }
}

/// Whether it is one, or could be taken for one: beyond 2^40 a double has few places for fractions.
fn is_multiple(number: &Exact, step: &Exact) -> bool {
    let scale = number.scale().max(step.scale());
    *number.mantissa().magnitude() >= *(power(number.scale()) << 40_u32).magnitude()
        || number.floor_at(scale) % step.floor_at(scale) == BigInt::ZERO
}
