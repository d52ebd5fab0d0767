//! The seam between the store and the disk.
//!
//! [`Fs`] has one method for each system call that the store relies on, so that a test
//! can fail, shorten or forget any of them. [`RealFs`] is the disk itself, and the only
//! place in the workspace that touches `std::fs`.

#![allow(clippy::disallowed_methods, reason = "these are the calls that everybody else reaches through Fs")]

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::lock::Held;

/// What lies at a path; symbolic links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A regular file of `length` bytes.
    File {
        /// Its size in bytes.
        length: u64,
    },
    /// A folder.
    Folder,
    /// A symbolic link, wherever it points.
    Link,
    /// A device, pipe or socket.
    Other,
}

/// A file being written.
pub trait FsFile: Write {
    /// Returns when every written byte would survive a power loss.
    ///
    /// # Errors
    /// As the system reports. What the file then holds is unknown: write a new one.
    fn sync(&mut self) -> io::Result<()>;
}

/// The file system, as far as the store needs it. Paths are used as given.
///
/// Each method reports the system's own error; the store adds what it was doing and where.
pub trait Fs: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As the system reports; `FileTooLarge` beyond `limit` bytes, which are never allocated.
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>>;
    /// Creates a file that does not exist yet.
    ///
    /// # Errors
    /// As the system reports; `AlreadyExists` where anything, even a link, has the name.
    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>>;
    /// Gives a file another name in one step, replacing a file of that name.
    ///
    /// # Errors
    /// As the system reports.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Returns when the names in a folder would survive a power loss.
    ///
    /// # Errors
    /// As the system reports.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Creates one folder in an existing one.
    ///
    /// # Errors
    /// As the system reports.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// As the system reports.
    fn remove_file(&self, path: &Path) -> io::Result<()>;
    /// The names in a folder, in any order.
    ///
    /// # Errors
    /// As the system reports.
    fn list(&self, path: &Path) -> io::Result<Vec<OsString>>;
    /// What lies at a path, or `None` for nothing.
    ///
    /// # Errors
    /// As the system reports, except that nothing lies there.
    fn inspect(&self, path: &Path) -> io::Result<Option<Node>>;
    /// Takes the exclusive lock on a lock file, waiting for its owner.
    ///
    /// # Errors
    /// As the system reports.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Held>>;
    /// Takes the exclusive lock on a lock file, or returns `None` while somebody holds it.
    ///
    /// # Errors
    /// As the system reports.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>>;
}

/// The disk.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFs;

impl FsFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// An open file carries the kernel's lock and releases it when closed.
struct HeldFile {
    file: File,
    path: PathBuf,
}

impl Held for HeldFile {
    fn is_current(&self) -> io::Result<bool> {
        match fs::symlink_metadata(&self.path) {
            Ok(there) => Ok(same_file(&self.file.metadata()?, &there)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

impl Fs for RealFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let file = File::open(path)?;
        // The stated length is only a hint for the buffer; `take` is the bound.
        let hint = usize::try_from(file.metadata()?.len().min(limit)).unwrap_or(0);
        let mut bytes = Vec::with_capacity(hint);
        file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        // Elsewhere folders cannot be opened as files, and renames are journalled by the system.
        if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(path)?.map(|item| Ok(item?.file_name())).collect()
    }

    fn inspect(&self, path: &Path) -> io::Result<Option<Node>> {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() => Ok(Some(Node::Link)),
            Ok(found) if found.is_dir() => Ok(Some(Node::Folder)),
            Ok(found) if found.is_file() => Ok(Some(Node::File { length: found.len() })),
            Ok(_) => Ok(Some(Node::Other)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Held>> {
        loop {
            let held = open_lock(path)?;
            match held.file.lock() {
                // Whose file was removed while waiting holds nothing that others wait for.
                Ok(()) if held.is_current()? => return Ok(Box::new(held)),
                Ok(()) => {}
                // A signal that somebody handled is no reason to stop waiting.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        loop {
            let held = open_lock(path)?;
            match held.file.try_lock() {
                Ok(()) if held.is_current()? => return Ok(Some(Box::new(held))),
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }
}

fn open_lock(path: &Path) -> io::Result<HeldFile> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    Ok(HeldFile { file, path: path.to_owned() })
}
