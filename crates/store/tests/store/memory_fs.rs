//! A disk in memory that can lose its power: what was not flushed is then gone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use misgen_store::{Fs, FsFile, Held, Node};

/// What a power loss spares beyond what was flushed. Real disks do any of these: until
/// a folder is flushed, each change to it may be there or not, in any combination.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spared {
    Nothing,
    /// Names reach the disk, bytes do not: the classic empty file after a rename.
    Names,
    OnlyTheNameDone,
    AllNamesButDone,
    Bytes,
    /// Each name that was not flushed by the toss of a coin, and a part of the bytes; the coins follow from the seed.
    Some(u64),
}

impl Spared {
    pub(crate) const ALL: [Self; 5] =
        [Self::Nothing, Self::Names, Self::OnlyTheNameDone, Self::AllNamesButDone, Self::Bytes];

    /// Whether the change of a name survives that was made but not flushed.
    fn spares(self, name: &OsString, coin: &mut Coin) -> bool {
        match self {
            Self::Nothing | Self::Bytes => false,
            Self::Names => true,
            Self::OnlyTheNameDone => name == "DONE",
            Self::AllNamesButDone => name != "DONE",
            Self::Some(_) => coin.below(2) == 1,
        }
    }

    /// How many of `fresh` bytes survive that were written but not flushed.
    fn bytes(self, fresh: usize, coin: &mut Coin) -> usize {
        match self {
            Self::Bytes => fresh,
            Self::Some(_) => coin.below(fresh as u64 + 1) as usize,
            _ => 0,
        }
    }
}

/// Coins that follow from a seed (SplitMix64).
struct Coin(u64);

impl Coin {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % n
    }
}

type Names = BTreeMap<OsString, usize>;

enum Inode {
    File { live: Vec<u8>, durable: Vec<u8> },
    Folder { live: Names, durable: Names },
}

/// Inode 0 is the folder `/`.
#[derive(Clone)]
pub(crate) struct MemoryFs {
    inodes: Arc<Mutex<Vec<Inode>>>,
    locked: Arc<Mutex<HashSet<PathBuf>>>,
}

impl MemoryFs {
    pub(crate) fn new() -> Self {
        let root = Inode::Folder { live: Names::new(), durable: Names::new() };
        Self { inodes: Arc::new(Mutex::new(vec![root])), locked: Arc::default() }
    }

    /// Power loss, and power back: what is there then is all there is.
    pub(crate) fn lose_power(&self, spared: Spared) {
        let mut coin = Coin(if let Spared::Some(seed) = spared { seed } else { 0 });
        for inode in self.inodes.lock().unwrap().iter_mut() {
            match inode {
                Inode::File { live, durable } => {
                    // Files are only ever appended to before they are flushed.
                    let kept = durable.len() + spared.bytes(live.len() - durable.len(), &mut coin);
                    live.truncate(kept);
                    durable.clone_from(live);
                }
                Inode::Folder { live, durable } => {
                    let names: BTreeSet<OsString> = live.keys().chain(durable.keys()).cloned().collect();
                    for name in names {
                        if live.get(&name) != durable.get(&name) && !spared.spares(&name, &mut coin) {
                            match durable.get(&name) {
                                Some(place) => drop(live.insert(name, *place)),
                                None => drop(live.remove(&name)),
                            }
                        }
                    }
                    durable.clone_from(live);
                }
            }
        }
    }

    /// Works on the names of the folder that holds `path`, and on the last part of `path`.
    fn with_names<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&mut Names, OsString, usize) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut inodes = self.inodes.lock().unwrap();
        let folder = find(&inodes, path.parent().unwrap())?;
        let fresh = inodes.len();
        match &mut inodes[folder] {
            Inode::Folder { live, .. } => work(live, path.file_name().unwrap().to_owned(), fresh),
            Inode::File { .. } => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn add(&self, path: &Path, inode: Inode) -> io::Result<usize> {
        let place = self.with_names(path, |names, name, fresh| {
            if names.contains_key(&name) {
                return Err(ErrorKind::AlreadyExists.into());
            }
            names.insert(name, fresh);
            Ok(fresh)
        })?;
        self.inodes.lock().unwrap().push(inode);
        Ok(place)
    }
}

fn find(inodes: &[Inode], path: &Path) -> io::Result<usize> {
    let mut place = 0;
    for part in path.strip_prefix("/").unwrap() {
        let Inode::Folder { live, .. } = &inodes[place] else { return Err(ErrorKind::NotADirectory.into()) };
        place = *live.get(part).ok_or(ErrorKind::NotFound)?;
    }
    Ok(place)
}

struct MemoryFile {
    fs: MemoryFs,
    place: usize,
}

impl MemoryFile {
    fn with_bytes(&self, work: impl FnOnce(&mut Vec<u8>, &mut Vec<u8>)) {
        match &mut self.fs.inodes.lock().unwrap()[self.place] {
            Inode::File { live, durable } => work(live, durable),
            Inode::Folder { .. } => unreachable!("only files are written"),
        }
    }
}

impl Write for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with_bytes(|live, _| live.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FsFile for MemoryFile {
    fn sync(&mut self) -> io::Result<()> {
        self.with_bytes(|live, durable| durable.clone_from(live));
        Ok(())
    }
}

struct MemoryLock {
    fs: MemoryFs,
    path: PathBuf,
}

impl Held for MemoryLock {
    fn is_current(&self) -> io::Result<bool> {
        Ok(true)
    }
}

impl Drop for MemoryLock {
    fn drop(&mut self) {
        self.fs.locked.lock().unwrap().remove(&self.path);
    }
}

impl Fs for MemoryFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let inodes = self.inodes.lock().unwrap();
        match &inodes[find(&inodes, path)?] {
            Inode::File { live, .. } if live.len() as u64 <= limit => Ok(live.clone()),
            Inode::File { .. } => Err(ErrorKind::FileTooLarge.into()),
            Inode::Folder { .. } => Err(ErrorKind::IsADirectory.into()),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let place = self.add(path, Inode::File { live: Vec::new(), durable: Vec::new() })?;
        Ok(Box::new(MemoryFile { fs: self.clone(), place }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if self.inspect(from)? != Some(Node::Folder) && self.inspect(to)? == Some(Node::Folder) {
            return Err(ErrorKind::IsADirectory.into());
        }
        let place = self.with_names(from, |names, name, _| names.remove(&name).ok_or(ErrorKind::NotFound.into()))?;
        self.with_names(to, |names, name, _| {
            names.insert(name, place);
            Ok(())
        })
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut inodes = self.inodes.lock().unwrap();
        let place = find(&inodes, path)?;
        match &mut inodes[place] {
            Inode::Folder { live, durable } => durable.clone_from(live),
            Inode::File { .. } => return Err(ErrorKind::NotADirectory.into()),
        }
        Ok(())
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.add(path, Inode::Folder { live: Names::new(), durable: Names::new() }).map(drop)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.with_names(path, |names, name, _| names.remove(&name).map(drop).ok_or(ErrorKind::NotFound.into()))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        let inodes = self.inodes.lock().unwrap();
        match &inodes[find(&inodes, path)?] {
            Inode::Folder { live, .. } => Ok(live.keys().cloned().collect()),
            Inode::File { .. } => Err(ErrorKind::NotADirectory.into()),
        }
    }

    fn inspect(&self, path: &Path) -> io::Result<Option<Node>> {
        let inodes = self.inodes.lock().unwrap();
        match find(&inodes, path) {
            Ok(place) => Ok(Some(match &inodes[place] {
                Inode::File { live, .. } => Node::File { length: live.len() as u64 },
                Inode::Folder { .. } => Node::Folder,
            })),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Held>> {
        // One thread at a time uses this disk, so waiting would never end.
        self.try_lock(path)?.ok_or(ErrorKind::Deadlock.into())
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        let free = self.locked.lock().unwrap().insert(path.to_owned());
        Ok(free.then(|| Box::new(MemoryLock { fs: self.clone(), path: path.to_owned() }) as Box<dyn Held>))
    }
}
