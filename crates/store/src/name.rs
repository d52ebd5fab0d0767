//! Names of files, kinds and runs: what cannot escape a folder on any system.

use crate::error::StoreError;

/// Longest accepted name, in bytes.
const MAX_NAME: usize = 64;

/// Accepts `[a-z0-9][a-z0-9._-]{0,63}` and nothing else.
///
/// A separator, `..`, a drive letter, NUL, or a letter that merely looks like another
/// one cannot be written in that alphabet. The store's own files begin with a dot or a
/// capital letter, so no accepted name collides with them.
///
/// # Errors
/// [`StoreError::Name`] with the name, escaped and shortened.
pub fn check_name(name: &str) -> Result<(), StoreError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let accepted = match name.as_bytes() {
        [first, rest @ ..] if name.len() <= MAX_NAME => {
            plain(*first) && rest.iter().all(|&byte| plain(byte) || matches!(byte, b'.' | b'_' | b'-'))
        }
        _ => false,
    };
    if accepted { Ok(()) } else { Err(StoreError::Name { name: name.chars().take(MAX_NAME).collect() }) }
}
