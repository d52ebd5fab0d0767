//! Entries: folders of files that are published, verified and damaged as one.
//!
//! The order of writing is what the promises rest on. Each file is written under a
//! temporary name, flushed and renamed; then the folder is flushed; then `DONE` goes the
//! same way. So `DONE` on the disk implies every file that it lists, even after a power
//! loss. Whoever dies earlier leaves an entry that counts as missing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::address::Address;
use crate::disk::Disk;
use crate::done::{Contents, DONE, FileRecord};
use crate::error::{Flaw, Operation, StoreError};
use crate::folder::check_length;
use crate::fs::Node;
use crate::lock::Guard;
use crate::name::check_name;

/// Largest file that the store writes or reads, in bytes: 256 MiB.
pub const MAX_FILE_BYTES: u64 = 256 << 20;

/// What lies at an entry's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing, or the remains of a writer that did not finish.
    Missing,
    /// Everything `DONE` lists, byte for byte.
    Complete,
    /// `DONE` is there, and a file is not what was published.
    Corrupt {
        /// The first damaged file, in order of names.
        path: PathBuf,
        /// What is wrong with it.
        what: Flaw,
    },
}

/// The place of one entry, and its readers' side. Reading takes no lock.
#[derive(Clone)]
pub struct Entry {
    disk: Disk,
    /// `<kind>/<address>`, as written in `DONE`.
    id: String,
    /// Store, kind and entry: the folders whose names lead to the files.
    folders: [PathBuf; 3],
    lock: PathBuf,
}

/// An entry whose lock is held: the only way to write to it. Reads as an [`Entry`].
#[derive(Debug)]
pub struct Writer {
    entry: Entry,
    guard: Guard,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("path", &self.path()).finish_non_exhaustive()
    }
}

impl Entry {
    pub(crate) fn new(disk: Disk, root: &Path, kind: &str, address: &Address) -> Self {
        let above = root.join(kind);
        let folder = above.join(address.to_string());
        let lock = above.join(format!("{address}.lock"));
        Self { disk, id: format!("{kind}/{address}"), folders: [root.to_owned(), above, folder], lock }
    }

    /// The entry's folder, which need not exist.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folders[2]
    }

    /// Reads and verifies the whole entry.
    ///
    /// Without the lock the answer may be old: decide whether to compute by asking the
    /// [`Writer`], which nobody can change under you.
    ///
    /// # Errors
    /// Failures of reading, which say nothing about the bytes; a link or a file where
    /// the entry's folder belongs.
    pub fn state(&self) -> Result<State, StoreError> {
        let verified = self.contents().and_then(|contents| match contents {
            None => Ok(State::Missing),
            Some(contents) => {
                contents.files().iter().try_for_each(|file| self.verified(file).map(drop))?;
                Ok(State::Complete)
            }
        });
        match verified {
            Err(StoreError::Corrupt { path, flaw }) => Ok(State::Corrupt { path, what: flaw }),
            other => other,
        }
    }

    /// The published files in order of names, or `None` if the entry is missing. Only
    /// `DONE` is read: that a file is listed does not say that it is sound.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] for a damaged `DONE`; failures of reading.
    pub fn files(&self) -> Result<Option<Vec<FileRecord>>, StoreError> {
        Ok(self.contents()?.map(|contents| contents.files().to_vec()))
    }

    /// A published file's bytes, exactly as published, or `None` if the entry is missing
    /// or was published without a file of this name.
    ///
    /// # Errors
    /// [`StoreError::Name`]; [`StoreError::Corrupt`] if the file or `DONE` is damaged;
    /// failures of reading.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_name(name)?;
        let contents = self.contents()?;
        contents.as_ref().and_then(|contents| contents.find(name)).map(|file| self.verified(file)).transpose()
    }

    /// The bytes of a file that was put aside, or `None`. Nothing vouches for them but
    /// that they were written in one step.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::TooLarge`], [`StoreError::Link`],
    /// [`StoreError::NotAFile`], failures of reading.
    pub fn read_aside(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_name(name)?;
        self.check_folders()?;
        self.disk.read(&self.path().join(name), MAX_FILE_BYTES)
    }

    /// Waits for the entry's lock. The owner's death frees it, so this waits for living
    /// processes only; a thread that holds a [`Writer`] of the same entry waits for itself.
    ///
    /// # Errors
    /// Failures of making folders, locking, or removing what dead writers left.
    pub fn lock(&self) -> Result<Writer, StoreError> {
        self.disk.make_folder(&self.folders[1])?;
        self.writer(self.disk.lock(&self.lock)?)
    }

    /// Takes the entry's lock, or returns `None` while somebody else holds it.
    ///
    /// # Errors
    /// Those of [`Entry::lock`].
    pub fn try_lock(&self) -> Result<Option<Writer>, StoreError> {
        self.disk.make_folder(&self.folders[1])?;
        self.disk.try_lock(&self.lock)?.map(|guard| self.writer(guard)).transpose()
    }

    fn writer(&self, guard: Guard) -> Result<Writer, StoreError> {
        self.disk.sweep(self.path())?;
        Ok(Writer { entry: self.clone(), guard })
    }

    /// Refuses links on the way from the store to the entry.
    fn check_folders(&self) -> Result<bool, StoreError> {
        Ok(self.disk.is_folder(&self.folders[1])? && self.disk.is_folder(&self.folders[2])?)
    }

    /// What `DONE` says, or `None` if there is none.
    fn contents(&self) -> Result<Option<Contents>, StoreError> {
        if !self.check_folders()? {
            return Ok(None);
        }
        let path = self.path().join(DONE);
        let Some(bytes) = as_damage(self.disk.read(&path, MAX_FILE_BYTES))? else { return Ok(None) };
        Contents::from_bytes(&self.id, &bytes).map(Some).map_err(|flaw| StoreError::Corrupt { path, flaw })
    }

    /// The bytes of a listed file, if they are the published ones.
    fn verified(&self, file: &FileRecord) -> Result<Vec<u8>, StoreError> {
        let path = self.path().join(&file.name);
        let flaw = match self.disk.inspect(&path)? {
            // A wrong length is told before a byte is read.
            Some(Node::File { length }) if length != file.length => {
                Flaw::Length { expected: file.length, found: length }
            }
            _ => match as_damage(self.disk.read(&path, MAX_FILE_BYTES))? {
                None => Flaw::Gone,
                Some(bytes) => match file.flaw(&bytes) {
                    None => return Ok(bytes),
                    Some(flaw) => flaw,
                },
            },
        };
        Err(StoreError::Corrupt { path, flaw })
    }
}

/// What lies under a published name and is not a file of acceptable size is damage.
fn as_damage<T>(read: Result<T, StoreError>) -> Result<T, StoreError> {
    read.map_err(|error| match error {
        StoreError::Link { path } | StoreError::NotAFile { path } => StoreError::Corrupt { path, flaw: Flaw::NotAFile },
        StoreError::TooLarge { path, length, limit } => {
            StoreError::Corrupt { path, flaw: Flaw::Length { expected: limit, found: length } }
        }
        other => other,
    })
}

impl std::ops::Deref for Writer {
    type Target = Entry;

    fn deref(&self) -> &Entry {
        &self.entry
    }
}

impl Writer {
    /// Publishes files as the whole content of the entry: after success the entry is
    /// [`State::Complete`], also after a power loss, and until then nobody sees any of it.
    ///
    /// Publishing the same bytes again changes nothing. A missing or corrupt entry is
    /// written anew; what was put aside stays.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::Twice`], [`StoreError::TooLarge`];
    /// [`StoreError::Conflict`] if the entry is complete with other bytes, which stay;
    /// [`StoreError::LockLost`] if the lock file was removed meanwhile;
    /// failures of writing, after which the entry is complete with these bytes or is not
    /// complete, and the call may be repeated.
    pub fn publish(&self, files: &[(&str, &[u8])]) -> Result<(), StoreError> {
        let mut sorted = BTreeMap::new();
        for &(name, bytes) in files {
            check_name(name)?;
            check_length(&self.path().join(name), bytes)?;
            if sorted.insert(name, bytes).is_some() {
                return Err(StoreError::Twice { name: name.to_owned(), path: self.path().to_owned() });
            }
        }
        let contents = Contents::of(&self.id, &sorted);
        let done = contents.to_bytes()?;
        check_length(&self.path().join(DONE), &done)?;
        self.refuse_lost_lock()?;

        match self.state()? {
            State::Complete => self.refuse_conflict(&contents)?,
            State::Missing | State::Corrupt { .. } => {
                self.disk.make_folder(self.path())?;
                for (name, bytes) in sorted {
                    self.disk.replace(self.path(), name, bytes)?;
                }
                self.disk.sync_folder(self.path())?;
                self.refuse_lost_lock()?;
                self.disk.replace(self.path(), DONE, &done)?;
            }
        }
        // From the inside out: each name has to be durable, and whoever made a folder,
        // or wrote `DONE`, may have died before flushing the one above.
        self.folders.iter().rev().try_for_each(|folder| self.disk.sync_folder(folder))
    }

    /// Makes the entry missing, so that other bytes can be published. The files stay
    /// until they are replaced, as nothing any more.
    ///
    /// # Errors
    /// Failures of writing.
    pub fn withdraw(&self) -> Result<(), StoreError> {
        if !self.check_folders()? {
            return Ok(());
        }
        self.disk.remove(&self.path().join(DONE))?;
        // `DONE` may not come back after a power loss, beside files that were replaced since.
        self.disk.sync_folder(self.path())
    }

    /// Writes a file that `DONE` does not vouch for, such as a log, times or a
    /// checkpoint, replacing an earlier one in one step. It may come before or after
    /// publication.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::TooLarge`]; [`StoreError::Published`] for a
    /// published file's name; failures of reading `DONE` and of writing.
    pub fn put_aside(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.refuse_published(name)?;
        check_length(&self.path().join(name), bytes)?;
        self.disk.make_folder(self.path())?;
        self.disk.replace(self.path(), name, bytes)?;
        self.disk.sync_folder(self.path())
    }

    /// Removes a file that was put aside, if it is there.
    ///
    /// # Errors
    /// [`StoreError::Name`]; [`StoreError::Published`] for a published file's name;
    /// failures of reading `DONE` and of removing.
    pub fn remove_aside(&self, name: &str) -> Result<(), StoreError> {
        self.refuse_published(name)?;
        if !self.check_folders()? {
            return Ok(());
        }
        self.disk.remove(&self.path().join(name))?;
        self.disk.sync_folder(self.path())
    }

    fn refuse_published(&self, name: &str) -> Result<(), StoreError> {
        check_name(name)?;
        match self.contents() {
            Ok(Some(contents)) if contents.find(name).is_some() => {
                Err(StoreError::Published { path: self.path().join(name) })
            }
            // A damaged `DONE` vouches for nothing.
            Ok(_) | Err(StoreError::Corrupt { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Refuses to go on where others no longer wait for this lock.
    fn refuse_lost_lock(&self) -> Result<(), StoreError> {
        let path = &self.entry.lock;
        match self.guard.is_current() {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError::LockLost { path: path.clone() }),
            Err(source) => Err(StoreError::Io { operation: Operation::Lock, path: path.clone(), source }),
        }
    }

    /// Compares what is to be published with what is complete.
    fn refuse_conflict(&self, new: &Contents) -> Result<(), StoreError> {
        let Some(old) = self.contents()?.filter(|old| old != new) else { return Ok(()) };
        let differs = |one: &Contents, other: &Contents| {
            one.files().iter().find(|file| other.find(&file.name) != Some(file)).map(|file| file.name.clone())
        };
        let name = differs(&old, new).or_else(|| differs(new, &old));
        Err(StoreError::Conflict { path: self.path().join(name.as_deref().unwrap_or(DONE)) })
    }
}
