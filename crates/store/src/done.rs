//! `DONE`: the last file of an entry, which vouches for all the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::canonical::canonical_json;
use crate::error::{Flaw, StoreError};

/// The file's name; capital letters keep it apart from every name a caller may give.
pub(crate) const DONE: &str = "DONE";

/// Layout of `DONE`; raised when it changes.
const SCHEMA_VERSION: u32 = 1;

/// One published file, as `DONE` lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    /// Its name in the entry's folder.
    pub name: String,
    /// Its size in bytes.
    pub length: u64,
    /// The digest of its bytes.
    pub blake3: Address,
}

impl FileRecord {
    fn of(name: &str, bytes: &[u8]) -> Self {
        Self { name: name.to_owned(), length: bytes.len() as u64, blake3: Address::of_bytes(bytes) }
    }

    /// What is wrong with the bytes found under this record's name.
    pub(crate) fn flaw(&self, bytes: &[u8]) -> Option<Flaw> {
        let found = bytes.len() as u64;
        if found != self.length {
            Some(Flaw::Length { expected: self.length, found })
        } else if Address::of_bytes(bytes) != self.blake3 {
            Some(Flaw::Digest)
        } else {
            None
        }
    }
}

/// What an entry holds, sorted by name, and which entry it is: a whole folder under
/// another address must not pass for sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contents {
    schema_version: u32,
    entry: String,
    files: Vec<FileRecord>,
}

/// The file itself: the contents and their digest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    contents: Contents,
    blake3: Address,
}

impl Contents {
    /// Lists `files` for the entry `<kind>/<address>`.
    pub(crate) fn of(entry: &str, files: &BTreeMap<&str, &[u8]>) -> Self {
        let files = files.iter().map(|(name, bytes)| FileRecord::of(name, bytes)).collect();
        Self { schema_version: SCHEMA_VERSION, entry: entry.to_owned(), files }
    }

    pub(crate) fn files(&self) -> &[FileRecord] {
        &self.files
    }

    pub(crate) fn find(&self, name: &str) -> Option<&FileRecord> {
        self.files.iter().find(|file| file.name == name)
    }

    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, StoreError> {
        let sealed = Sealed { blake3: Address::of(self)?, contents: self.clone() };
        Ok(canonical_json(&sealed)?)
    }

    /// Reads `DONE` of the entry `<kind>/<address>`. Only the very bytes that
    /// [`Contents::to_bytes`] writes are accepted, so no change to them goes unnoticed.
    pub(crate) fn from_bytes(entry: &str, bytes: &[u8]) -> Result<Self, Flaw> {
        let unreadable = |why: String| Flaw::Unreadable(why);
        let sealed: Sealed = serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        let contents = sealed.contents;
        if contents.schema_version != SCHEMA_VERSION {
            let found = contents.schema_version;
            return Err(unreadable(format!("schema_version {found}, {SCHEMA_VERSION} expected")));
        }
        match contents.to_bytes() {
            Ok(expected) if expected == bytes => {}
            _ => return Err(unreadable("its own digest does not fit".to_owned())),
        }
        if contents.entry != entry {
            return Err(Flaw::Elsewhere { expected: entry.to_owned(), found: contents.entry });
        }
        Ok(contents)
    }
}
