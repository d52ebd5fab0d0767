//! Promise 7: corruption is found, named and contained.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use misgen_store::{Entry, Flaw, Fs, MAX_FILE_BYTES, State, StoreError};

use super::memory_fs::MemoryFs;
use super::{address, assert_holds_files, create, damage, files, publish_files, temporary_store};

const PUBLISHED: [&str; 4] = ["DONE", "empty.csv", "model.safetensors", "result.json"];

/// Asserts that exactly `name` is reported, by `state` and, for a listed file, by `read`.
fn assert_named(entry: &Entry, name: &str, context: &str) -> Flaw {
    let State::Corrupt { path, what } = entry.state().unwrap() else { panic!("{name} {context}: not found") };
    assert_eq!(path, entry.path().join(name), "{context}");
    assert!(!what.to_string().is_empty());
    let read = entry.read(if name == "DONE" { "result.json" } else { name });
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{name} {context}: handed out");
    what
}

#[test]
fn every_flipped_bit_is_found() {
    let disk = MemoryFs::new();
    let store = create(Arc::new(disk.clone()), Path::new("/run")).unwrap();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    for name in PUBLISHED {
        let path = entry.path().join(name);
        let sound = disk.read(&path, MAX_FILE_BYTES).unwrap();
        for bit in 0..sound.len() * 8 {
            let mut flipped = sound.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            damage(&disk, &path, &flipped);
            assert_named(&entry, name, &format!("bit {bit}"));
        }
        damage(&disk, &path, &sound);
    }
    assert_holds_files(&entry);
}

#[test]
fn every_truncation_and_growth_is_found() {
    let disk = MemoryFs::new();
    let store = create(Arc::new(disk.clone()), Path::new("/run")).unwrap();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    for name in PUBLISHED {
        let path = entry.path().join(name);
        let sound = disk.read(&path, MAX_FILE_BYTES).unwrap();
        for length in 0..sound.len() {
            damage(&disk, &path, &sound[..length]);
            assert_named(&entry, name, &format!("cut to {length}"));
        }
        let mut grown = sound.clone();
        grown.push(b'\n');
        damage(&disk, &path, &grown);
        assert_named(&entry, name, "grown");
        damage(&disk, &path, &sound);
    }
    assert_holds_files(&entry);
}

#[test]
fn a_removed_file_is_found_and_only_its_entry_is_recomputed() {
    let (_folder, store) = temporary_store();
    let [damaged, sound] = ["a", "b"].map(|of| store.entry("cells", &address(of)).unwrap());
    publish_files(&damaged).unwrap();
    publish_files(&sound).unwrap();
    fs::remove_file(damaged.path().join("result.json")).unwrap();

    assert_eq!(assert_named(&damaged, "result.json", "removed"), Flaw::Gone);
    assert_holds_files(&sound);
    publish_files(&damaged).unwrap();
    assert_holds_files(&damaged);
}

fn swap(one: &Path, other: &Path) {
    let (first, second) = (fs::read(one).unwrap(), fs::read(other).unwrap());
    fs::write(one, second).unwrap();
    fs::write(other, first).unwrap();
}

#[test]
fn two_valid_files_that_changed_places_are_found() {
    let (_folder, store) = temporary_store();
    let [one, other] = ["a", "b"].map(|of| store.entry("cells", &address(of)).unwrap());
    publish_files(&one).unwrap();
    let mut changed = files();
    changed[0].1[6] ^= 1;
    other.lock().unwrap().publish(&super::borrowed(&changed)).unwrap();

    // Within an entry, where the lengths differ.
    swap(&one.path().join("result.json"), &one.path().join("model.safetensors"));
    assert_eq!(
        assert_named(&one, "model.safetensors", "swapped"),
        Flaw::Length { expected: 600, found: files()[0].1.len() as u64 }
    );
    swap(&one.path().join("result.json"), &one.path().join("model.safetensors"));
    assert_holds_files(&one);

    // Between entries, where only the digest tells.
    swap(&one.path().join("result.json"), &other.path().join("result.json"));
    assert_eq!(assert_named(&one, "result.json", "swapped"), Flaw::Digest);
    assert_eq!(assert_named(&other, "result.json", "swapped"), Flaw::Digest);
    publish_files(&one).unwrap();
    assert_holds_files(&one);

    // `DONE` itself, sound but of another entry.
    swap(&one.path().join("DONE"), &other.path().join("DONE"));
    assert!(matches!(assert_named(&one, "DONE", "swapped"), Flaw::Elsewhere { .. }));
}

#[cfg(unix)]
#[test]
fn a_link_or_folder_in_a_files_place_is_damage_even_if_the_bytes_fit() {
    let (folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    let path = entry.path().join("result.json");
    let outside = folder.path().join("outside.json");
    fs::rename(&path, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &path).unwrap();
    assert_eq!(assert_named(&entry, "result.json", "link"), Flaw::NotAFile);

    publish_files(&entry).unwrap();
    assert_holds_files(&entry);
    assert_eq!(fs::read(&outside).unwrap(), files()[0].1, "the link was replaced, not followed");

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(assert_named(&entry, "result.json", "folder"), Flaw::NotAFile);
}

#[test]
fn a_folder_in_a_files_place_is_moved_aside_and_what_it_holds_is_kept() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    for name in ["result.json", "DONE"] {
        let path = entry.path().join(name);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("mine.txt"), b"not the store's").unwrap();
        assert_eq!(assert_named(&entry, name, "folder"), Flaw::NotAFile);
        publish_files(&entry).unwrap();
        assert_holds_files(&entry);
        let kept = entry.path().join(format!(".displaced-{name}")).join("mine.txt");
        assert_eq!(fs::read(kept).unwrap(), b"not the store's");
    }
}
