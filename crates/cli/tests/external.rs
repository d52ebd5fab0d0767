//! Agents that are programs, as a user evaluates them: the program's own checkpoints, the examples, and what goes wrong.

#![cfg(target_os = "linux")]
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Greets, once greeted.
const GREET: &str = r#"read -r hello; echo "{\"type\":\"hello\",\"protocol\":1,\"observations\":\"bits\"}"; "#;

fn misgen(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin("misgen"));
    command.current_dir(folder).args(args).env("CI", "true").stdin(Stdio::null());
    command
}

fn output(folder: &Path, args: &[&str]) -> Output {
    misgen(folder, args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn ok(folder: &Path, args: &[&str]) -> Vec<u8> {
    let output = output(folder, args);
    assert!(output.status.success(), "{args:?}: {}", text(&output.stderr));
    output.stdout
}

fn json(folder: &Path, args: &[&str]) -> Value {
    serde_json::from_slice(&ok(folder, args)).unwrap()
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/agents").join(name).canonicalize().unwrap()
}

/// A folder with a checkpoint called `agent`, trained for a moment.
fn trained(family: &str, set: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("ppo.toml"), "lanes = 16\nsteps = 32\nhidden = [16]\nframes = 4096\n").unwrap();
    let train = ["train", family, "--agent", "ppo.toml", "--mix", "0.5", "--out", "agent"];
    ok(folder.path(), &[&train[..], set].concat());
    folder
}

/// What eval says of the checkpoint, and of the checkpoint served.
fn both(folder: &Path, family: &str, args: &[&str]) -> [Vec<u8>; 2] {
    let served = format!("cmd:{} serve agent", cargo_bin("misgen").display());
    ["agent", &served].map(|agent| ok(folder, &[&["eval", agent, "--family", family, "--levels", "70"], args].concat()))
}

#[test]
fn an_agent_that_is_served_has_exactly_the_scores_that_it_has_here() {
    // A cell of one byte, and one of two; a net that remembers, lane by lane; and one without values.
    let (seed, few) = (&["--seed", "3"][..], &["--shift", "cheese-anywhere"][..]);
    for (family, set, args) in [
        ("corner", &[][..], seed),
        ("keys-chests", &[], &["--shift", "many-keys"]),
        ("corner", &["--set", "gru=8"], few),
        ("corner", &["--set", "algorithm={dqn={replay=1000, batch=32, updates=4}}"], few),
    ] {
        let folder = trained(family, set);
        let [here, served] = both(folder.path(), family, &[args, &["--json"]].concat());
        assert!(text(&here).contains("\"greedy\": {") && text(&here).contains("\"mix\": 0.5"), "{}", text(&here));
        assert_eq!(text(&here), text(&served), "{family}");
        let [here, served] = both(folder.path(), family, args);
        assert_eq!(text(&here), text(&served), "{family}");
    }
}

#[test]
fn attributions_films_and_files_play_a_served_agent_as_one_that_is_here() {
    let folder = trained("corner", &[]);
    let at = folder.path();
    let served = format!("cmd:{} serve agent", cargo_bin("misgen").display());
    let attributed = |agent: &str| {
        let mut found = json(at, &["attribute", agent, "--family", "corner", "--levels", "12", "--json"]);
        // What no message tells: what the last hidden layer holds.
        found["decodability"].take();
        found["why_null"].as_object_mut().unwrap().remove("decodability");
        found
    };
    assert_eq!(attributed("agent"), attributed(&served));
    for (name, agent) in [("here.gif", "agent"), ("served.gif", &served)] {
        ok(at, &["show", "corner", "--gif", name, "--agent", agent, "--greedy"]);
    }
    let frames = |name: &str| {
        let mut reader = gif::DecodeOptions::new().read_info(fs::File::open(at.join(name)).unwrap()).unwrap();
        let mut count = 0;
        while reader.read_next_frame().unwrap().is_some() {
            count += 1;
        }
        count
    };
    assert_eq!(frames("here.gif"), frames("served.gif"));
    let level = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets/levels/corner.txt");
    let level = level.to_str().unwrap();
    let played =
        |agent: &str| ok(at, &["eval", agent, "--family", "corner", "--file", level, "--levels", "9", "--json"]);
    assert_eq!(text(&played("agent")), text(&played(&served)));
}

#[test]
fn a_served_agent_refuses_what_it_was_not_made_for() {
    let folder = trained("corner", &[]);
    let serve = format!("{} serve agent", cargo_bin("misgen").display());
    for (agent, args, said) in [
        (serve.clone(), &["--family", "bright"][..], "the agent was trained in corner-v0, not in bright-v0"),
        (
            serve.clone() + " --family bright",
            &["--family", "corner"],
            "asked about corner-v0, but it serves in bright-v0 alone",
        ),
        (serve.clone(), &["--family", "corner", "--knob", "size=7"], "the net reads"),
        (serve.replace("agent", "scripted:random"), &["--family", "corner"], "expected a checkpoint folder"),
        (
            serve.replace("serve agent", "serve nowhere"),
            &["--family", "corner"],
            "`nowhere` cannot be served: expected a checkpoint folder",
        ),
    ] {
        let agent = format!("cmd:{agent}");
        let args = [&["eval", &agent, "--levels", "4"], args].concat();
        let output = output(folder.path(), &args);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("agent: error: ") && stderr.contains(said), "{args:?}: {stderr}");
        assert!(stderr.contains("exited with status 2 before it was told to"), "{stderr}");
    }
    let mut serve = misgen(folder.path(), &["serve", "agent"]);
    let mut child = serve.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"{\"type\":\"hello\",\"protocol\":7}\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    assert!(text(&output.stderr).contains("speaks version 7 of the protocol, expected 1"), "{}", text(&output.stderr));
}

/// Rows without what only misgen's own players have.
fn rows(result: &Value) -> Value {
    assert!(
        result["rows"].as_array().unwrap().iter().all(|row| row["greedy"].is_null()),
        "no probabilities, no greedy play"
    );
    result["rows"].clone()
}

#[test]
fn the_example_in_shell_is_uniformly_random_with_the_same_seed_and_episodes() {
    let folder = tempfile::tempdir().unwrap();
    let agent = format!("cmd:sh '{}'", example("random.sh").display());
    let args = ["--family", "corner", "--shift", "cheese-anywhere", "--levels", "32", "--seed", "5", "--json"];
    let random = json(folder.path(), &[&["eval", &agent], &args[..]].concat());
    assert_eq!(random["agent"], "random.sh");
    assert!(random["s_train"].is_null() && random["s_id"].is_null() && random["mix"].is_null(), "it declares nothing");
    // Both multiply the number that the lane's stream gives next by the number of actions.
    let scripted = json(folder.path(), &[&["eval", "scripted:random"], &args[..]].concat());
    assert_eq!(rows(&random), rows(&scripted));
}

/// Needs python3, which the test command does not: where there is none it says so and skips. `.ci/commands.py` runs the example too.
#[test]
fn the_example_in_python_walks_to_what_it_is_told_where_there_is_python() {
    if !Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        writeln!(std::io::stderr().lock(), "SKIPPED: the example in Python, because there is no python3").unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (channel, family, shift, goal) in
        [("cheese", "corner", "maze", 1.0), ("mark", "doorway", "target-elsewhere", 0.0)]
    {
        let agent = format!("cmd:python3 '{}' {channel}", example("greedy.py").display());
        let result =
            json(folder.path(), &["eval", &agent, "--family", family, "--shift", shift, "--levels", "16", "--json"]);
        assert_eq!(result["agent"], format!("greedy.py {channel}"));
        assert_eq!(rows(&result)[1]["outcomes"]["goal"], goal, "{result}");
    }
}

#[test]
fn the_examples_fit_on_a_screen() {
    for name in ["greedy.py", "random.sh"] {
        assert!(fs::read_to_string(example(name)).unwrap().lines().count() < 40, "{name}");
    }
}

#[test]
fn a_declared_training_law_gives_competence() {
    let folder = tempfile::tempdir().unwrap();
    let training = GREET.replace("\\\"bits\\\"", r#"\"bits\",\"training\":{\"law\":\"aligned\",\"mix\":0.25}"#);
    fs::write(
        folder.path().join("agent.sh"),
        training
            + r#"while read -r line; do case $line in *bye*) exit;; esac
                n=$(echo "$line" | tr "{" "\n" | grep -c lane); a=0; while [ $n -gt 1 ]; do a=$a,0; n=$((n-1)); done
                echo "{\"type\":\"actions\",\"actions\":[$a]}"; done"#,
    )
    .unwrap();
    let args = ["eval", "cmd:sh agent.sh", "--family", "corner", "--shift", "no-cheese", "--levels", "16"];
    let result = json(folder.path(), &[&args[..], &["--json"]].concat());
    assert_eq!((&result["agent"], result["mix"].as_f64()), (&"sh agent.sh".into(), Some(0.25)));
    assert!(result["s_id"].is_number() && result["s_train"].is_number(), "{result}");
    let said = text(&ok(folder.path(), &args));
    assert!(!said.contains("does not declare"), "{said}");
}

#[test]
fn whatever_goes_wrong_has_an_exit_code_a_sentence_and_the_agents_last_words() {
    let folder = tempfile::tempdir().unwrap();
    let last = "echo \"too bad \\033[31m\" >&2;";
    for (agent, code, said) in [
        (format!("sh -c '{GREET} {last} exit 5'"), 1, "exited with status 5 before it was told to"),
        (format!("sh -c '{last} exec sleep 600'"), 1, "gave no answer within the 1 s allowed and was ended"),
        (format!("sh -c '{last} echo hello; exec sleep 600'"), 1, "sent no JSON object"),
        (
            format!("sh -c '{GREET} {last} exec tr \"\\\\0\" x < /dev/zero'"),
            1,
            "sent a line of more than 1048576 bytes",
        ),
        ("nonesuch-program".into(), 2, "cannot be started: No such file or directory"),
        (String::new(), 2, "no program: expected `PROGRAM ARGS`"),
        ("sh 'x".into(), 2, "has nothing behind it"),
    ] {
        let agent = format!("cmd:{agent}");
        let args = ["eval", &agent, "--family", "corner", "--levels", "4", "--answer-time", "1s", "--json"];
        let output = output(folder.path(), &args);
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(code), 0), "{agent}: {stderr}");
        let error = stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_else(|| panic!("{stderr}"));
        assert!(error.contains(said), "{agent}: {error}");
        let words = stderr.contains("agent: too bad \\u{1b}[31m\n");
        assert_eq!(words, code == 1, "{agent}: {stderr}");
    }
}

#[test]
fn a_signal_ends_an_evaluation_and_its_agent() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = tempfile::tempdir().unwrap();
        let agent = format!("cmd:sh -c '{GREET} echo $$ > pid; trap \"\" INT TERM; while :; do sleep 1; done'");
        let args = ["eval", &agent, "--family", "corner", "--levels", "4"];
        let mut child = misgen(folder.path(), &args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let pid = folder.path().join("pid");
        let group = loop {
            match fs::read_to_string(&pid) {
                Ok(text) if text.ends_with('\n') => break text.trim().to_owned(),
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        let stat = fs::read_to_string(format!("/proc/{group}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    }
}

/// A suite of programs: one that plays, one that does something wrong, and a reference.
fn suite(folder: &Path, wrong: Option<&str>, version: &str) {
    fs::copy(example("random.sh"), folder.join("random.sh")).unwrap();
    let mut text = format!(
        r#"
name = "programs"
seeds = 2
levels = 16

[[worlds]]
family = "corner"
shifts = ["cheese-anywhere"]

[[agents]]
name = "plays"
command = "sh random.sh"
version = "{version}"
mix = [0.5]

[references]
scripted = ["random"]
"#
    );
    if let Some(wrong) = wrong {
        fs::write(folder.join("wrong.sh"), wrong).unwrap();
        text += "[[agents]]\nname = \"wrong\"\ncommand = \"sh wrong.sh\"\nversion = \"1\"\nmix = [0.0]\nseeds = 1\n";
    }
    fs::write(folder.join("suite.toml"), text).unwrap();
}

/// The one run of a folder, and the bytes of its complete cells and pools by address.
fn ran(folder: &Path) -> (PathBuf, std::collections::BTreeMap<PathBuf, Vec<u8>>) {
    let runs = fs::read_dir(folder.join("results/runs")).unwrap().map(|item| item.unwrap().path());
    let run = runs.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).unwrap();
    let mut bytes = std::collections::BTreeMap::new();
    let mut folders = vec![run.join("cells"), run.join("pools")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|item| item.unwrap().path()) {
            let aside = path.ends_with("timing.json") || path.ends_with("log.jsonl");
            match path.is_dir() {
                true => folders.push(path),
                false if !aside && path.parent().unwrap().join("DONE").exists() => {
                    drop(bytes.insert(path.strip_prefix(&run).unwrap().to_owned(), fs::read(&path).unwrap()));
                }
                false => {}
            }
        }
    }
    (run, bytes)
}

fn failures(run: &Path) -> Vec<Value> {
    serde_json::from_slice(&fs::read(run.join("failures.json")).unwrap()).unwrap()
}

#[test]
fn a_program_that_fails_fails_its_cell_and_touches_no_other() {
    let undisturbed = tempfile::tempdir().unwrap();
    suite(undisturbed.path(), None, "1");
    ok(undisturbed.path(), &["run", "suite.toml", "--strict"]);
    let (run, expected) = ran(undisturbed.path());
    let summary: Value = serde_json::from_slice(&fs::read(run.join("summary.json")).unwrap()).unwrap();
    let row =
        |agent: &str| summary["rows"].as_array().unwrap().iter().find(|row| row["agent"] == agent).unwrap().clone();
    assert_eq!((&row("plays")["mix"], &row("random")["mix"]), (&0.5.into(), &Value::Null));
    assert!(
        !text(&serde_json::to_vec(&summary["rows"]).unwrap()).contains("\"s_id\":null"),
        "its mix declares its law"
    );
    let own = r#"{\"type\":\"hello\",\"protocol\":1,\"observations\":\"bits\",\"training\":{\"law\":\"aligned\",\"mix\":0.25}}"#;
    for (wrong, kind, said) in [
        (format!("{GREET} read -r act; echo too bad >&2; exit 3"), "agent-exited", "exited with status 3 before"),
        ("echo too bad >&2; exec sleep 600".to_owned(), "agent-timeout", "gave no answer within the 1 s allowed"),
        ("echo too bad >&2; echo hello; exec sleep 600".to_owned(), "agent-protocol", "sent no JSON object"),
        (
            format!("{GREET} echo too bad >&2; tr '\\0' x < /dev/zero"),
            "agent-flood",
            "sent a line of more than 1048576 bytes",
        ),
        (
            format!("read -r hello; echo too bad >&2; echo \"{own}\"; read -r x"),
            "agent-protocol",
            "declares law `aligned` at mix 0.25",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        suite(folder.path(), Some(&wrong), "1");
        let output = output(folder.path(), &["run", "suite.toml", "--strict", "--answer-time", "1s"]);
        assert_eq!(output.status.code(), Some(1), "{wrong}: {}", text(&output.stderr));
        let (run, found) = ran(folder.path());
        let [failure] = &failures(&run)[..] else { panic!("{wrong}: one failure") };
        assert_eq!(
            (failure["kind"].as_str(), failure["stderr"].as_str()),
            (Some(kind), Some("too bad\n")),
            "{failure}"
        );
        assert!(failure["message"].as_str().unwrap().contains(said), "{failure}");
        assert_eq!(failure["label"], "sh wrong.sh in corner-v0 mix 0 seed 0");
        // The other agent's law is one more pool; what was there before is as it was.
        assert!(expected.iter().all(|(path, bytes)| found.get(path) == Some(bytes)), "{wrong}");
        assert_eq!(found.keys().filter(|path| path.ends_with("result.json")).count(), 4, "{wrong}");
    }
}

#[test]
fn the_version_of_a_program_is_part_of_its_addresses_and_of_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let cells = |version: &str| {
        suite(folder.path(), None, version);
        ok(folder.path(), &["run", "suite.toml", "--strict"]);
        let (_, bytes) = ran(folder.path());
        bytes.into_keys().filter(|path| path.ends_with("result.json")).collect::<std::collections::BTreeSet<_>>()
    };
    let (first, second) = (cells("1"), cells("2"));
    assert_eq!((first.len(), second.len(), first.intersection(&second).count()), (4, 4, 2));
}

/// Waits until a program that wrote its number into `pid` does not run any more.
fn gone(folder: &Path) {
    let group = fs::read_to_string(folder.join("pid")).unwrap();
    for _ in 0..1000 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", group.trim())).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the program of an ended cell runs on");
}

#[test]
fn a_cell_that_is_ended_takes_its_program_along() {
    let hangs = "echo $$ > pid; trap '' TERM INT; while :; do sleep 1; done";
    let folder = tempfile::tempdir().unwrap();
    suite(folder.path(), Some(hangs), "1");
    // Long enough for the other cells, whatever else the machine does.
    ok(folder.path(), &["run", "suite.toml", "--cell-time", "8s"]);
    let failed = failures(&ran(folder.path()).0);
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["kind"], "timed-out");
    gone(folder.path());
    // The engine is told to stop, and killed.
    for (signal, code) in [("INT", Some(130)), ("KILL", None)] {
        let folder = tempfile::tempdir().unwrap();
        suite(folder.path(), Some(hangs), "1");
        let mut child = misgen(folder.path(), &["run", "suite.toml"]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !fs::read_to_string(folder.path().join("pid")).is_ok_and(|pid| pid.ends_with('\n')) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), code);
        gone(folder.path());
    }
}
