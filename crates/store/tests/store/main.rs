//! Black-box tests of the store, one module for each promise.

#![allow(clippy::disallowed_methods, reason = "the tests damage files behind the store's back")]

mod canonical;
mod corruption;
mod fault_fs;
mod faults;
mod folders;
mod locks;
mod memory_fs;
mod names;
mod power_loss;
mod publish;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use misgen_store::{Address, Entry, Fs, RealFs, State, Store, StoreError};

/// What the tests publish: a text, a file with every byte, and an empty one.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let every_byte = (0..=255).cycle().take(600).collect();
    vec![("result.json", b"{\"gt\":0.5}\n".to_vec()), ("model.safetensors", every_byte), ("empty.csv", Vec::new())]
}

/// [`files`] in the form that `publish` takes.
fn borrowed<'a>(files: &'a [(&'static str, Vec<u8>)]) -> Vec<(&'static str, &'a [u8])> {
    files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect()
}

fn address(of: &str) -> Address {
    Address::of(of).unwrap()
}

fn create(fs: Arc<dyn Fs>, root: &Path) -> Result<Store, StoreError> {
    Store::create(fs, root)
}

/// A store on the disk, in a temporary folder that goes away with the guard.
fn temporary_store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = create(Arc::new(RealFs), &folder.path().join("run")).unwrap();
    (folder, store)
}

fn publish_files(entry: &Entry) -> Result<(), StoreError> {
    entry.lock()?.publish(&borrowed(&files()))
}

/// Asserts that the entry is complete and holds exactly [`files`].
fn assert_holds_files(entry: &Entry) {
    assert_eq!(entry.state().unwrap(), State::Complete);
    assert_eq!(entry.files().unwrap().unwrap().len(), files().len());
    for (name, bytes) in files() {
        assert_eq!(entry.read(name).unwrap().as_deref(), Some(bytes.as_slice()), "{name}");
    }
}

/// Puts other bytes into a file, as no writer of the store would.
fn damage(fs: &dyn Fs, path: &Path, bytes: &[u8]) {
    fs.remove_file(path).unwrap();
    fs.create(path).unwrap().write_all(bytes).unwrap();
}

/// Every unfinished file below a folder.
fn temporaries(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(temporaries(&path));
        } else if path.file_name().unwrap().to_str().unwrap().contains("tmp") {
            found.push(path);
        }
    }
    found
}
