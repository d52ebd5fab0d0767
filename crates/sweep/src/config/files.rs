//! The files that a configuration names: other configurations that it extends, settings of agents.

use misgen_core::nearest;
use misgen_store::Fs;
use std::io::ErrorKind;
use std::path::Path;

/// The largest file that is read as configuration, bytes: a hundred times those that ship. A table of one field takes
/// some 20 times its text, so that a text of this size stays below 64 MiB of memory.
pub(crate) const LARGEST: usize = 128 << 10;

/// The most names of a folder that are compared with one that is not in it.
const MOST_NAMES: usize = 4096;

/// Reads a file that a configuration names. The name is relative to the folder of the file that the command was given;
/// back come the file's name in errors and its bytes.
pub type Read<'a> = dyn Fn(&str) -> Result<(String, Vec<u8>), Unread> + 'a;

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// What there is in its place: `no file`, `a folder`.
    pub reason: String,
    /// The name of a file that is there, in the folder of the missing one, and was probably meant.
    pub nearest: Option<String>,
}

impl From<&str> for Unread {
    fn from(reason: &str) -> Self {
        Self { reason: reason.to_owned(), nearest: None }
    }
}

/// The bytes of the file at `path`.
///
/// # Errors
/// Nothing there, something else there, more than a megabyte, or what the system says.
pub(crate) fn read_config(fs: &dyn Fs, path: &Path) -> Result<Vec<u8>, Unread> {
    fs.read(path, LARGEST as u64).map_err(|error| {
        let reason = match error.kind() {
            ErrorKind::NotFound => "no file".to_owned(),
            ErrorKind::IsADirectory => "a folder".to_owned(),
            ErrorKind::FileTooLarge => format!("a file of more than {LARGEST} bytes"),
            _ => format!("a file that cannot be read ({error})"),
        };
        let nearest = (error.kind() == ErrorKind::NotFound).then(|| neighbour(fs, path)).flatten();
        Unread { reason, nearest }
    })
}

/// The file beside `path` that was probably meant.
fn neighbour(fs: &dyn Fs, path: &Path) -> Option<String> {
    let missing = path.file_name()?.to_str()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let listed = fs.list(folder).ok()?.into_iter().take(MOST_NAMES).filter_map(|name| name.into_string().ok());
    let mut names: Vec<String> = listed.collect();
    names.sort_unstable();
    nearest(missing, names.iter().map(String::as_str)).map(str::to_owned)
}

impl Unread {
    /// The path that was probably meant by `written`.
    pub(crate) fn meant(&self, written: &str) -> Option<String> {
        let near = self.nearest.as_ref()?;
        Some(Path::new(written).with_file_name(near).display().to_string())
    }
}

/// `name` as the file called `file` wrote it: relative to that file's folder unless it is absolute.
pub(crate) fn beside(file: &str, name: &str) -> String {
    Path::new(file).parent().unwrap_or(Path::new("")).join(name).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use misgen_store::RealFs;

    #[test]
    fn names_are_relative_to_the_file_that_wrote_them() {
        assert_eq!(beside("suite.toml", "agents/a.toml"), "agents/a.toml");
        assert_eq!(beside("../base/b.toml", "a.toml"), "../base/a.toml");
        assert_eq!(beside("base/b.toml", "/etc/a.toml"), "/etc/a.toml");
    }

    #[test]
    fn what_is_in_the_way_is_said_and_what_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
        std::fs::write(path.join("quickstart.toml"), "").unwrap();
        let missing = read_config(&RealFs, &path.join("quikstart.toml")).unwrap_err();
        assert_eq!(missing, Unread { reason: "no file".into(), nearest: Some("quickstart.toml".into()) });
        assert_eq!(missing.meant("../quikstart.toml").as_deref(), Some("../quickstart.toml"));
        assert_eq!(read_config(&RealFs, &path.join("zzz")).unwrap_err(), "no file".into());
        assert_eq!(read_config(&RealFs, &path.join("zzz/y.toml")).unwrap_err(), "no file".into());
        assert_eq!(read_config(&RealFs, path).unwrap_err(), "a folder".into());
        assert_eq!(read_config(&RealFs, &path.join("quickstart.toml")), Ok(Vec::new()));
    }
}
