//! Scalars as an event file of TensorBoard: records framed as TFRecord does, each a protocol buffer `Event`.
//!
//! A record is its length, a checksum of the length, its bytes and a checksum of them, integers in little-endian order. Of
//! `tensorflow/core/util/event.proto` only what a scalar needs is written.

use misgen_evaluate::scalars::Scalar;

/// What the first event of a file says.
const VERSION: &str = "brain.Event:2";

/// The event file of `scalars`, byte for byte the same for the same scalars. Values are single-precision, as the format has them.
#[must_use]
pub fn events(scalars: &[Scalar]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut first = time(0.0);
    text(&mut first, 3, VERSION.as_bytes());
    record(&mut file, &first);
    for scalar in scalars {
        // Summary.Value: tag = 1, simple_value = 2.
        let mut value = Vec::new();
        text(&mut value, 1, scalar.tag.as_bytes());
        key(&mut value, 2, FOUR_BYTES);
        value.extend((scalar.value as f32).to_le_bytes());
        // Summary: value = 1.
        let mut summary = Vec::new();
        text(&mut summary, 1, &value);
        // Event: wall_time = 1, step = 2, file_version = 3, summary = 5.
        let mut event = time(scalar.seconds);
        key(&mut event, 2, VARINT);
        varint(&mut event, scalar.step);
        text(&mut event, 5, &summary);
        record(&mut file, &event);
    }
    file
}

/// How a field's bytes are laid out.
const VARINT: u64 = 0;
const EIGHT_BYTES: u64 = 1;
const LENGTH: u64 = 2;
const FOUR_BYTES: u64 = 5;

fn key(out: &mut Vec<u8>, field: u64, layout: u64) {
    varint(out, field << 3 | layout);
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn text(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    key(out, field, LENGTH);
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}

/// An event that says its time and nothing else so far.
fn time(seconds: f64) -> Vec<u8> {
    let mut event = Vec::new();
    key(&mut event, 1, EIGHT_BYTES);
    event.extend(seconds.to_le_bytes());
    event
}

fn record(file: &mut Vec<u8>, bytes: &[u8]) {
    let length = (bytes.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked(crc32c(&length)).to_le_bytes());
    file.extend(bytes);
    file.extend(masked(crc32c(bytes)).to_le_bytes());
}

/// A checksum of bytes that hold checksums would be weak, so that the format stores it changed.
const fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// CRC-32C (Castagnoli), as RFC 3720 has it.
fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| crc >> 8 ^ TABLE[usize::from(crc as u8 ^ byte)])
}

/// The checksum's step for each byte.
const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = crc >> 1 ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Vectors of RFC 3720, B.4, and the usual one of nine digits.
    #[test]
    fn checksums_are_those_of_the_standard() {
        let rising: Vec<u8> = (0..32).collect();
        let falling: Vec<u8> = (0..32).rev().collect();
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(crc32c(&rising), 0x46dd_794e);
        assert_eq!(crc32c(&falling), 0x113f_db5c);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    /// The records of a file, their checksums held to their bytes.
    fn records(mut file: &[u8]) -> Vec<&[u8]> {
        let mut all = Vec::new();
        while !file.is_empty() {
            let (head, rest) = file.split_at(12);
            let length = u64::from_le_bytes(head[..8].try_into().unwrap()) as usize;
            assert_eq!(head[8..], masked(crc32c(&head[..8])).to_le_bytes());
            let (bytes, rest) = rest.split_at(length);
            assert_eq!(rest[..4], masked(crc32c(bytes)).to_le_bytes());
            all.push(bytes);
            file = &rest[4..];
        }
        all
    }

    #[test]
    fn a_file_begins_with_its_version_whatever_is_in_it() {
        let file = events(&[]);
        // The length 24 and its checksum, as every event file of TensorBoard begins.
        assert_eq!(file[..12], [24, 0, 0, 0, 0, 0, 0, 0, 0xa3, 0x7f, 0x4b, 0x22]);
        assert_eq!(records(&file), [b"\x09\0\0\0\0\0\0\0\0\x1a\x0dbrain.Event:2"]);
    }

    #[test]
    fn an_event_is_its_time_its_step_and_its_value() {
        let scalar = Scalar { tag: "a/b".into(), step: 300, seconds: 1.5, value: -0.5 };
        let file = events(&[scalar.clone(), scalar.clone()]);
        let found = records(&file);
        let expected: &[u8] = b"\x09\0\0\0\0\0\0\xf8\x3f\x10\xac\x02\x2a\x0c\x0a\x0a\x0a\x03a/b\x15\0\0\0\xbf";
        assert_eq!(found[1..], [expected, expected]);
        assert_eq!(file, events(&[scalar.clone(), scalar]));
    }
}
