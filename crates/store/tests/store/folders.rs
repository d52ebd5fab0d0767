//! The store's folder: runs, documents, and links that are not followed.

use std::sync::Arc;

use misgen_store::{RealFs, Store, StoreError};

use super::{address, create, publish_files, temporary_store};

#[test]
fn a_run_lies_under_its_name_and_digest() {
    let folder = tempfile::tempdir().unwrap();
    let runs = folder.path().join("results").join("runs");
    let digest = address("suite");
    let run = Store::create_run(Arc::new(RealFs), &runs, "toy", &digest).unwrap();
    assert_eq!(run.root(), runs.join(format!("toy-{}", digest.short())));
    run.write_document("manifest.json", b"{}\n").unwrap();

    let again = Store::create_run(Arc::new(RealFs), &runs, "toy", &digest).unwrap();
    assert_eq!(again.read_document("manifest.json").unwrap().unwrap(), b"{}\n");
    let refused = Store::create_run(Arc::new(RealFs), &runs, "../toy", &digest).unwrap_err();
    assert!(matches!(refused, StoreError::Name { .. }), "{refused}");
}

#[test]
fn opening_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert!(matches!(Store::open(Arc::new(RealFs), &missing), Err(StoreError::NotAFolder { .. })));
    assert!(!missing.exists());
    std::fs::write(&missing, b"a file").unwrap();
    assert!(matches!(Store::open(Arc::new(RealFs), &missing), Err(StoreError::NotAFolder { .. })));
    assert!(matches!(create(Arc::new(RealFs), &missing), Err(StoreError::NotAFolder { .. })));

    let store = Store::open(Arc::new(RealFs), folder.path()).unwrap();
    assert_eq!(store.addresses("cells").unwrap(), []);
    assert_eq!(store.entry("cells", &address("a")).unwrap().files().unwrap(), None);
    assert_eq!(store.read_document("summary.json").unwrap(), None);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn documents_are_replaced_and_read_back() {
    let (_folder, store) = temporary_store();
    store.write_document("summary.json", b"{\"rows\":[1]}\n").unwrap();
    store.write_document("summary.json", b"{}\n").unwrap();
    assert_eq!(store.read_document("summary.json").unwrap().unwrap(), b"{}\n");
}

#[test]
fn all_entries_of_a_kind_are_listed_in_order() {
    let (_folder, store) = temporary_store();
    let mut expected: Vec<_> = ["a", "b", "c", "d"].map(address).to_vec();
    for address in &expected {
        publish_files(&store.entry("cells", address).unwrap()).unwrap();
    }
    expected.sort();
    assert_eq!(store.addresses("cells").unwrap(), expected);
    assert_eq!(store.addresses("pools").unwrap(), []);
}

#[test]
fn a_file_too_large_to_be_accepted_is_refused_before_it_is_read() {
    let (_folder, store) = temporary_store();
    let path = store.root().join("summary.json");
    // Sparse: it takes no room on the disk.
    std::fs::File::create(&path).unwrap().set_len(misgen_store::MAX_FILE_BYTES + 1).unwrap();
    let refused = store.read_document("summary.json").unwrap_err();
    assert!(matches!(refused, StoreError::TooLarge { .. }), "{refused}");
    assert!(matches!(misgen_store::Fs::read(&RealFs, &path, 1000), Err(error)
        if error.kind() == std::io::ErrorKind::FileTooLarge));
}

#[cfg(unix)]
#[test]
fn links_are_refused_wherever_a_folder_of_the_store_belongs() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside");
    let link = folder.path().join("link");
    std::fs::create_dir(&outside).unwrap();
    symlink(&outside, &link).unwrap();
    let refused = |result: Result<(), StoreError>, what: &str| {
        let error = result.expect_err(what);
        assert!(matches!(error, StoreError::Link { .. }), "{what}: {error}");
    };
    let fs = || Arc::new(RealFs);

    refused(Store::open(fs(), &link).map(drop), "root");
    refused(create(fs(), &link).map(drop), "root");
    refused(Store::create(fs(), link.join("")).map(drop), "root with a separator at the end");
    refused(Store::create(fs(), link.join(".")).map(drop), "root with a dot at the end");
    refused(Store::create_run(fs(), &link, "toy", &address("a")).map(drop), "the folder of runs");
    let run = folder.path().join(format!("toy-{}", address("a").short()));
    symlink(&outside, &run).unwrap();
    refused(Store::create_run(fs(), folder.path(), "toy", &address("a")).map(drop), "the run");

    let store = create(fs(), &folder.path().join("store")).unwrap();
    symlink(&outside, store.root().join("cells")).unwrap();
    let entry = store.entry("cells", &address("a")).unwrap();
    refused(entry.lock().map(drop), "kind");
    refused(entry.try_lock().map(drop), "kind");
    refused(entry.state().map(drop), "kind");
    refused(store.addresses("cells").map(drop), "kind");

    let entry = store.entry("pools", &address("a")).unwrap();
    drop(entry.lock().unwrap());
    symlink(&outside, entry.path()).unwrap();
    refused(publish_files(&entry), "entry");
    refused(entry.state().map(drop), "entry");

    let locked = store.entry("pools", &address("b")).unwrap();
    symlink(outside.join("lock"), store.root().join("pools").join(format!("{}.lock", address("b")))).unwrap();
    refused(locked.lock().map(drop), "lock");
    symlink(outside.join("lock"), store.root().join(".lock")).unwrap();
    refused(store.write_document("summary.json", b"x"), "lock of documents");
    symlink(outside.join("x"), store.root().join("manifest.json")).unwrap();
    refused(store.read_document("manifest.json").map(drop), "document");

    assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0, "something was written through a link");
}

#[cfg(unix)]
#[test]
fn a_relative_path_is_refused_for_a_link_anywhere_in_it() {
    // The working folder belongs to all tests at once, so a relative way to the link is spelt out.
    let folder = tempfile::tempdir_in(".").unwrap();
    let name = std::path::Path::new(folder.path().file_name().unwrap());
    std::fs::create_dir(folder.path().join("outside")).unwrap();
    std::os::unix::fs::symlink("outside", folder.path().join("results")).unwrap();

    let through = name.join("results").join("runs");
    let refused = Store::create_run(Arc::new(RealFs), &through, "toy", &address("a")).unwrap_err();
    assert!(matches!(&refused, StoreError::Link { path } if path.ends_with("results")), "{refused}");
    let around = name.join("outside").join("runs");
    Store::create_run(Arc::new(RealFs), &around, "toy", &address("a")).unwrap();
}
