//! Promise 6: every call may fail, once or for good.

use std::collections::HashSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use misgen_store::{Entry, Fs, Node, Operation, RealFs, State, StoreError};
use tempfile::TempDir;

use super::fault_fs::{Fault, FaultFs};
use super::memory_fs::MemoryFs;
use super::{address, assert_holds_files, borrowed, create, damage, files, publish_files};

const DOCUMENT: &[u8] = b"{\"rows\":[]}\n";

/// All that a cell does with the store.
fn job(fs: Arc<dyn Fs>, root: &Path) -> Result<(), StoreError> {
    let store = create(fs, root)?;
    let writer = store.entry("cells", &address("a"))?.lock()?;
    writer.put_aside("checkpoint.bin", b"step 17")?;
    writer.publish(&borrowed(&files()))?;
    writer.remove_aside("checkpoint.bin")?;
    store.write_document("summary.json", DOCUMENT)?;
    match writer.state()? {
        State::Complete => Ok(()),
        other => panic!("published, and yet {other:?}"),
    }
}

fn entry(fs: &Arc<dyn Fs>, root: &Path) -> Entry {
    create(fs.clone(), root).unwrap().entry("cells", &address("a")).unwrap()
}

/// Nothing there yet.
fn fresh(_: &Arc<dyn Fs>, _: &Path) {}

/// A store whose entry, of other bytes, was damaged.
fn corrupt(fs: &Arc<dyn Fs>, root: &Path) {
    let entry = entry(fs, root);
    entry.lock().unwrap().publish(&[("result.json", b"{\"gt\":0.25}\n"), ("old.csv", b"1,2\n")]).unwrap();
    damage(fs.as_ref(), &entry.path().join("old.csv"), b"1,3\n");
    assert!(matches!(entry.state().unwrap(), State::Corrupt { .. }));
}

/// Every unfinished file below a folder.
fn temporaries(fs: &Arc<dyn Fs>, folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let names = if fs.inspect(folder).unwrap().is_some() { fs.list(folder).unwrap() } else { Vec::new() };
    for path in names.into_iter().map(|name| folder.join(name)) {
        if fs.inspect(&path).unwrap() == Some(Node::Folder) {
            found.extend(temporaries(fs, &path));
        } else if path.file_name().unwrap().to_str().unwrap().contains("tmp") {
            found.push(path);
        }
    }
    found
}

/// A disk for one run, with the folder to work in and what keeps that alive.
type Workplace = (Arc<dyn Fs>, PathBuf, Option<TempDir>);

fn memory() -> Workplace {
    (Arc::new(MemoryFs::new()), PathBuf::from("/results/runs/toy"), None)
}

fn disk() -> Workplace {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(RealFs), folder.path().join("runs").join("toy"), Some(folder))
}

/// Fails the n-th call for n = 1, 1 + step, ... until a run meets no fault; returns the
/// operations that were reported. At least 50 calls have to be able to fail.
fn fail_every_call(
    fault: Fault,
    step: usize,
    workplace: fn() -> Workplace,
    prepare: fn(&Arc<dyn Fs>, &Path),
) -> HashSet<Operation> {
    let (mut operations, mut failures) = (HashSet::new(), 0_usize);
    for call in (1..).step_by(step) {
        let (sound, root, _folder) = workplace();
        prepare(&sound, &root);
        let fs = FaultFs::new(sound.clone(), call, fault);
        let result = job(Arc::new(fs.clone()), &root);
        if !fs.met() {
            result.unwrap();
            assert!(failures * step > 50, "{fault:?}: only {failures} runs failed");
            return operations;
        }
        match result {
            Ok(()) => {}
            Err(StoreError::Io { operation, path, source }) => {
                assert_eq!(source.kind(), fault.kind, "call {call}");
                assert!(path.starts_with(&root) || root.starts_with(&path), "call {call}: {}", path.display());
                operations.insert(operation);
                failures += 1;
            }
            Err(other) => panic!("call {call}: {other}"),
        }
        if !fault.for_good {
            assert_eq!(temporaries(&sound, &root), Vec::<PathBuf>::new(), "call {call}");
        }
        // Whatever is complete now is right.
        if entry(&sound, &root).state().unwrap() == State::Complete {
            assert_holds_files(&entry(&sound, &root));
        }
        job(sound.clone(), &root).unwrap();
        assert_eq!(temporaries(&sound, &root), Vec::<PathBuf>::new(), "call {call}");
        assert_holds_files(&entry(&sound, &root));
    }
    unreachable!("the loop ends with a run that meets no fault")
}

#[test]
fn every_call_may_fail_once() {
    use Operation::{Create, CreateFolder, Inspect, List, Lock, Read, Remove, Rename, Sync, SyncFolder, Write};
    for kind in [ErrorKind::Other, ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::Interrupted] {
        let fault = Fault { kind, for_good: false };
        let mut reported = fail_every_call(fault, 1, memory, fresh);
        reported.extend(fail_every_call(fault, 1, memory, corrupt));
        let mut expected =
            HashSet::from([Create, CreateFolder, Inspect, List, Lock, Read, Remove, Rename, Sync, SyncFolder, Write]);
        if kind == ErrorKind::Interrupted {
            // A write goes on after an interruption.
            expected.remove(&Write);
        }
        assert_eq!(reported, expected, "{kind:?}");
    }
}

#[test]
fn the_disk_may_fail_for_good_at_any_call() {
    for kind in [ErrorKind::Other, ErrorKind::StorageFull, ErrorKind::PermissionDenied] {
        for prepare in [fresh, corrupt] {
            fail_every_call(Fault { kind, for_good: true }, 1, memory, prepare);
        }
    }
}

#[test]
fn the_real_disk_is_left_clean_too() {
    // Flushing is slow there, and the disk in memory has met every call already.
    for for_good in [false, true] {
        fail_every_call(Fault { kind: ErrorKind::Other, for_good }, 9, disk, corrupt);
    }
}

#[test]
fn a_full_disk_is_told_from_other_failures() {
    let full = |kind: ErrorKind| {
        let folder = tempfile::tempdir().unwrap();
        let fs = FaultFs::new(Arc::new(RealFs), 1, Fault { kind, for_good: true });
        job(Arc::new(fs), &folder.path().join("toy")).unwrap_err().is_disk_full()
    };
    assert!(full(ErrorKind::StorageFull));
    assert!(full(ErrorKind::QuotaExceeded));
    assert!(!full(ErrorKind::PermissionDenied));
}

#[test]
fn short_writes_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = create(Arc::new(FaultFs::short_writes(Arc::new(RealFs))), &folder.path().join("toy")).unwrap();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    assert_holds_files(&entry);
}
