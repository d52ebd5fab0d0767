//! Content addresses, checksums, locks and atomic publication.
//!
//! A [`Store`] is one folder, usually that of a run. In it lie *documents* (files at
//! the top, such as `summary.json`) and *entries* (`<kind>/<address>/`, such as one
//! cell's results). An entry is published as a whole: its last file, `DONE`, lists every
//! other one with its length and BLAKE3 digest, and until `DONE` is there the entry is
//! missing. Damage is found by reading, named, and contained in its entry.
//!
//! Symbolic links are refused by looking before each use. That keeps a folder that came with
//! links in it (a checkout, an archive) from leading outside; a living process with the same
//! rights that swaps a folder for a link between the look and the use is not kept from it.
//!
//! This crate does not know what the bytes mean, and every touch of the disk passes
//! through the trait [`Fs`], so that tests can make any call fail.

mod address;
mod canonical;
mod disk;
mod done;
mod entry;
mod error;
mod folder;
mod fs;
mod lock;
mod name;

pub use address::{Address, AddressError};
pub use canonical::{CanonicalError, canonical_json};
pub use done::FileRecord;
pub use entry::{Entry, MAX_FILE_BYTES, State, Writer};
pub use error::{Flaw, Operation, StoreError};
pub use folder::Store;
pub use fs::{Fs, FsFile, Node, RealFs};
pub use lock::{Guard, Held};
pub use name::check_name;
