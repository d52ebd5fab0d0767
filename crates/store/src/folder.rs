//! The store's folder: where it lies, its documents, and the way to its entries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::disk::Disk;
use crate::entry::{Entry, MAX_FILE_BYTES};
use crate::error::StoreError;
use crate::fs::Fs;
use crate::name::check_name;

/// The lock file for documents; a leading dot keeps it apart from every document.
const LOCK: &str = ".lock";

/// A folder of documents and entries. Clones share the folder; any number of processes
/// may use one at a time.
#[derive(Clone)]
pub struct Store {
    disk: Disk,
    root: PathBuf,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("root", &self.root).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens an existing folder. Writes nothing, so a read-only disk will do.
    ///
    /// # Errors
    /// [`StoreError::Link`] for a symbolic link: as the folder itself or, in a relative
    /// path, anywhere on the way to it. [`StoreError::NotAFolder`] if there is no folder.
    pub fn open(fs: Arc<dyn Fs>, root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let (disk, root) = (Disk(fs), plain(root.as_ref()));
        refuse_links(&disk, &root)?;
        if disk.is_folder(&root)? { Ok(Self { disk, root }) } else { Err(StoreError::NotAFolder { path: root }) }
    }

    /// Opens a folder, making it first where it is missing.
    ///
    /// # Errors
    /// Those of [`Store::open`], and those of making folders.
    pub fn create(fs: Arc<dyn Fs>, root: impl AsRef<Path>) -> Result<Self, StoreError> {
        let (disk, root) = (Disk(fs), plain(root.as_ref()));
        refuse_links(&disk, &root)?;
        disk.make_folder(&root)?;
        disk.sync_way_to(&root)?;
        Ok(Self { disk, root })
    }

    /// Opens the folder of one run, `<runs>/<name>-<first 12 digits of digest>`, making
    /// it where it is missing.
    ///
    /// # Errors
    /// [`StoreError::Name`] for the name; otherwise those of [`Store::create`], also for
    /// the folder `runs`.
    pub fn create_run(
        fs: Arc<dyn Fs>,
        runs: impl AsRef<Path>,
        name: &str,
        digest: &Address,
    ) -> Result<Self, StoreError> {
        check_name(name)?;
        let runs = plain(runs.as_ref());
        refuse_links(&Disk(fs.clone()), &runs)?;
        Self::create(fs, runs.join(format!("{name}-{}", digest.short())))
    }

    /// The store's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The entry `<kind>/<address>`, whether or not it exists.
    ///
    /// # Errors
    /// [`StoreError::Name`] for the kind.
    pub fn entry(&self, kind: &str, address: &Address) -> Result<Entry, StoreError> {
        check_name(kind)?;
        Ok(Entry::new(self.disk.clone(), &self.root, kind, address))
    }

    /// The addresses of all entries of a kind, complete or not, in increasing order.
    ///
    /// # Errors
    /// [`StoreError::Name`] for the kind; failures of listing.
    pub fn addresses(&self, kind: &str) -> Result<Vec<Address>, StoreError> {
        check_name(kind)?;
        let names = self.disk.list(&self.root.join(kind))?;
        let mut found: Vec<Address> = names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Writes a document such as `summary.json`, replacing an earlier one in one step.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::TooLarge`], failures of writing. The earlier
    /// document is then still there, or the new one is.
    pub fn write_document(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        check_name(name)?;
        check_length(&self.root.join(name), bytes)?;
        let _lock = self.disk.lock(&self.root.join(LOCK))?;
        self.disk.sweep(&self.root)?;
        self.disk.replace(&self.root, name, bytes)?;
        self.disk.sync_folder(&self.root)
    }

    /// Reads a document, or `None` if there is none of this name.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::TooLarge`], [`StoreError::Link`],
    /// [`StoreError::NotAFile`], failures of reading.
    pub fn read_document(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        check_name(name)?;
        self.disk.read(&self.root.join(name), MAX_FILE_BYTES)
    }
}

/// Refuses to write what [`Disk::read`] would refuse to read.
pub(crate) fn check_length(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let length = bytes.len() as u64;
    if length <= MAX_FILE_BYTES {
        return Ok(());
    }
    Err(StoreError::TooLarge { path: path.to_owned(), length, limit: MAX_FILE_BYTES })
}

/// A path without `.` and trailing separators, which would make the system look through a link.
fn plain(path: &Path) -> PathBuf {
    let plain: PathBuf = path.components().filter(|part| !matches!(part, std::path::Component::CurDir)).collect();
    if plain.as_os_str().is_empty() { PathBuf::from(".") } else { plain }
}

/// Refuses a link as the last part of an absolute path, and as any part of a relative
/// one: such a path comes from the project that was checked out, not from the system.
fn refuse_links(disk: &Disk, path: &Path) -> Result<(), StoreError> {
    if path.is_absolute() {
        return disk.refuse_link(path);
    }
    path.ancestors().filter(|part| !part.as_os_str().is_empty()).try_for_each(|part| disk.refuse_link(part))
}
