//! What travels between Sentinel and an agent, as `native/PROTOCOL.md` says: frames, values, their canonical
//! `MessagePack` and the messages. No input or output but the two functions of [`frame`], and no randomness.

pub mod answer;
pub mod api;
mod error;
mod fields;
pub mod frame;
pub mod job;
pub mod pack;
pub mod protocol;
pub mod unpack;
pub mod value;

pub use error::WireError;
pub use value::{Map, Value};
