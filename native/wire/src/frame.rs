//! Frames: a 4-byte big-endian length and as many bytes (PROTOCOL.md, section 1).

use std::io::{self, Read, Write};

/// The limit of a frame before the handshake says another.
pub const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// The next frame's content; `None` when the stream ended between two frames.
///
/// # Errors
///
/// `InvalidData` for a length of 0 or above `limit`, `UnexpectedEof` for a frame cut short, and whatever reading raises.
pub fn read_frame(stream: &mut impl Read, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; 4];
    let first = loop {
        match stream.read(&mut header) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other?,
        }
    };
    if first == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut header[first..])?;
    let length = u32::from_be_bytes(header) as usize;
    if length == 0 || length > limit {
        let text = format!("a frame of {length} bytes, allowed are 1 to {limit}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut content = Vec::new();
    if stream.take(length as u64).read_to_end(&mut content)? < length {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a frame was cut short"));
    }
    Ok(Some(content))
}

/// Writes one frame and flushes.
///
/// # Errors
///
/// `InvalidInput` for content that is empty or longer than `limit`, and whatever writing raises.
pub fn write_frame(stream: &mut impl Write, content: &[u8], limit: usize) -> io::Result<()> {
    let length =
        u32::try_from(content.len()).ok().filter(|_| (1..=limit).contains(&content.len())).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("{} bytes do not fit into a frame", content.len()))
        })?;
    stream.write_all(&length.to_be_bytes())?;
    stream.write_all(content)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames come out as they went in, and the end between two frames is no error.
    #[test]
    fn round_trip() {
        let mut stream = Vec::new();
        write_frame(&mut stream, b"one", 10).unwrap();
        write_frame(&mut stream, b"two", 10).unwrap();
        let mut rest = stream.as_slice();
        assert_eq!(read_frame(&mut rest, 10).unwrap().unwrap(), b"one");
        assert_eq!(read_frame(&mut rest, 10).unwrap().unwrap(), b"two");
        assert!(read_frame(&mut rest, 10).unwrap().is_none());
    }

    /// A stream that ends inside a frame, an empty frame and one above the limit are errors.
    #[test]
    fn broken_frames() {
        for bytes in [&[0, 0][..], &[0, 0, 0, 2, 1], &[0, 0, 0, 0], &[0, 0, 0, 4, 1, 2, 3, 4], &[0xff; 8]] {
            assert!(read_frame(&mut &*bytes, 3).is_err());
        }
        assert!(write_frame(&mut Vec::new(), b"", 3).is_err());
        assert!(write_frame(&mut Vec::new(), b"four", 3).is_err());
    }
}
