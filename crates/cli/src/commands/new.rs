//! `misgen new`: the skeleton of a family.

use crate::args::NewFamilyArgs;
use crate::failure::Failure;
use crate::files;
use crate::output;
use misgen_core::Registry;
use misgen_store::{Fs, Node, RealFs};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// The skeleton, with `{{name}}`, `{{Name}}` and `{{home}}` (the crate of the shared helpers) to fill in.
const TEMPLATE: &str = include_str!("../../templates/family.rs.in");
/// Where misgen keeps its own families, from its root.
const FAMILIES: &str = "crates/families/src";
/// Files that the folder of misgen's own families holds: a file beside them finds the helpers in its own crate.
const HELPERS: &[&str] = &["lib.rs", "grid.rs", "map.rs", "palette.rs"];
/// The longest name.
const LONGEST: usize = 64;
/// Names of files and modules that mean something to Rust.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "lib", "loop", "macro", "main",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];
/// Crates that the skeleton imports, which a module of the name would hide.
const CRATES: &[&str] = &["misgen_core", "misgen_families", "schemars", "serde", "std", "core", "alloc"];
/// Types of the skeleton, which a family of the name would hide.
const TYPES: &[&str] = &[
    "Bits",
    "Place",
    "Fields",
    "Map",
    "Channel",
    "Cue",
    "Events",
    "Family",
    "Kind",
    "KnobError",
    "KnobValue",
    "Layout",
    "Room",
    "Ladder",
    "LevelError",
    "LevelText",
    "NamedLaw",
    "Rng",
    "Role",
    "Shift",
    "Step",
    "Tie",
    "Ties",
    "JsonSchema",
    "Deserialize",
    "Serialize",
    "Knobs",
    "Level",
    "State",
    "Self",
    "Default",
    "Result",
    "Option",
    "Some",
    "None",
    "Ok",
    "Err",
    "Clone",
    "Copy",
    "Debug",
    "Eq",
    "PartialEq",
    "Hash",
];

/// What follows from a family's name.
#[derive(Debug, PartialEq)]
struct Names {
    /// `two-doors`.
    family: String,
    /// `two_doors`, the module and its file.
    module: String,
    /// `TwoDoors`, the type.
    kind: String,
}

impl Names {
    fn of(name: &str) -> Result<Self, Failure> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) || name.len() > LONGEST {
            let expected = format!("[a-z][a-z0-9-]* of at most {LONGEST} characters");
            return Err(Failure::usage(format!("the name `{}`: expected {expected}", cut(name))));
        }
        let words: Vec<&str> = name.split('-').filter(|word| !word.is_empty()).collect();
        let module = words.join("_");
        let kind: String = words.iter().map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
        let means = match () {
            () if KEYWORDS.contains(&module.as_str()) => "a word of Rust's own",
            () if CRATES.contains(&module.as_str()) => "a crate's name",
            () if TYPES.contains(&kind.as_str()) => "the name of a type that families use",
            () => return Ok(Self { family: name.to_owned(), module, kind }),
        };
        Err(Failure::usage(format!("the name `{name}`: {means}; expected another")))
    }

    fn skeleton(&self, home: &str) -> String {
        TEMPLATE.replace("{{name}}", &self.family).replace("{{Name}}", &self.kind).replace("{{home}}", home)
    }
}

/// The beginning of a text that may be of any length.
fn cut(text: &str) -> String {
    if text.chars().count() > LONGEST { text.chars().take(LONGEST).chain(['…']).collect() } else { text.to_owned() }
}

pub(crate) fn family(args: &NewFamilyArgs, registry: Registry) -> Result<u8, Failure> {
    let names = Names::of(&args.name)?;
    if registry.get(&names.family).is_some() {
        return Err(Failure::usage(format!("the name `{}`: a family of this program has it", names.family)));
    }
    let is_folder = |path: &Path| matches!(RealFs.inspect(path), Ok(Some(Node::Folder)));
    let folder = match &args.out {
        Some(folder) => folder.clone(),
        None if is_folder(Path::new(FAMILIES)) => PathBuf::from(FAMILIES),
        None => PathBuf::from("."),
    };
    if !is_folder(&folder.join(".")) {
        return Err(Failure::usage(format!("{}: no such folder", folder.display())));
    }
    let is_file = |name: &&str| matches!(RealFs.inspect(&folder.join(name)), Ok(Some(Node::File { .. })));
    let own = HELPERS.iter().all(is_file);
    let path = folder.join(format!("{}.rs", names.module));
    if args.dry_run {
        free(&path)?;
        output::document(&format!("would write {}\n", path.display()))?;
        return Ok(0);
    }
    write(&folder, &path, names.skeleton(if own { "crate" } else { "misgen_families" }).as_bytes())?;
    output::document(&next(&names, &path, own))?;
    Ok(0)
}

fn taken(path: &Path) -> Failure {
    Failure::usage(format!("{}: something lies there already; nothing is overwritten", path.display()))
}

fn free(path: &Path) -> Result<(), Failure> {
    files::inspect(path)?.map_or(Ok(()), |_| Err(taken(path)))
}

/// Writes a file that is not there yet; half of one is taken away again.
fn write(folder: &Path, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: Error| Failure::environment(format!("cannot write {}: {error}", path.display()));
    let mut file = match RealFs.create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(taken(path)),
        created => created.map_err(failed)?,
    };
    let written = file.write_all(bytes).and_then(|()| file.sync()).and_then(|()| RealFs.sync_folder(folder));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = RealFs.remove_file(path);
    }
    written.map_err(failed)
}

/// What to do with the file.
fn next(names: &Names, path: &Path, own: bool) -> String {
    let Names { family, module, kind } = names;
    let registry = if own { "crates/families/src/lib.rs" } else { "the file that holds your registry" };
    let mut text = format!(
        "wrote {}\n\nTwo lines for {registry}, the second one in its list:\n\n    pub mod {module};\n    \
         &Of::<{module}::{kind}>::NEW,\n\nThen:\n\n    cargo run --release -- check {family}\n    \
         cargo run --release -- show {family} --shift marker-elsewhere\n    cargo run --release -- describe {family}\n",
        path.display()
    );
    if own {
        text += "\ndocs/extend.md says what else belongs to a family of misgen.\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_modules_and_types() {
        let names = Names::of("two-doors-2").unwrap();
        let expected = ("two-doors-2", "two_doors_2", "TwoDoors2");
        assert_eq!((&*names.family, &*names.module, &*names.kind), expected);
        assert_eq!(Names::of("a--b-").unwrap().module, "a_b");
        assert!(Names::of(&"a".repeat(64)).is_ok());
    }

    #[test]
    fn names_that_would_not_compile_are_refused() {
        let long = "a".repeat(65);
        for name in
            ["", "-a", "1a", "A", "a_b", "a.b", "../a", "é", "a b", "match", "self", "main", "level", "serde", &long]
        {
            assert!(matches!(Names::of(name), Err(Failure::Usage(_))), "{name}");
        }
    }

    #[test]
    fn every_type_that_the_skeleton_names_is_taken() {
        let code = |line: &&str| !line.trim_start().starts_with("//") && !line.contains("{{");
        // Texts of the family hold words too.
        let code: String = TEMPLATE.lines().filter(code).collect::<Vec<_>>().join("\n");
        let code: String = code.split('"').step_by(2).collect();
        let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
        let types =
            words.filter(|word| word.starts_with(|c: char| c.is_uppercase()) && word.chars().any(char::is_lowercase));
        // What stands behind a path needs no name of its own.
        let inner =
            ["Coincident", "Conflict", "Nuisance", "Bound", "Free", "Opposed", "Absent", "Twice", "Float", "Cell"];
        for name in types.filter(|name| !inner.contains(name)) {
            assert!(TYPES.contains(&name), "`{name}` is not in TYPES");
        }
    }

    #[test]
    fn a_skeleton_has_no_blanks_left() {
        for home in ["crate", "misgen_families"] {
            let text = Names::of("some-room").unwrap().skeleton(home);
            assert!(
                !text.contains("{{") && text.contains("struct SomeRoom;") && text.contains(&format!("use {home}::"))
            );
        }
    }
}
