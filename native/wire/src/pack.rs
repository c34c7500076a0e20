//! Canonical `MessagePack` out: every integer, length and string in its shortest form, no floats.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the match arm around each cast gives its range"
)]

use crate::value::{Map, Value};

/// Writes canonical `MessagePack` into a growing buffer.
#[derive(Debug, Default)]
pub struct Packer(Vec<u8>);

/// The place of a structure's header, to be completed by [`Packer::end`].
#[derive(Debug)]
#[must_use]
pub struct Structure {
    at: usize,
    fields: u8,
}

impl Packer {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// What was written so far.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Forgets what was written, keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// `nil`.
    pub fn nil(&mut self) {
        self.0.push(0xc0);
    }

    /// A boolean.
    pub fn bool(&mut self, value: bool) {
        self.0.push(if value { 0xc3 } else { 0xc2 });
    }

    /// An integer; the unsigned formats where it is not negative.
    pub fn int(&mut self, value: i64) {
        if let Ok(positive) = u64::try_from(value) {
            self.unsigned(positive);
        } else if value >= -32 {
            self.0.push(value as u8);
        } else if let Ok(byte) = i8::try_from(value) {
            self.0.push(0xd0);
            self.0.extend(byte.to_be_bytes());
        } else if let Ok(short) = i16::try_from(value) {
            self.0.push(0xd1);
            self.0.extend(short.to_be_bytes());
        } else if let Ok(word) = i32::try_from(value) {
            self.0.push(0xd2);
            self.0.extend(word.to_be_bytes());
        } else {
            self.0.push(0xd3);
            self.0.extend(value.to_be_bytes());
        }
    }

    /// An unsigned integer. The protocol has none above `i64::MAX`.
    pub fn unsigned(&mut self, value: u64) {
        match value {
            0..=0x7f => self.0.push(value as u8),
            0x80..=0xff => self.0.extend([0xcc, value as u8]),
            0x100..=0xffff => self.sized(0xcd, value as u16),
            0x1_0000..=0xffff_ffff => self.long(0xce, value as u32),
            _ => {
                self.0.push(0xcf);
                self.0.extend(value.to_be_bytes());
            }
        }
    }

    /// A string.
    pub fn text(&mut self, text: &str) {
        match text.len() {
            length @ 0..=31 => self.0.push(0xa0 | length as u8),
            length @ 32..=0xff => self.0.extend([0xd9, length as u8]),
            length @ 0x100..=0xffff => self.sized(0xda, length as u16),
            length => self.long(0xdb, wire_length(length)),
        }
        self.0.extend_from_slice(text.as_bytes());
    }

    /// Binary data.
    pub fn binary(&mut self, bytes: &[u8]) {
        match bytes.len() {
            length @ 0..=0xff => self.0.extend([0xc4, length as u8]),
            length @ 0x100..=0xffff => self.sized(0xc5, length as u16),
            length => self.long(0xc6, wire_length(length)),
        }
        self.0.extend_from_slice(bytes);
    }

    /// An extension value.
    pub fn extension(&mut self, code: i8, payload: &[u8]) {
        match payload.len() {
            1 => self.0.push(0xd4),
            2 => self.0.push(0xd5),
            4 => self.0.push(0xd6),
            8 => self.0.push(0xd7),
            16 => self.0.push(0xd8),
            length @ 0..=0xff => self.0.extend([0xc7, length as u8]),
            length @ 0x100..=0xffff => self.sized(0xc8, length as u16),
            length => self.long(0xc9, wire_length(length)),
        }
        self.0.extend(code.to_be_bytes());
        self.0.extend_from_slice(payload);
    }

    /// The header of an array; its items follow.
    pub fn list(&mut self, length: usize) {
        match length {
            0..=15 => self.0.push(0x90 | length as u8),
            16..=0xffff => self.sized(0xdc, length as u16),
            _ => self.long(0xdd, wire_length(length)),
        }
    }

    /// The header of a map; its keys and values follow, in turn.
    pub fn map(&mut self, length: usize) {
        match length {
            0..=15 => self.0.push(0x80 | length as u8),
            16..=0xffff => self.sized(0xde, length as u16),
            _ => self.long(0xdf, wire_length(length)),
        }
    }

    /// Bytes that are canonical already.
    pub fn append(&mut self, packed: &[u8]) {
        self.0.extend_from_slice(packed);
    }

    /// A whole value.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.nil(),
            Value::Bool(flag) => self.bool(*flag),
            Value::Int(number) => self.int(*number),
            Value::Text(text) => self.text(text),
            Value::Bytes(bytes) => self.binary(bytes),
            Value::Ext(code, payload) => self.extension(*code, payload),
            Value::List(items) => {
                self.list(items.len());
                for item in items.iter() {
                    self.value(item);
                }
            }
            Value::Map(map) => self.object(map),
        }
    }

    /// A JSON object, in its own order.
    pub fn object(&mut self, map: &Map) {
        self.map(map.len());
        for (key, value) in map.iter() {
            self.text(key);
            self.value(value);
        }
    }

    /// Starts a structure of at most 15 fields (all of `pipeline/messages` that agents write are).
    pub fn begin(&mut self) -> Structure {
        self.0.push(0x80);
        Structure { at: self.0.len() - 1, fields: 0 }
    }

    /// Writes the name of a structure's next field; its value follows.
    pub fn field(&mut self, structure: &mut Structure, name: &str) {
        structure.fields += 1;
        self.text(name);
    }

    /// A field with a string; left out where it equals `default`.
    pub fn text_field(&mut self, structure: &mut Structure, name: &str, text: &str, default: &str) {
        if text != default {
            self.field(structure, name);
            self.text(text);
        }
    }

    /// A field with strings; left out where there are none.
    pub fn texts_field(&mut self, structure: &mut Structure, name: &str, texts: &[String]) {
        self.list_field(structure, name, texts, |packer, text| packer.text(text));
    }

    /// A field with structures, each written by `write`; left out where there are none.
    pub fn list_field<T>(
        &mut self,
        structure: &mut Structure,
        name: &str,
        items: &[T],
        mut write: impl FnMut(&mut Self, &T),
    ) {
        if !items.is_empty() {
            self.field(structure, name);
            self.list(items.len());
            for item in items {
                write(self, item);
            }
        }
    }

    /// Completes a structure: its header says how many fields were written.
    pub fn end(&mut self, structure: &Structure) {
        debug_assert!(structure.fields <= 15, "a structure's header has four bits for its fields");
        self.0[structure.at] = 0x80 | structure.fields;
    }

    fn sized(&mut self, format: u8, length: u16) {
        self.0.push(format);
        self.0.extend(length.to_be_bytes());
    }

    fn long(&mut self, format: u8, length: u32) {
        self.0.push(format);
        self.0.extend(length.to_be_bytes());
    }
}

/// A length as `MessagePack` writes it. Frames are far shorter than 4 GiB (PROTOCOL.md, section 1), so are the parts.
fn wire_length(length: usize) -> u32 {
    u32::try_from(length).expect("a value of 4 GiB does not fit into any frame")
}

/// The canonical bytes of a value.
#[must_use]
pub fn pack(value: &Value) -> Vec<u8> {
    let mut packer = Packer::new();
    packer.value(value);
    packer.into_bytes()
}
