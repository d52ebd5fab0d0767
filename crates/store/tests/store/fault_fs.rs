//! A file system that fails on demand.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use misgen_store::{Fs, FsFile, Held, Node};

/// What happens to a call, and to how many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    /// Every later call fails as well.
    pub(crate) for_good: bool,
}

/// Passes calls on, and from the `first`-th (counted from 1) on lets them meet the fault.
/// A failing write leaves half of its bytes behind.
#[derive(Clone)]
pub(crate) struct FaultFs {
    inner: Arc<dyn Fs>,
    plan: Arc<Plan>,
}

struct Plan {
    first: u64,
    fault: Fault,
    /// The most bytes that one write takes.
    longest_write: usize,
    calls: AtomicU64,
}

impl Plan {
    fn call(&self) -> io::Result<()> {
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let fails = call == self.first || (self.fault.for_good && call > self.first);
        if fails { Err(self.fault.kind.into()) } else { Ok(()) }
    }
}

impl FaultFs {
    pub(crate) fn new(inner: Arc<dyn Fs>, first: u64, fault: Fault) -> Self {
        Self { inner, plan: Arc::new(Plan { first, fault, longest_write: usize::MAX, calls: AtomicU64::new(0) }) }
    }

    /// A file system without faults whose writes take one byte at a time.
    pub(crate) fn short_writes(inner: Arc<dyn Fs>) -> Self {
        let fault = Fault { kind: ErrorKind::Other, for_good: false };
        Self { inner, plan: Arc::new(Plan { first: u64::MAX, fault, longest_write: 1, calls: AtomicU64::new(0) }) }
    }

    /// Whether any call has failed.
    pub(crate) fn met(&self) -> bool {
        self.plan.calls.load(Ordering::SeqCst) >= self.plan.first
    }
}

struct FaultFile {
    inner: Box<dyn FsFile>,
    plan: Arc<Plan>,
}

impl Write for FaultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.plan.call() {
            Ok(()) => self.inner.write(&bytes[..bytes.len().min(self.plan.longest_write)]),
            // An interrupted call has written nothing, or it would say how much.
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.inner.write_all(&bytes[..bytes.len() / 2])?;
                Err(error)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl FsFile for FaultFile {
    fn sync(&mut self) -> io::Result<()> {
        self.plan.call()?;
        self.inner.sync()
    }
}

struct FaultHeld {
    inner: Box<dyn Held>,
    plan: Arc<Plan>,
}

impl Held for FaultHeld {
    fn is_current(&self) -> io::Result<bool> {
        self.plan.call()?;
        self.inner.is_current()
    }
}

impl Fs for FaultFs {
    fn read(&self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        self.plan.call()?;
        self.inner.read(path, limit)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        self.plan.call()?;
        Ok(Box::new(FaultFile { inner: self.inner.create(path)?, plan: self.plan.clone() }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.plan.call()?;
        self.inner.rename(from, to)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.plan.call()?;
        self.inner.sync_folder(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.plan.call()?;
        self.inner.create_folder(path)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.plan.call()?;
        self.inner.remove_file(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<OsString>> {
        self.plan.call()?;
        self.inner.list(path)
    }

    fn inspect(&self, path: &Path) -> io::Result<Option<Node>> {
        self.plan.call()?;
        self.inner.inspect(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Held>> {
        self.plan.call()?;
        Ok(Box::new(FaultHeld { inner: self.inner.lock(path)?, plan: self.plan.clone() }))
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Box<dyn Held>>> {
        self.plan.call()?;
        let held = self.inner.try_lock(path)?;
        Ok(held.map(|inner| Box::new(FaultHeld { inner, plan: self.plan.clone() }) as Box<dyn Held>))
    }
}
