//! Promise 5: what has its final name is complete, even after a power loss.

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use misgen_store::{Entry, Fs, State, StoreError};

use super::fault_fs::{Fault, FaultFs};
use super::memory_fs::{MemoryFs, Spared};
use super::{address, assert_holds_files, create, publish_files};

const OLD: &[u8] = b"{\"version\":1}\n";
const NEW: &[u8] = b"{\"version\":2}\n";

fn root() -> &'static Path {
    Path::new("/results/runs/toy")
}

fn entry(fs: &MemoryFs, of: &str) -> Entry {
    create(Arc::new(fs.clone()), root()).unwrap().entry("cells", &address(of)).unwrap()
}

/// Publishes one entry.
fn job(fs: Arc<dyn Fs>) -> Result<(), StoreError> {
    publish_files(&create(fs, root())?.entry("cells", &address("a"))?)
}

/// Runs `job` on a disk that stops answering at the n-th call, for n = 1, 2, ... until
/// the job is through; hands each disk to `check`. Returns the number of calls.
fn stop_at_every_call(
    prepare: impl Fn(&MemoryFs),
    job: impl Fn(Arc<dyn Fs>) -> Result<(), StoreError>,
    check: impl Fn(MemoryFs, u64),
) -> u64 {
    for call in 1.. {
        let disk = MemoryFs::new();
        prepare(&disk);
        let fs = FaultFs::new(Arc::new(disk.clone()), call, Fault { kind: ErrorKind::Other, for_good: true });
        let result = job(Arc::new(fs.clone()));
        if !fs.met() {
            result.unwrap();
            return call;
        }
        check(disk, call);
    }
    unreachable!("the loop ends with a run that is not stopped")
}

#[test]
fn power_lost_after_any_call_leaves_an_entry_missing_or_whole() {
    let some = (0..12).map(Spared::Some);
    for spared in Spared::ALL.into_iter().chain(some) {
        let calls = stop_at_every_call(
            |_| {},
            job,
            |disk, call| {
                disk.lose_power(spared);
                match entry(&disk, "a").state().unwrap() {
                    State::Missing => {}
                    State::Complete => assert_holds_files(&entry(&disk, "a")),
                    State::Corrupt { path, what } => panic!("{spared:?}, call {call}: {} {what}", path.display()),
                }
                job(Arc::new(disk.clone())).unwrap();
                assert_holds_files(&entry(&disk, "a"));
            },
        );
        assert!(calls > 40, "only {calls} calls");
    }
}

#[test]
fn what_publish_reported_done_survives_even_if_an_earlier_attempt_was_killed() {
    let some = (0..12).map(Spared::Some);
    for spared in Spared::ALL.into_iter().chain(some) {
        stop_at_every_call(
            |_| {},
            job,
            |disk, call| {
                // Killed at this call; the machine goes on, the retry succeeds, and then the power fails.
                job(Arc::new(disk.clone())).unwrap();
                disk.lose_power(spared);
                let state = entry(&disk, "a").state().unwrap();
                assert_eq!(state, State::Complete, "{spared:?}, call {call}");
                assert_holds_files(&entry(&disk, "a"));
            },
        );
    }
}

#[test]
fn a_withdrawn_entry_never_vouches_for_new_bytes() {
    // Its `DONE` must not come back beside files that were replaced since.
    let first: [(&str, &[u8]); 1] = [("result.json", OLD)];
    let second: [(&str, &[u8]); 1] = [("result.json", NEW)];
    for spared in Spared::ALL {
        stop_at_every_call(
            |disk| entry(disk, "a").lock().unwrap().publish(&first).unwrap(),
            |fs| {
                let writer = create(fs, root())?.entry("cells", &address("a"))?.lock()?;
                writer.withdraw()?;
                writer.publish(&second)
            },
            |disk, call| {
                disk.lose_power(spared);
                let entry = entry(&disk, "a");
                match entry.state().unwrap() {
                    State::Missing => {}
                    State::Complete => {
                        let bytes = entry.read("result.json").unwrap().unwrap();
                        assert!(bytes == OLD || bytes == NEW, "{spared:?}, call {call}");
                    }
                    State::Corrupt { path, what } => panic!("{spared:?}, call {call}: {} {what}", path.display()),
                }
            },
        );
    }
}

#[test]
fn a_document_is_the_old_one_or_the_new_one() {
    for spared in Spared::ALL {
        stop_at_every_call(
            |disk| create(Arc::new(disk.clone()), root()).unwrap().write_document("summary.json", OLD).unwrap(),
            |fs| create(fs, root())?.write_document("summary.json", NEW),
            |disk, call| {
                disk.lose_power(spared);
                let store = create(Arc::new(disk.clone()), root()).unwrap();
                let found = store.read_document("summary.json").unwrap().unwrap();
                assert!(found == OLD || found == NEW, "{spared:?}, call {call}");
            },
        );
    }
}

#[test]
fn other_entries_stay_whole() {
    stop_at_every_call(
        |disk| publish_files(&entry(disk, "b")).unwrap(),
        job,
        |disk, _| {
            disk.lose_power(Spared::Nothing);
            assert_holds_files(&entry(&disk, "b"));
        },
    );
}
