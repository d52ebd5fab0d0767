//! `misgen eval onnx:FILE`, with the feature that reads such files and without.

#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

use assert_cmd::Command;
use std::process::Output;

const NET: &str = concat!("onnx:", env!("CARGO_MANIFEST_DIR"), "/../agents/tests/onnx/planes.onnx");

fn misgen(args: &[&str]) -> Output {
    Command::cargo_bin("misgen").unwrap().args(args).env("CI", "true").output().unwrap()
}

#[cfg(not(feature = "onnx"))]
#[test]
fn a_build_without_the_feature_says_how_to_get_it() {
    let output = misgen(&["eval", NET, "--family", "bright"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("--features onnx"), "{said}");
}

#[cfg(feature = "onnx")]
mod with_the_feature {
    use super::{NET, Output, misgen};
    use serde_json::{Value, json};
    use std::path::Path;

    fn eval(agent: &str, more: &[&str]) -> Output {
        let shift = ["--shift", "patch-elsewhere", "--levels", "16"];
        misgen(&[&["eval", agent, "--family", "bright"], &shift[..], more].concat())
    }

    fn result(agent: &str) -> Value {
        let output = eval(agent, &["--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn refusal(agent: &str, more: &[&str]) -> String {
        let output = eval(agent, more);
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A copy of the net beside a card with these changes, as the command line names it.
    fn declared(folder: &Path, changes: &[(&str, Value)]) -> String {
        let mut card = json!({
            "schema_version": 1, "family": "bright-v0", "knobs": {}, "law_name": "aligned", "mix": 0.25, "seed": 3,
            "law": [{ "ties": { "ties": ["bound"] }, "weight": 1.0 }],
        });
        for (key, value) in changes {
            card[key] = value.clone();
        }
        std::fs::write(folder.join("net.training.json"), card.to_string()).unwrap();
        std::fs::copy(NET.trim_start_matches("onnx:"), folder.join("net.onnx")).unwrap();
        format!("onnx:{}", folder.join("net.onnx").display())
    }

    #[test]
    fn a_net_is_evaluated_and_what_it_declares_is_believed() {
        let plain = result(NET);
        assert_eq!(plain, result(NET), "the same command, the same result");
        assert_eq!(plain["rows"].as_array().unwrap().len(), 2);
        assert!(plain["s_train"].is_null() && plain["mix"].is_null(), "nothing is declared: {plain}");
        assert!(String::from_utf8(eval(NET, &[]).stdout).unwrap().contains("does not declare its training law"));

        let folder = tempfile::tempdir().unwrap();
        let with_card = result(&declared(folder.path(), &[]));
        assert_eq!(with_card["mix"], 0.25);
        assert!(with_card["s_train"].is_number() && with_card["s_id"].is_number(), "{with_card}");
        assert_eq!(with_card["rows"][1], plain["rows"][1], "a card changes nothing of what the net does");
    }

    #[test]
    fn what_does_not_fit_the_world_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let other = declared(folder.path(), &[("family", json!("corner-v0"))]);
        assert!(refusal(&other, &[]).contains("trained in corner-v0, not in bright-v0"));
        let larger = refusal(NET, &["--knob", "size=11"]);
        assert!(larger.contains("expected f32 [batch, 5, 11, 11]"), "{larger}");
        assert!(refusal("onnx:/no/such.onnx", &[]).contains("no file /no/such.onnx"));
        let text = folder.path().join("text.onnx");
        std::fs::write(&text, "not a model").unwrap();
        assert!(refusal(&format!("onnx:{}", text.display()), &[]).contains("not a model that can be read"));
    }
}
