//! [`Fs`] with named failures, and the two ways the store writes: a file that appears
//! whole under its final name, and a folder that outlives a power loss.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Operation, StoreError};
use crate::fs::{Fs, Node};
use crate::lock::Guard;

/// How the names of unfinished files begin. No name a caller may give begins so.
const TEMPORARY: &str = ".tmp-";

/// What is put before the name of a folder that lay where a file belongs.
const DISPLACED: &str = ".displaced-";

#[derive(Clone)]
pub(crate) struct Disk(pub(crate) Arc<dyn Fs>);

/// Adds to the system's error what was being done, and where.
fn at(operation: Operation, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io { operation, path: path.to_owned(), source }
}

impl Disk {
    pub(crate) fn inspect(&self, path: &Path) -> Result<Option<Node>, StoreError> {
        self.0.inspect(path).map_err(at(Operation::Inspect, path))
    }

    /// The bytes of a regular file of at most `limit` bytes, or `None` if nothing lies there.
    pub(crate) fn read(&self, path: &Path, limit: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let path = path.to_owned();
        match self.inspect(&path)? {
            None => return Ok(None),
            Some(Node::File { length }) if length > limit => return Err(StoreError::TooLarge { path, length, limit }),
            Some(Node::File { .. }) => {}
            Some(Node::Link) => return Err(StoreError::Link { path }),
            // Opening a pipe would wait for its other end.
            Some(Node::Folder | Node::Other) => return Err(StoreError::NotAFile { path }),
        }
        match self.0.read(&path, limit) {
            Ok(bytes) => Ok(Some(bytes)),
            // Removed since: its owner started afresh.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(Operation::Read, &path)(error)),
        }
    }

    /// Whether a folder lies at `path`; a link or a file there is an error.
    pub(crate) fn is_folder(&self, path: &Path) -> Result<bool, StoreError> {
        match self.inspect(path)? {
            Some(Node::Folder) => Ok(true),
            None => Ok(false),
            Some(Node::Link) => Err(StoreError::Link { path: path.to_owned() }),
            Some(_) => Err(StoreError::NotAFolder { path: path.to_owned() }),
        }
    }

    /// Makes a folder, and those above it that are missing. Their names are not durable yet.
    pub(crate) fn make_folder(&self, path: &Path) -> Result<(), StoreError> {
        let mut missing: Vec<&Path> = Vec::new();
        for folder in path.ancestors().filter(|folder| !folder.as_os_str().is_empty()) {
            if self.inspect(folder)?.is_some() {
                break;
            }
            missing.push(folder);
        }
        for folder in missing.into_iter().rev() {
            match self.0.create_folder(folder) {
                // Another process was faster; what it made is looked at below.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => other.map_err(at(Operation::CreateFolder, folder))?,
            }
        }
        if self.is_folder(path)? { Ok(()) } else { Err(StoreError::NotAFolder { path: path.to_owned() }) }
    }

    /// Makes the way to a folder durable, whoever made its parts: a process that was
    /// killed between making one and flushing the one above leaves no trace of that.
    pub(crate) fn sync_way_to(&self, path: &Path) -> Result<(), StoreError> {
        let top = if path.is_absolute() { None } else { Some(Path::new(".")) };
        let above = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        for folder in above.chain(top) {
            match self.sync_folder(folder) {
                // A folder that we may not open, or that its system cannot flush, is not of our making.
                Err(StoreError::Io { source, .. })
                    if matches!(
                        source.kind(),
                        io::ErrorKind::PermissionDenied
                            | io::ErrorKind::InvalidInput
                            | io::ErrorKind::Unsupported
                            | io::ErrorKind::ReadOnlyFilesystem
                    ) => {}
                other => other?,
            }
        }
        Ok(())
    }

    pub(crate) fn sync_folder(&self, path: &Path) -> Result<(), StoreError> {
        self.0.sync_folder(path).map_err(at(Operation::SyncFolder, path))
    }

    /// Puts a file with these bytes under `folder/name`: whole, durable, and in one step.
    /// The *name* is durable after the next [`Disk::sync_folder`].
    ///
    /// The caller holds the folder's lock, so nobody else uses the temporary name.
    pub(crate) fn replace(&self, folder: &Path, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let temporary = folder.join(format!("{TEMPORARY}{name}"));
        let target = folder.join(name);
        let written = self.write(&temporary, bytes).and_then(|()| self.put_in_place(&temporary, &target));
        if written.is_err() {
            // The first error is the one to tell; what cannot be removed now is swept
            // by the next holder of the lock.
            let _ = self.0.remove_file(&temporary);
        }
        written
    }

    fn put_in_place(&self, temporary: &Path, target: &Path) -> Result<(), StoreError> {
        let rename = |from: &Path, to: &Path| self.0.rename(from, to).map_err(at(Operation::Rename, target));
        match rename(temporary, target) {
            // No file can replace a folder. It is not ours and may hold anything, so it is moved aside, not removed.
            Err(StoreError::Io { source, .. }) if source.kind() == io::ErrorKind::IsADirectory => {
                let name = target.file_name().unwrap_or_default();
                let mut aside = OsString::from(DISPLACED);
                aside.push(name);
                rename(target, &target.with_file_name(aside))?;
                rename(temporary, target)
            }
            other => other,
        }
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        // Left by an attempt whose own clean-up failed; the lock says that it is nobody's.
        self.remove(path)?;
        let mut file = self.0.create(path).map_err(at(Operation::Create, path))?;
        file.write_all(bytes).map_err(at(Operation::Write, path))?;
        file.sync().map_err(at(Operation::Sync, path))
    }

    /// Removes a file, if it is there.
    pub(crate) fn remove(&self, path: &Path) -> Result<(), StoreError> {
        match self.0.remove_file(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other.map_err(at(Operation::Remove, path)),
        }
    }

    /// Removes what writers that died left unfinished. The caller holds the folder's lock.
    pub(crate) fn sweep(&self, folder: &Path) -> Result<(), StoreError> {
        for name in self.list(folder)? {
            if name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes()) {
                self.remove(&folder.join(name))?;
            }
        }
        Ok(())
    }

    /// The names in a folder; none if there is no such folder.
    pub(crate) fn list(&self, folder: &Path) -> Result<Vec<OsString>, StoreError> {
        if !self.is_folder(folder)? {
            return Ok(Vec::new());
        }
        self.0.list(folder).map_err(at(Operation::List, folder))
    }

    pub(crate) fn lock(&self, path: &Path) -> Result<Guard, StoreError> {
        self.refuse_link(path)?;
        self.0.lock(path).map(Guard::new).map_err(at(Operation::Lock, path))
    }

    pub(crate) fn try_lock(&self, path: &Path) -> Result<Option<Guard>, StoreError> {
        self.refuse_link(path)?;
        Ok(self.0.try_lock(path).map_err(at(Operation::Lock, path))?.map(Guard::new))
    }

    /// Opening a lock file creates it, so a link in its place would create a file elsewhere.
    pub(crate) fn refuse_link(&self, path: &Path) -> Result<(), StoreError> {
        match self.inspect(path)? {
            Some(Node::Link) => Err(StoreError::Link { path: path.to_owned() }),
            _ => Ok(()),
        }
    }
}
