//! Promises 4 and 14: a lock ends with its owner, and a killed writer loses only what it was writing.
//!
//! Each test is both sides: it starts itself once more as a child, told so by the environment.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use misgen_store::{RealFs, State, Store, StoreError};

use super::{address, assert_holds_files, borrowed, create, files, publish_files, temporaries, temporary_store};

const CHILD: &str = "MISGEN_STORE_TEST_CHILD";
const READY: &str = "child is ready";

/// The store to work on, if this process is the child.
fn child_root() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// Starts this very test as a child and waits until it says that it is ready.
fn start(test: &str, root: &Path) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(CHILD, root)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains(READY)), "the child ended early");
    child
}

fn say_ready() {
    let mut out = std::io::stdout();
    writeln!(out, "\n{READY}").unwrap();
    out.flush().unwrap();
}

#[test]
fn the_lock_of_a_killed_process_is_free() {
    if let Some(root) = child_root() {
        let entry = create(Arc::new(RealFs), &root).unwrap().entry("cells", &address("a")).unwrap();
        let _writer = entry.lock().unwrap();
        std::fs::create_dir(entry.path()).unwrap();
        std::fs::write(entry.path().join(".tmp-result.json"), b"half").unwrap();
        say_ready();
        loop {
            sleep(Duration::from_secs(1));
        }
    }
    let (folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let mut child = start("locks::the_lock_of_a_killed_process_is_free", store.root());

    assert!(entry.try_lock().unwrap().is_none(), "held by the child");
    assert_eq!(temporaries(folder.path()).len(), 1, "a living writer's file is not swept");
    assert_eq!(entry.state().unwrap(), State::Missing, "readers do not wait");
    let other = store.entry("cells", &address("b")).unwrap();
    assert!(other.try_lock().unwrap().is_some(), "each entry has its own lock");

    child.kill().unwrap();
    child.wait().unwrap();
    assert!(entry.try_lock().unwrap().is_some());
    assert_eq!(temporaries(folder.path()), Vec::<PathBuf>::new());
    publish_files(&entry).unwrap();
    assert_holds_files(&entry);
}

#[test]
fn a_lock_is_exclusive_within_a_process_too() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let writer = entry.lock().unwrap();
    assert!(entry.try_lock().unwrap().is_none());
    drop(writer);
    assert!(entry.try_lock().unwrap().is_some());
}

#[test]
fn waiting_for_a_lock_ends_when_it_is_released() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let writer = entry.lock().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| publish_files(&entry));
        writer.put_aside("log.txt", b"first").unwrap();
        drop(writer);
        waiting.join().unwrap().unwrap();
    });
    assert_holds_files(&entry);
}

/// Publishes entries "0", "1", ... until killed.
fn publish_until_killed(store: &Store) -> ! {
    say_ready();
    for index in 0_u64.. {
        publish_files(&store.entry("cells", &address(&index.to_string())).unwrap()).unwrap();
    }
    unreachable!("the parent kills this process first")
}

#[test]
fn a_writer_killed_at_any_moment_loses_only_what_it_was_writing() {
    if let Some(root) = child_root() {
        publish_until_killed(&create(Arc::new(RealFs), &root).unwrap());
    }
    let mut complete = 0;
    // A machine with much else to do may let the child publish nothing for a while.
    for round in 0..64 {
        if round >= 8 && complete > 0 {
            break;
        }
        let (folder, store) = temporary_store();
        let test = "locks::a_writer_killed_at_any_moment_loses_only_what_it_was_writing";
        let mut child = start(test, store.root());
        sleep(Duration::from_millis(7 * round + 1));
        child.kill().unwrap();
        child.wait().unwrap();

        let addresses = store.addresses("cells").unwrap();
        let mut missing = 0;
        for address in addresses {
            let entry = store.entry("cells", &address).unwrap();
            match entry.state().unwrap() {
                State::Complete => complete += 1,
                State::Missing => missing += 1,
                State::Corrupt { path, what } => panic!("{}: {what}", path.display()),
            }
            publish_files(&entry).unwrap();
            assert_holds_files(&entry);
        }
        assert!(missing <= 1, "{missing} entries were in flight");
        assert_eq!(temporaries(folder.path()), Vec::<PathBuf>::new());
    }
    assert!(complete > 0, "no round let the child publish anything");
}

/// The lock file of the entry of [`address`] "a".
fn lock_file(store: &Store) -> PathBuf {
    store.root().join("cells").join(format!("{}.lock", address("a")))
}

#[test]
fn whoever_waited_for_a_lock_file_that_was_removed_takes_the_new_one() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let first = entry.lock().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| entry.lock().unwrap());
        // Long enough that the other thread waits in nearly every run; in the others it finds the new file at once.
        sleep(Duration::from_millis(30));
        std::fs::remove_file(lock_file(&store)).unwrap();
        drop(first);
        let second = waiting.join().unwrap();
        assert!(entry.try_lock().unwrap().is_none(), "two owners of one entry");
        second.publish(&borrowed(&files())).unwrap();
    });
    assert_holds_files(&entry);
}

#[test]
fn whoever_lost_the_lock_file_publishes_nothing() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let first = entry.lock().unwrap();
    std::fs::remove_file(lock_file(&store)).unwrap();
    let second = entry.lock().unwrap();
    let refused = first.publish(&borrowed(&files())).unwrap_err();
    assert!(matches!(&refused, StoreError::LockLost { path } if *path == lock_file(&store)), "{refused}");
    assert_eq!(entry.state().unwrap(), State::Missing);
    second.publish(&borrowed(&files())).unwrap();
    assert_holds_files(&entry);
}
