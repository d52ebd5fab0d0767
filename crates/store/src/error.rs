//! Everything that can go wrong in the store, each with the path it happened at.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::canonical::CanonicalError;

/// A failure of the store. No variant is a panic in disguise: after each of them the
/// same call may be made again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused a call.
    #[error("cannot {operation} {}: {source}", path.display())]
    Io {
        /// What was attempted.
        operation: Operation,
        /// On which file or folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A name that could escape the folder, or that some system cannot hold.
    #[error("{name:?} is not a name: 1 to 64 of a-z 0-9 . _ - are expected, beginning with a letter or a digit")]
    Name {
        /// The name, shortened to 64 characters.
        name: String,
    },
    /// The same name twice in one publication.
    #[error("{name:?} is listed twice for {}", path.display())]
    Twice {
        /// The repeated name.
        name: String,
        /// The entry's folder.
        path: PathBuf,
    },
    /// A symbolic link where a folder or file of the store belongs: following it could
    /// write outside the store.
    #[error("{} is a symbolic link, which the store does not follow; give the path that it points to", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// Something else lies where a folder belongs.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// What lies there.
        path: PathBuf,
    },
    /// Something else lies where a file belongs.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// What lies there.
        path: PathBuf,
    },
    /// More bytes than the store accepts in one file, on reading or on writing.
    #[error("{} holds {length} bytes, more than the {limit} that are accepted", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        length: u64,
        /// The largest size accepted, in bytes.
        limit: u64,
    },
    /// A published file is not what `DONE` says, or `DONE` is not what it was.
    #[error("{} is damaged: {flaw}", path.display())]
    Corrupt {
        /// The damaged file.
        path: PathBuf,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// The entry is complete and holds other bytes than those now published: the same
    /// address gave two results.
    #[error("{} is already published with other bytes: one address gave two results", path.display())]
    Conflict {
        /// The first file that differs.
        path: PathBuf,
    },
    /// Somebody removed or replaced the entry's lock file while it was held, so that another
    /// process may be writing the same entry.
    #[error("the lock file {} was removed or replaced while it was in use; nothing was published", path.display())]
    LockLost {
        /// The lock file.
        path: PathBuf,
    },
    /// A file that `DONE` vouches for was to be changed beside it.
    #[error("{} is published and cannot be changed", path.display())]
    Published {
        /// The published file.
        path: PathBuf,
    },
    /// A value without a canonical JSON form.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
}

impl StoreError {
    /// Whether the disk, or the user's share of it, is full: no other cell will fare better.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }
}

/// What was being done when the system refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Reading a file.
    Read,
    /// Creating a temporary file.
    Create,
    /// Writing to a temporary file.
    Write,
    /// Forcing a file's bytes to the disk.
    Sync,
    /// Giving a temporary file its final name.
    Rename,
    /// Forcing a folder's names to the disk.
    SyncFolder,
    /// Creating a folder.
    CreateFolder,
    /// Removing a file.
    Remove,
    /// Listing a folder.
    List,
    /// Asking what lies at a path.
    Inspect,
    /// Opening or taking a lock.
    Lock,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Write => "write",
            Self::Sync => "flush to disk",
            Self::Rename => "move a finished file to",
            Self::SyncFolder => "flush to disk the folder",
            Self::CreateFolder => "create the folder",
            Self::Remove => "remove",
            Self::List => "list",
            Self::Inspect => "look at",
            Self::Lock => "lock",
        })
    }
}

/// What is wrong with a damaged file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// Listed in `DONE`, and not there.
    #[error("the file is gone")]
    Gone,
    /// A folder, link or device lies under the name.
    #[error("it is not a regular file")]
    NotAFile,
    /// Truncated or grown.
    #[error("it has {found} bytes, {expected} were published")]
    Length {
        /// Bytes when published.
        expected: u64,
        /// Bytes now.
        found: u64,
    },
    /// The length is right and the bytes are not.
    #[error("its BLAKE3 digest is not the published one")]
    Digest,
    /// `DONE` itself cannot be read as the store wrote it.
    #[error("it is not a list of files as the store writes it ({0})")]
    Unreadable(String),
    /// `DONE` is sound but was written for another entry.
    #[error("it belongs to {found}, not to {expected}")]
    Elsewhere {
        /// `<kind>/<address>` of the folder it lies in.
        expected: String,
        /// `<kind>/<address>` it was written for.
        found: String,
    },
}
