//! Promise 17: names cannot escape.

use misgen_store::{Address, StoreError, check_name};

use super::{address, borrowed, files, temporary_store};

fn hostile() -> Vec<String> {
    let mut names: Vec<String> = [
        "",
        ".",
        "..",
        "../x",
        "/etc/x",
        "a/b",
        "a\\b",
        "c:x",
        "a\0b",
        "a\u{202e}b",
        "а",
        "A",
        "DONE",
        ".lock",
        ".tmp-x",
        "-x",
        "_x",
        "a b",
        "a\n",
        "a*",
        "é",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("x".repeat(65));
    names.push("x".repeat(10_000));
    names
}

#[test]
fn plain_names_are_accepted() {
    for name in ["a", "0", "result.json", "train.csv", "corner-v0_x", "events.out.tfevents.1", &"x".repeat(64)] {
        check_name(name).unwrap();
    }
}

#[test]
fn hostile_names_are_refused_everywhere_and_nothing_is_written() {
    let (folder, store) = temporary_store();
    let entry = store.entry("cells", &address("a")).unwrap();
    let writer = entry.lock().unwrap();
    let listing = || {
        let mut found: Vec<_> = walk(folder.path());
        found.sort();
        found
    };
    let before = listing();
    for name in hostile() {
        let refusals = [
            check_name(&name).unwrap_err(),
            store.entry(&name, &address("a")).unwrap_err(),
            store.addresses(&name).unwrap_err(),
            store.write_document(&name, b"x").unwrap_err(),
            store.read_document(&name).unwrap_err(),
            writer.publish(&[("good.json", b"x"), (&name, b"x")]).unwrap_err(),
            writer.put_aside(&name, b"x").unwrap_err(),
            writer.remove_aside(&name).unwrap_err(),
            entry.read(&name).unwrap_err(),
            entry.read_aside(&name).unwrap_err(),
        ];
        for refusal in refusals {
            assert!(matches!(refusal, StoreError::Name { .. }), "{name:?}: {refusal}");
            let message = refusal.to_string();
            assert!(message.len() < 400 && !message.contains(['\0', '\u{202e}', '\n']), "{message:?}");
        }
    }
    assert_eq!(listing(), before);
    writer.publish(&borrowed(&files())).unwrap();
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        }
        found.push(path);
    }
    found
}

#[test]
fn an_address_is_64_lower_case_digits_and_nothing_else() {
    let address = address("a");
    let text = address.to_string();
    assert_eq!(text.len(), 64);
    assert!(text.starts_with(&address.short()) && address.short().len() == 12);
    assert_eq!(text.parse::<Address>().unwrap(), address);
    assert_eq!(serde_json::from_str::<Address>(&format!("\"{text}\"")).unwrap(), address);

    let hostile =
        [String::new(), text[1..].to_owned(), format!("{text}0"), text.to_uppercase(), text.replace('a', "g")];
    for wrong in hostile.iter().chain(&self::hostile()) {
        assert!(wrong.parse::<Address>().is_err(), "{wrong:?}");
        assert!(wrong.parse::<Address>().unwrap_err().to_string().len() < 600);
    }
}
