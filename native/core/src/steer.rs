//! Ways to bend what would be made: one thing is tried at one place, the rest stays as it would be (GENERATION.md, section 10).

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
    Branch(usize, Option<Box<Steer>>),
    /// An object with this property.
    Property(String, Option<Box<Steer>>),
    /// An array with an item at this index.
    Item(usize, Option<Box<Steer>>),
    /// An object without optional properties.
    Bare,
}

impl Steer {
    /// Whether the steered part itself is what is tried, rather than which parts it has.
    #[must_use]
    pub const fn is_sealed(&self) -> bool {
        let mut steer = self;
        loop {
            match steer {
                Self::Branch(_, None) | Self::Property(_, None) | Self::Item(_, None) | Self::Bare => return false,
                Self::Branch(_, Some(inner)) | Self::Property(_, Some(inner)) | Self::Item(_, Some(inner)) => {
                    steer = inner;
                }
                Self::Emit(_) | Self::Length(_) | Self::OfKind(_) => return true,
            }
        }
    }
}
