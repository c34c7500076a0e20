//! Ways to bend what would be made: one thing is tried at one place, the rest stays as it would be (GENERATION.md, section 10).

use std::rc::Rc;
use std::sync::Arc;

use sentinel_wire::Value;

use crate::kind::Kind;

/// What is bent.
#[derive(Debug, Clone, PartialEq)]
pub enum Steer {
    /// This value.
    Emit(Value),
    /// Text of so many characters, an array of so many items.
    Length(u64),
    /// A value of this JSON type.
    OfKind(Kind),
    /// A value of this alternative of the node.
    Branch(usize, Option<Rc<Steer>>),
    /// An object with this property.
    Property(Arc<str>, Option<Rc<Steer>>),
    /// An array with an item at this index.
    Item(usize, Option<Rc<Steer>>),
    /// An object without optional properties but these, as far as they are declared.
    Only(Vec<Arc<str>>),
    /// An object of so many properties.
    Size(u64),
}

/// One step from a value to a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To an alternative of its node.
    Branch(usize),
    /// To a property.
    Property(Arc<str>),
    /// To an item.
    Item(usize),
}

/// The steer at the end of a way, or one that only makes sure of the part there; None where there is neither.
#[must_use]
pub fn wrapped(way: &[Step], steer: Option<Steer>) -> Option<Steer> {
    way.iter().rev().fold(steer, |steer, step| {
        let inner = steer.map(Rc::new);
        Some(match step {
            Step::Branch(index) => Steer::Branch(*index, inner),
            Step::Property(name) => Steer::Property(Arc::clone(name), inner),
            Step::Item(index) => Steer::Item(*index, inner),
        })
    })
}

impl Steer {
    /// The length, or number of properties, at its end.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Length(length) | Self::Size(length) => Some(*length),
            Self::Branch(_, inner) | Self::Property(_, inner) | Self::Item(_, inner) => inner.as_ref()?.length(),
            Self::Emit(_) | Self::OfKind(_) | Self::Only(_) => None,
        }
    }

    /// Whether the steered part itself is what is tried, rather than which parts it has.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        match self {
            Self::Branch(_, inner) | Self::Property(_, inner) | Self::Item(_, inner) => {
                inner.as_ref().is_some_and(|inner| inner.is_sealed())
            }
            Self::Only(_) | Self::Size(_) => false,
            Self::Emit(_) | Self::Length(_) | Self::OfKind(_) => true,
        }
    }
}
