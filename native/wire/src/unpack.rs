//! `MessagePack` in: any of its forms for a value, but no floats, no keys that are not strings, nothing left over.

use crate::error::WireError;
use crate::value::{EXT_INTEGER, Map, Value};

/// How deep arrays and maps may be nested. Deeper bytes are an error, so that no message can exhaust the stack.
pub const MAX_DEPTH: usize = 1000;

/// The one value that `bytes` are.
///
/// # Errors
///
/// When the bytes are cut short, are followed by others, nest too deeply, or hold what has no place in the protocol: a float, a
/// map key that is not a string, a string that is not UTF-8.
pub fn unpack(bytes: &[u8]) -> Result<Value, WireError> {
    let mut unpacker = Unpacker { rest: bytes };
    let value = unpacker.value(0)?;
    if unpacker.rest.is_empty() { Ok(value) } else { Err(WireError::new("bytes after the value")) }
}

struct Unpacker<'a> {
    rest: &'a [u8],
}

impl<'a> Unpacker<'a> {
    fn value(&mut self, depth: usize) -> Result<Value, WireError> {
        if depth > MAX_DEPTH {
            return Err(WireError::new(format!("nested more than {MAX_DEPTH} deep")));
        }
        let [first] = self.array()?;
        Ok(match first {
            0x00..=0x7f => Value::Int(i64::from(first)),
            0x80..=0x8f => self.map(usize::from(first & 0x0f), depth)?,
            0x90..=0x9f => self.list(usize::from(first & 0x0f), depth)?,
            0xa0..=0xbf => Value::Text(self.text(usize::from(first & 0x1f))?),
            0xc0 => Value::Null,
            0xc2 => Value::Bool(false),
            0xc3 => Value::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(first - 0xc4)?;
                Value::Bytes(self.take(length)?.to_vec())
            }
            0xc7..=0xc9 => {
                let length = self.length(first - 0xc7)?;
                self.extension(length)?
            }
            0xcc..=0xce => Value::Int(i64::try_from(self.length(first - 0xcc)?).expect("at most 32 bits")),
            0xcf => unsigned(u64::from_be_bytes(self.array()?)),
            0xd0 => Value::Int(i64::from(i8::from_be_bytes(self.array()?))),
            0xd1 => Value::Int(i64::from(i16::from_be_bytes(self.array()?))),
            0xd2 => Value::Int(i64::from(i32::from_be_bytes(self.array()?))),
            0xd3 => Value::Int(i64::from_be_bytes(self.array()?)),
            0xd4..=0xd8 => self.extension(1 << (first - 0xd4))?,
            0xd9..=0xdb => {
                let length = self.length(first - 0xd9)?;
                Value::Text(self.text(length)?)
            }
            0xdc | 0xdd => {
                let length = self.length(first - 0xdc + 1)?;
                self.list(length, depth)?
            }
            0xde | 0xdf => {
                let length = self.length(first - 0xde + 1)?;
                self.map(length, depth)?
            }
            0xca | 0xcb => return Err(WireError::new("a float, which the protocol does not have")),
            0xc1 => return Err(WireError::new("the unused format 0xc1")),
            0xe0..=0xff => Value::Int(i64::from(i8::from_be_bytes([first]))),
        })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or_else(|| WireError::new("cut short"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| WireError::new("cut short"))?;
        self.rest = rest;
        Ok(*taken)
    }

    /// A number of 1, 2 or 4 bytes: `width` 0, 1, 2.
    fn length(&mut self, width: u8) -> Result<usize, WireError> {
        Ok(match width {
            0 => usize::from(u8::from_be_bytes(self.array()?)),
            1 => usize::from(u16::from_be_bytes(self.array()?)),
            _ => u32::from_be_bytes(self.array()?) as usize,
        })
    }

    fn text(&mut self, length: usize) -> Result<String, WireError> {
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| WireError::new("a string that is not UTF-8"))
    }

    fn extension(&mut self, length: usize) -> Result<Value, WireError> {
        let code = i8::from_be_bytes(self.array()?);
        Ok(Value::Ext(code, self.take(length)?.to_vec()))
    }

    fn list(&mut self, length: usize, depth: usize) -> Result<Value, WireError> {
        self.room_for(length)?;
        (0..length).map(|_| self.value(depth + 1)).collect::<Result<Vec<_>, _>>().map(Value::from)
    }

    fn map(&mut self, length: usize, depth: usize) -> Result<Value, WireError> {
        self.room_for(length)?;
        let mut pairs = Vec::with_capacity(length);
        for _ in 0..length {
            let Value::Text(key) = self.value(depth + 1)? else {
                return Err(WireError::new("a map key that is not a string"));
            };
            pairs.push((key.into(), self.value(depth + 1)?));
        }
        Ok(Map::from_pairs(pairs).into())
    }

    /// Each item takes a byte at least: a length that lies is found before memory is taken for it.
    fn room_for(&self, items: usize) -> Result<(), WireError> {
        if items > self.rest.len() { Err(WireError::new("cut short")) } else { Ok(()) }
    }
}

fn unsigned(number: u64) -> Value {
    i64::try_from(number).map_or_else(|_| Value::Ext(EXT_INTEGER, number.to_string().into_bytes()), Value::Int)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::pack;
    use crate::value::EXT_RAW;

    fn every_width() -> Vec<Value> {
        let mut values = vec![Value::Null, Value::Bool(true), Value::Bool(false), Value::decimal("0.01")];
        for shift in 0..63 {
            let power = 1_i64 << shift;
            values.extend([power - 1, power, power + 1, -power - 1, -power, 1 - power].map(Value::Int));
        }
        values.extend([i64::MIN, i64::MAX].map(Value::Int));
        for length in [0, 1, 2, 3, 4, 5, 8, 15, 16, 17, 31, 32, 255, 256, 65_535, 65_536] {
            values.push(Value::text("x".repeat(length)));
            values.push(Value::Bytes(vec![7; length]));
            values.push(Value::Ext(EXT_RAW, vec![9; length]));
            values.push(vec![Value::Null; length].into());
            values.push((0..length).map(|index| (index.to_string(), Value::Null)).collect::<Map>().into());
        }
        values
    }

    /// What was packed comes back equal, at every width of every format.
    #[test]
    fn round_trip() {
        for value in every_width() {
            assert_eq!(unpack(&pack(&value)), Ok(value));
        }
    }

    /// Integers take the shortest format, the unsigned one where they are not negative.
    #[test]
    fn shortest_integers() {
        let cases: [(i64, &[u8]); 9] = [
            (127, &[0x7f]),
            (128, &[0xcc, 0x80]),
            (256, &[0xcd, 1, 0]),
            (65_536, &[0xce, 0, 1, 0, 0]),
            (1 << 32, &[0xcf, 0, 0, 0, 1, 0, 0, 0, 0]),
            (-32, &[0xe0]),
            (-33, &[0xd0, 0xdf]),
            (-129, &[0xd1, 0xff, 0x7f]),
            (-32_769, &[0xd2, 0xff, 0xff, 0x7f, 0xff]),
        ];
        for (number, bytes) in cases {
            assert_eq!(pack(&Value::Int(number)), bytes);
        }
    }

    /// Every proper beginning of a message is an error, never a panic.
    #[test]
    fn cut_short() {
        let map: Map = [("list".to_owned(), vec![Value::decimal("1.5"), Value::Int(300)].into())].into_iter().collect();
        let bytes = pack(&map.into());
        for length in 0..bytes.len() {
            assert!(unpack(&bytes[..length]).is_err());
        }
    }

    /// A header that promises more items than there are bytes takes no memory for them.
    #[test]
    fn lying_length() {
        assert!(unpack(&[0xdd, 0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(unpack(&[0xdf, 0xff, 0xff, 0xff, 0xff]).is_err());
    }

    /// Nesting is limited; at the limit all is well.
    #[test]
    fn depth() {
        let check = || {
            let nested = |depth: usize| [vec![0x91; depth], vec![0xc0]].concat();
            assert!(unpack(&nested(MAX_DEPTH)).is_ok());
            assert!(unpack(&nested(MAX_DEPTH + 1)).is_err());
        };
        // A program's main thread has this much; the threads of tests have less.
        std::thread::Builder::new().stack_size(8 << 20).spawn(check).unwrap().join().unwrap();
    }

    /// Floats, other keys than strings and bytes left over have no place in the protocol.
    #[test]
    fn foreign_forms() {
        for bytes in [&[0xca, 0, 0, 0, 0][..], &[0x81, 1, 2], &[0xc0, 0xc0], &[0xc1], &[0xa1, 0xff]] {
            assert!(unpack(bytes).is_err());
        }
    }

    /// An unsigned integer past 63 bits becomes the extension value that stands for it.
    #[test]
    fn past_64_bits() {
        assert_eq!(
            unpack(&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            Ok(Value::integer("18446744073709551615"))
        );
    }
}
