//! Publication: all or nothing, once, and read back byte for byte.

use misgen_store::{Flaw, State, StoreError};

use super::{address, assert_holds_files, borrowed, files, publish_files, temporaries, temporary_store};

#[test]
fn what_was_published_is_read_back() {
    let (folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    assert_eq!(entry.state().unwrap(), State::Missing);
    assert_eq!(entry.read("result.json").unwrap(), None);
    assert_eq!(entry.files().unwrap(), None);

    publish_files(&entry).unwrap();
    assert_holds_files(&entry);
    assert_eq!(entry.read("other.json").unwrap(), None);
    let names: Vec<String> = entry.files().unwrap().unwrap().into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["empty.csv", "model.safetensors", "result.json"]);
    assert_eq!(temporaries(folder.path()), Vec::<std::path::PathBuf>::new());
}

#[test]
fn publishing_again_changes_no_byte_whatever_the_order() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    let done = std::fs::read(entry.path().join("DONE")).unwrap();

    let mut again = files();
    again.reverse();
    entry.lock().unwrap().publish(&borrowed(&again)).unwrap();
    assert_holds_files(&entry);
    assert_eq!(std::fs::read(entry.path().join("DONE")).unwrap(), done);
}

#[test]
fn one_address_with_two_results_is_an_error_and_the_first_stays() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    let writer = entry.lock().unwrap();

    let mut other = files();
    other[0].1[3] ^= 1;
    let refused = writer.publish(&borrowed(&other)).unwrap_err();
    assert!(matches!(&refused, StoreError::Conflict { path } if path.ends_with("result.json")), "{refused}");
    let fewer = writer.publish(&borrowed(&files()[1..])).unwrap_err();
    assert!(matches!(&fewer, StoreError::Conflict { path } if path.ends_with("result.json")), "{fewer}");
    assert_holds_files(&entry);

    writer.withdraw().unwrap();
    assert_eq!(entry.state().unwrap(), State::Missing);
    writer.publish(&borrowed(&other)).unwrap();
    assert_eq!(entry.read("result.json").unwrap().unwrap(), other[0].1);
}

#[test]
fn files_without_done_are_a_missing_entry() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    std::fs::remove_file(entry.path().join("DONE")).unwrap();

    assert_eq!(entry.state().unwrap(), State::Missing);
    assert_eq!(entry.read("result.json").unwrap(), None);
    publish_files(&entry).unwrap();
    assert_holds_files(&entry);
}

#[test]
fn a_name_listed_twice_is_refused_before_anything_is_written() {
    let (_folder, store) = temporary_store();
    let writer = store.entry("cells", &address("a")).unwrap().lock().unwrap();
    let refused = writer.publish(&[("a.json", b"1"), ("a.json", b"2")]).unwrap_err();
    assert!(matches!(refused, StoreError::Twice { .. }), "{refused}");
    assert!(!writer.path().exists());
}

#[test]
fn files_put_aside_live_beside_the_published_ones() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let writer = entry.lock().unwrap();
    writer.put_aside("checkpoint.bin", b"step 17").unwrap();
    writer.put_aside("checkpoint.bin", b"step 18").unwrap();
    assert_eq!(entry.state().unwrap(), State::Missing);
    assert_eq!(entry.read_aside("checkpoint.bin").unwrap().unwrap(), b"step 18");

    writer.publish(&borrowed(&files())).unwrap();
    writer.remove_aside("checkpoint.bin").unwrap();
    writer.remove_aside("checkpoint.bin").unwrap();
    writer.put_aside("timing.json", b"{}\n").unwrap();
    assert_holds_files(&entry);
    assert_eq!(entry.read_aside("checkpoint.bin").unwrap(), None);
    assert_eq!(entry.read("timing.json").unwrap(), None, "nothing vouches for it");
}

#[test]
fn a_published_file_cannot_be_changed_from_aside() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    let writer = entry.lock().unwrap();
    assert!(matches!(writer.put_aside("result.json", b"x"), Err(StoreError::Published { .. })));
    assert!(matches!(writer.remove_aside("result.json"), Err(StoreError::Published { .. })));
    assert_holds_files(&entry);
}

#[test]
fn the_lock_sweeps_what_a_dead_writer_left() {
    let (folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    publish_files(&entry).unwrap();
    std::fs::write(entry.path().join(".tmp-result.json"), b"{\"gt").unwrap();
    std::fs::write(store.root().join(".tmp-manifest.json"), b"{\"ro").unwrap();
    assert_eq!(temporaries(folder.path()).len(), 2);

    drop(entry.lock().unwrap());
    store.write_document("summary.json", b"{}\n").unwrap();
    assert_eq!(temporaries(folder.path()), Vec::<std::path::PathBuf>::new());
    assert_holds_files(&entry);
}

#[test]
fn what_a_failed_clean_up_left_is_no_obstacle_to_the_same_writer() {
    let (folder, store) = temporary_store();
    let writer = store.entry("cells", &address("a")).unwrap().lock().unwrap();
    writer.put_aside("log.txt", b"first").unwrap();
    for name in ["DONE", "log.txt", "result.json"] {
        std::fs::write(writer.path().join(format!(".tmp-{name}")), b"half").unwrap();
    }
    writer.put_aside("log.txt", b"second").unwrap();
    writer.publish(&borrowed(&files())).unwrap();
    assert_eq!(temporaries(folder.path()), Vec::<std::path::PathBuf>::new());
    assert_holds_files(&writer);
}

#[test]
fn a_whole_entry_under_another_address_is_not_taken_for_it() {
    let (_folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let other = store.entry("cells", &address("b")).unwrap();
    publish_files(&entry).unwrap();
    std::fs::rename(entry.path(), other.path()).unwrap();

    let State::Corrupt { path, what } = other.state().unwrap() else { panic!("taken for sound") };
    assert!(path.ends_with("DONE"));
    assert!(matches!(what, Flaw::Elsewhere { .. }), "{what}");
    publish_files(&other).unwrap();
    assert_holds_files(&other);
}
