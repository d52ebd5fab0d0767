//! Files and layers as a user meets them: `misgen validate`, `misgen schema`, `extends`, variables, what is left on disk.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod root;

use assert_cmd::cargo::cargo_bin;
use root::root;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A suite without learners, so that running it takes a second.
const SUITE: &str = r#"
name = "tiny"
seeds = 2
levels = 24

[[worlds]]
family = "corner"
shifts = ["cheese-anywhere"]

[references]
scripted = ["random", "pursuers"]
"#;

/// A folder with `suite.toml` and others.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("suite.toml", SUITE)].iter().chain(files) {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn misgen(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("misgen"));
    command.current_dir(folder).args(args).env("CI", "true").stdin(Stdio::null());
    command
}

fn output(folder: &Path, args: &[&str]) -> Output {
    misgen(folder, args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Every path below a folder.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let inner: Vec<PathBuf> = all.iter().filter(|path| path.is_dir()).flat_map(|path| listing(path)).collect();
    all.extend(inner);
    all.sort();
    all
}

/// The folder that a run would have, which tells its digest.
fn planned(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = misgen(folder, &["run", "--dry-run"]);
    let output = command.args(args).envs(variables.iter().copied()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn good_files_are_named_with_what_they_are() {
    let folder = folder(&[
        ("agent.toml", "lr = 1e-3\nframes = 8192\n"),
        ("bases/agent.toml", "lr = 1e-3\n"),
        ("extending.toml", "extends = \"suite.toml\"\n"),
        ("extending-agent.toml", "extends = \"bases/agent.toml\"\n"),
    ]);
    let before = listing(folder.path());
    let files = ["suite.toml", "agent.toml", "extending.toml", "extending-agent.toml"];
    let said = output(folder.path(), &[&["validate"], &files[..]].concat());
    assert!(said.status.success(), "{}", text(&said.stderr));
    assert_eq!(
        text(&said.stdout),
        "ok: suite.toml: suite tiny, 1 world, 4 cells\n\
         ok: agent.toml: agent's settings, 8192 frames in 2 updates\n\
         ok: extending.toml: suite tiny, 1 world, 4 cells\n\
         ok: extending-agent.toml: agent's settings, 300000 frames in 74 updates\n"
    );
    assert_eq!(listing(folder.path()), before, "something was created");
    let json: Value =
        serde_json::from_slice(&output(folder.path(), &["validate", "suite.toml", "--json"]).stdout).unwrap();
    assert_eq!(json["files"][0]["cells"], 4);
}

#[test]
fn every_error_of_every_file_is_reported_and_nothing_created() {
    let folder = folder(&[
        ("first.toml", "name = \"x\"\nseeds = 0\nlevels = 0\n[[worlds]]\nfamily = \"cornr\"\n"),
        ("agent.toml", "lr = nan\nhidden = [0]\n"),
        ("top.toml", "extends = \"base/below.toml\"\nlevels = 7\n"),
        (
            "base/below.toml",
            "name = \"x\"\nseeds = -3\nworlds = [{ family = \"corner\" }]\nagents = [{ name = \"a\", config = \"no.toml\" }]\n",
        ),
        ("neither.toml", "colour = 3\n"),
        ("empty.toml", ""),
    ]);
    let before = listing(folder.path());
    let files =
        ["first.toml", "suite.toml", "agent.toml", "top.toml", "neither.toml", "empty.toml", "siute.toml", "base"];
    let said = output(folder.path(), &[&["validate"], &files[..]].concat());
    assert_eq!(said.status.code(), Some(2));
    assert_eq!(text(&said.stdout), "ok: suite.toml: suite tiny, 1 world, 4 cells\n");
    let stderr = text(&said.stderr);
    let errors: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    let expected = [
        "first.toml:1:1: found neither agents nor references",
        "first.toml:2:9: seeds: found the integer 0, expected an integer from 1 to 1000",
        "first.toml:3:10: levels: found the integer 0",
        "first.toml:5:10: worlds[0].family: found the unknown family `cornr`",
        "agent.toml:1:6: lr: found nan, expected a finite number above 0 and at most 1",
        "agent.toml:2:11: hidden[0]: found the integer 0, expected an integer from 1 to 4096",
        "base/below.toml:2:9: seeds: found the integer -3",
        "base/below.toml:4:34: agents[0].config: found \"base/no.toml\", which is no file",
        "neither.toml:1:1: found no field that tells what the file is, expected a suite",
        "empty.toml:1:1: found no field that tells what the file is",
        "siute.toml:1:1: found no file, expected a TOML file; did you mean `suite.toml`?",
        "base:1:1: found a folder, expected a TOML file",
    ];
    assert_eq!(errors.len(), expected.len(), "{stderr}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.starts_with(expected), "{error}\n  expected\n{expected}");
    }

    let said = output(folder.path(), &["validate", "first.toml", "suite.toml", "--json", "--set", "seeds=x"]);
    assert_eq!((said.status.code(), said.stderr.len()), (Some(2), 0));
    let json: Value = serde_json::from_slice(&said.stdout).unwrap();
    let [first, second] = [0, 1].map(|i| &json["files"][i]);
    assert_eq!((&first["file"], &first["ok"], &second["ok"]), (&"first.toml".into(), &false.into(), &false.into()));
    let family = &first["findings"].as_array().unwrap().iter().find(|f| f["field"] == "worlds[0].family").unwrap();
    assert_eq!((&family["line"], &family["column"], &family["nearest"]), (&5.into(), &10.into(), &"corner".into()));
    assert_eq!(second["findings"][0]["layer"], "seeds=x");
    assert_eq!(second["findings"][0]["line"], Value::Null);
    assert_eq!(listing(folder.path()), before, "something was created");
}

#[test]
fn a_run_with_a_bad_config_creates_nothing() {
    let bad_base = ("bad.toml", "extends = \"base.toml\"\n");
    let folder = folder(&[bad_base, ("base.toml", "seeds = 0\n"), ("circle.toml", "extends = \"circle.toml\"\n")]);
    fs::write(folder.path().join("bytes.toml"), b"name = \"\xff\"\n").unwrap();
    let before = listing(folder.path());
    for (args, variable, expected) in [
        (&["bad.toml"][..], None, "base.toml:1:9: seeds"),
        (&["circle.toml"], None, "circle.toml:1:11: extends: found a circle (circle.toml → circle.toml)"),
        (&["bytes.toml"], None, "bytes.toml:1:9: found the byte 0xff, expected UTF-8 text"),
        (&["."], None, "found a folder"),
        (&["suit.toml"], None, "did you mean `suite.toml`?"),
        (&["suite.toml", "--set", "seeds=nan"], None, "override `seeds=nan`"),
        (&["suite.toml"], Some(("MISGEN__SEDS", "3")), "variable `MISGEN__SEDS=3`: found the unknown field `seds`"),
        (&["suite.toml"], Some(("MISGEN__SEEDS", "0")), "variable `MISGEN__SEEDS=0`: seeds: found the integer 0"),
        (&["suite.toml"], Some(("MISGEN__WORLDS__3__FRAMES", "9")), "expected an index of `worlds`, from 0 to 0"),
    ] {
        let mut command = misgen(folder.path(), &["run", "--out", "runs"]);
        let said = command.args(args).envs(variable).output().unwrap();
        let stderr = text(&said.stderr);
        assert_eq!(said.status.code(), Some(2), "{args:?} {variable:?}: {stderr}");
        assert!(stderr.contains(expected), "{args:?} {variable:?}: {stderr}");
        assert_eq!(listing(folder.path()), before, "{args:?} {variable:?}: something was created");
    }
}

#[test]
fn training_by_hand_with_a_bad_config_creates_nothing() {
    let folder = folder(&[("agent.toml", "extends = \"below.toml\"\nclip = 0.1\n"), ("below.toml", "lr = nan\n")]);
    let before = listing(folder.path());
    let args = ["train", "corner", "--agent", "agent.toml", "--out", "checkpoint", "--set", "lanes=0"];
    // Variables are layers of suites: this one is none of the agent's business.
    let said = misgen(folder.path(), &args).env("MISGEN__SEEDS", "0").output().unwrap();
    let stderr = text(&said.stderr);
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(
        errors,
        [
            "error: below.toml:1:6: lr: found nan, expected a finite number above 0 and at most 1",
            "error: override `lanes=0`: lanes: found the integer 0, expected an integer from 1 to 4096",
        ]
    );
    assert_eq!((said.status.code(), listing(folder.path())), (Some(2), before));
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let folder = folder(&[]);
    let value = std::ffi::OsStr::from_bytes(b"\xff");
    let said = misgen(folder.path(), &["run", "suite.toml"]).env("MISGEN__NAME", value).output().unwrap();
    assert_eq!(said.status.code(), Some(2));
    assert!(text(&said.stderr).contains("variable MISGEN__NAME: found bytes that are not UTF-8"), "{said:?}");
    // Other variables are nobody's business here.
    let said = misgen(folder.path(), &["validate", "suite.toml"]).env("OTHER", value).output().unwrap();
    assert!(said.status.success(), "{}", text(&said.stderr));
}

#[test]
fn a_run_by_layers_is_the_run_of_one_file_that_says_it_all() {
    let folder = folder(&[
        (
            "all.toml",
            &SUITE.replace("seeds = 2", "seeds = 4").replace("levels = 24", "levels = 16").replace("tiny", "top"),
        ),
        ("base/tiny.toml", SUITE),
        ("top.toml", "extends = \"base/tiny.toml\"\nname = \"top\"\nseeds = 3\nlevels = 1\n"),
    ]);
    let folder = folder.path();
    let expected = planned(folder, &["all.toml"], &[]);
    let variables = [("MISGEN__SEEDS", "4"), ("MISGEN__LEVELS", "2")];
    assert_eq!(planned(folder, &["top.toml", "--set", "levels=16"], &variables), expected);
    assert_ne!(planned(folder, &["top.toml"], &[]), expected);
    // A flag's own variable has one underscore and is no layer.
    assert_eq!(planned(folder, &["all.toml"], &[("MISGEN_JOBS", "1")]), expected);
}

#[test]
fn the_resolved_config_is_beside_the_results_and_gives_the_same_run() {
    let folder = folder(&[("top.toml", "extends = \"suite.toml\"\nname = \"top\"\nseeds = 3\n")]);
    let folder = folder.path();
    let args = ["run", "top.toml", "--out", "runs", "--set", "worlds.0.knobs.size=7"];
    let said = misgen(folder, &args).env("MISGEN__LEVELS", "16").output().unwrap();
    assert!(said.status.success(), "{}", text(&said.stderr));
    let runs: Vec<PathBuf> = fs::read_dir(folder.join("runs")).unwrap().map(|e| e.unwrap().path()).collect();
    let run = runs.iter().find(|path| path.is_dir()).unwrap();
    let name = run.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("top-"), "{name}");
    let overrides = fs::read_to_string(run.join("overrides.txt")).unwrap();
    assert_eq!(overrides, "MISGEN__LEVELS=16\nworlds.0.knobs.size=7\n");
    // The resolved file needs none of the others.
    fs::remove_file(folder.join("suite.toml")).unwrap();
    let resolved = run.join("config.resolved.toml");
    let again = planned(folder, &[resolved.to_str().unwrap()], &[]);
    assert!(again.contains(name), "{again} is another run than {name}");

    // The schemas of results name the fields that results have.
    let result = listing(&run.join("cells")).into_iter().find(|path| path.ends_with("result.json")).unwrap();
    for (of, file) in [("record", result), ("summary", run.join("summary.json"))] {
        let schema: Value = serde_json::from_slice(&output(folder, &["schema", of]).stdout).unwrap();
        let document: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
        let row = schema["properties"]["rows"]["items"]["$ref"].as_str().unwrap();
        for (object, schema) in [(&document, &schema), (&document["rows"][0], schema.pointer(&row[1..]).unwrap())] {
            let fields = object.as_object().unwrap();
            let properties = schema["properties"].as_object().unwrap();
            assert!(fields.keys().all(|field| properties.contains_key(field)), "{of}: {:?}", fields.keys());
            // A run of one family has nothing to say across families, and one without a ladder nothing about severity.
            let mut missing = properties.keys().filter(|field| !fields.contains_key(*field));
            assert!(missing.all(|field| field == "across" || field == "severity"), "{of}: {:?}", fields.keys());
            assert!(properties.values().all(|property| property["description"].is_string()), "{of}");
        }
    }
}

/// `INSTA_UPDATE=always` writes them anew.
#[test]
fn the_committed_schemas_are_those_that_are_printed() {
    for (of, file) in [("suite", "suite"), ("agent", "agent"), ("protocol", "agent-protocol")] {
        let printed = output(&root(), &["schema", of]);
        assert!(printed.status.success(), "{}", text(&printed.stderr));
        let path = root().join(format!("docs/schema/{file}.json"));
        if std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always") {
            fs::write(&path, &printed.stdout).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        let hint = "INSTA_UPDATE=always cargo test -p misgen-cli --test config";
        assert!(committed == text(&printed.stdout), "{} is not what is printed; {hint}", path.display());
        assert!(committed.contains(&format!("\"$id\": \"urn:misgen:schema:{of}\"")));
    }
}

#[test]
fn files_that_ship_name_their_schema() {
    let configs = root().join("configs");
    let all = listing(&configs).into_iter().filter(|path| path.extension().is_some_and(|end| end == "toml"));
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let schema = text.lines().next().unwrap().strip_prefix("#:schema ").unwrap_or_else(|| panic!("{path:?}"));
        assert!(path.parent().unwrap().join(schema).exists(), "{path:?}: {schema}");
    }
}

#[test]
fn what_is_drawn_of_a_file_is_short_and_harmless() {
    let long = "x".repeat(50_000);
    let folder = folder(&[
        ("long.toml", &format!("name = \"a\"\nseeds = 0 # {long}\n")),
        ("evil.toml", "name = \u{1b}[31m\u{202e}\n"),
    ]);
    let said = output(folder.path(), &["validate", "long.toml"]);
    let stderr = text(&said.stderr);
    assert!(stderr.contains("long.toml:2:9") && stderr.len() < 4_000, "{} bytes", stderr.len());
    // Forced, or the stream would take the terminal's own sequences out.
    let said = misgen(folder.path(), &["validate", "evil.toml"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    let stderr = text(&said.stderr);
    assert!(stderr.contains("evil.toml:1:9") && stderr.contains("name = ?[31m"), "{stderr}");
    assert!(!stderr.contains('\u{1b}') && !stderr.contains('\u{202e}'), "{stderr:?}");
}
