//! A file over the file that it extends: tables are merged field by field, lists and all other values replaced.

use super::files::{Read, beside};
use super::tree::{Data, parse};
use super::{ConfigError, Node};
use std::path::{Component, Path, PathBuf};

/// The field that names the file underneath.
pub(crate) const EXTENDS: &str = "extends";

/// The most files that may lie over one another.
const MOST: usize = 8;

/// `root` over the files that it extends, base first. `name` is its own name as `read` would be asked for it. Every value
/// keeps the place that it was written in.
///
/// # Errors
/// A name that is no text, a file that cannot be read, text that is not TOML, a circle, too many files.
pub(crate) fn extended(root: Node, name: &str, read: &Read<'_>) -> Result<Node, ConfigError> {
    let mut names = vec![name.to_owned()];
    let mut layers = vec![root];
    while let Some(field) = layers.last_mut().and_then(|top| top.take(EXTENDS)) {
        let refuse =
            |found: String, expected: &str| field.node.at.error(EXTENDS.to_owned(), found, expected.to_owned());
        let Data::Text(written) = &field.node.data else {
            return Err(refuse(field.node.data.describe(), "the path of a file, relative to this one"));
        };
        let base = beside(names.last().expect("the file itself"), written);
        let chain = |from: usize| {
            let files = layers[from..].iter().map(|layer| layer.at.origin.path()).chain([written.as_str()]);
            files.collect::<Vec<_>>().join(" → ")
        };
        if let Some(first) = names.iter().position(|seen| plain(seen) == plain(&base)) {
            return Err(refuse(format!("a circle ({})", chain(first)), "a chain of files that ends"));
        }
        if names.len() == MOST {
            return Err(refuse(format!("one file more ({})", chain(0)), &format!("a chain of at most {MOST} files")));
        }
        let (label, bytes) = read(&base).map_err(|unread| {
            let mut error = refuse(format!("{written:?}, which is {}", unread.reason), "the file to extend");
            error.nearest = unread.meant(written);
            error
        })?;
        let mut under = parse(&label, &bytes)?;
        rebase(&mut under, &base);
        layers.push(under);
        names.push(base);
    }
    let mut merged = layers.pop().expect("at least the file itself");
    while let Some(over) = layers.pop() {
        merged.overlay(&over);
        // What is missing is missing in the file that was asked for.
        merged.at = over.at;
    }
    Ok(merged)
}

/// Paths in a file that is extended are relative to it; written anew, they are relative to the file on top.
fn rebase(root: &mut Node, name: &str) {
    let agents = root.field_mut("agents").map(|agents| &mut agents.data);
    let Some(Data::List(agents)) = agents else { return };
    for agent in agents {
        if let Some(Node { data: Data::Text(path), .. }) = agent.field_mut("config") {
            *path = beside(name, path);
        }
    }
}

/// A path without `.` and, as far as names tell, without `..`.
fn plain(name: &str) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some_and(|last| last != "..") => drop(plain.pop()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_plain_name() {
        for (name, expected) in
            [("a.toml", "a.toml"), ("./b/../a.toml", "a.toml"), ("../x/../a.toml", "../a.toml"), ("../../a", "../../a")]
        {
            assert_eq!(plain(name), Path::new(expected), "{name}");
        }
    }
}
