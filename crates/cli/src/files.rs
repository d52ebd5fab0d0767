//! Single files that a command line names: summaries and baselines in, reports out.

use crate::failure::Failure;
use misgen_evaluate::exhibit::Exhibits;
use misgen_evaluate::matched::Timings;
use misgen_evaluate::record::{SCHEMA_VERSION, Summary};
use misgen_store::{Fs, Node, RealFs};
use serde::Deserialize;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The largest summary that is read, bytes.
const LARGEST_SUMMARY: u64 = 256 << 20;

/// The bytes of a file that the command line names, at most `limit` of them; `None` where nothing lies there.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Failure> {
    match RealFs.read(path, limit) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == ErrorKind::FileTooLarge => {
            Err(Failure::usage(format!("{}: more than {limit} bytes", path.display())))
        }
        Err(error) => Err(Failure::environment(format!("cannot read {}: {error}", path.display()))),
    }
}

/// Puts a file under its name in one step, or leaves what is there: it is written beside it, flushed and renamed. A file that
/// only passes bytes on (a pipe, `/dev/stdout`) is not replaced; such a path is refused, and so is a link.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: Error| Failure::environment(format!("cannot write {}: {error}", path.display()));
    match RealFs.inspect(path).map_err(failed)? {
        None | Some(Node::File { .. }) => {}
        Some(_) => return Err(Failure::usage(format!("{}: not a regular file", path.display()))),
    }
    let Some(name) = path.file_name() else {
        return Err(Failure::usage(format!("{}: expected the name of a file", path.display())));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = folder.join(format!(".tmp-{}-{}", std::process::id(), name.to_string_lossy()));
    let written = (|| {
        let mut file = RealFs.create(&temporary)?;
        file.write_all(bytes)?;
        file.sync()?;
        RealFs.rename(&temporary, path)?;
        RealFs.sync_folder(folder)
    })();
    if written.is_err() {
        // The first error is the one to tell.
        let _ = RealFs.remove_file(&temporary);
    }
    written.map_err(failed)
}

/// What lies at a path that the command line names; `None` where nothing does.
pub(crate) fn inspect(path: &Path) -> Result<Option<Node>, Failure> {
    RealFs.inspect(path).map_err(|error| Failure::environment(format!("cannot look at {}: {error}", path.display())))
}

/// What a summary says first.
#[derive(Deserialize)]
struct Head {
    schema_version: u32,
}

/// The summary of a run, by its folder or by the file itself. `None` where the run's folder has none yet.
pub(crate) fn summary(path: &Path) -> Result<Option<Summary>, Failure> {
    let file = match inspect(path)? {
        Some(Node::Folder) => path.join("summary.json"),
        Some(_) => path.to_owned(),
        None => return Err(Failure::usage(format!("no results at {}", path.display()))),
    };
    let Some(bytes) = read(&file, LARGEST_SUMMARY)? else { return Ok(None) };
    let wrong = |why: String| Failure::usage(format!("{} is not a summary: {why}", file.display()));
    let head: Head = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
    if head.schema_version != SCHEMA_VERSION {
        let found = head.schema_version;
        return Err(wrong(format!("schema_version is {found}; this program reads {SCHEMA_VERSION}")));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|e| wrong(e.to_string()))
}

/// The folder of a run, by itself or by its summary.
pub(crate) fn folder(path: &Path) -> PathBuf {
    match RealFs.inspect(path) {
        Ok(Some(Node::Folder)) => path.to_owned(),
        _ => path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned(),
    }
}

/// The exhibits in a file; `None` where there is none.
pub(crate) fn exhibits(file: &Path) -> Result<Option<Exhibits>, Failure> {
    let Some(bytes) = read(file, LARGEST_SUMMARY)? else { return Ok(None) };
    let wrong = |why: String| Failure::usage(format!("{} holds no exhibits: {why}", file.display()));
    let head: Head = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
    if head.schema_version != SCHEMA_VERSION {
        let found = head.schema_version;
        return Err(wrong(format!("schema_version is {found}; this program reads {SCHEMA_VERSION}")));
    }
    serde_json::from_slice(&bytes).map(Some).map_err(|e| wrong(e.to_string()))
}

/// The times of a run, by its folder or by its summary.
pub(crate) fn timings(path: &Path) -> Result<Timings, Failure> {
    let file = folder(path).join("timings.json");
    let bytes = read(&file, LARGEST_SUMMARY)?.ok_or_else(|| {
        Failure::usage(format!("no {}: the run does not say how long its learners trained", file.display()))
    })?;
    serde_json::from_slice(&bytes).map_err(|e| Failure::usage(format!("{} holds no times: {e}", file.display())))
}

/// As [`summary`]; a run that is not finished ends the command with exit code 3.
pub(crate) fn finished(path: &Path) -> Result<Option<Summary>, Failure> {
    let summary = summary(path)?;
    if summary.is_none() {
        anstream::eprintln!("{}: no summary.json; `misgen run` on its suite finishes the run", path.display());
    }
    Ok(summary)
}
