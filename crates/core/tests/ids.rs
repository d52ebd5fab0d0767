//! Ids of levels and files of levels: what is written reads back, and nothing else is accepted.

use misgen_core::{LevelFile, LevelKey, LevelText, MAX_PROXIES, MAX_TRIES, Split, Tie, Ties};
use proptest::prelude::*;
use std::collections::BTreeMap;

const TIES: [Tie; 5] = [Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent, Tie::Twice];

fn keys() -> impl Strategy<Value = LevelKey> {
    let split = prop::sample::select(vec![Split::Train, Split::Eval, Split::Check]);
    let ties = prop::collection::vec(prop::sample::select(TIES.to_vec()), 0..=MAX_PROXIES);
    (split, any::<u64>(), any::<u64>(), 0..MAX_TRIES, ties, any::<u8>(), any::<bool>()).prop_map(
        |(split, seed, index, attempt, ties, flag, goal)| {
            let ties = Ties::new(&ties).with_flag(flag);
            LevelKey { split, seed, index, attempt, ties: if goal { ties } else { ties.without_goal() } }
        },
    )
}

fn texts() -> impl Strategy<Value = LevelText> {
    let rows = prop::collection::vec("[-.#@%a-z]{1,6}", 0..6);
    let fields = prop::collection::btree_map("[a-z][a-z0-9]{0,6}", "[a-z0-9,=#]{0,6}", 0..4);
    (rows, fields).prop_map(|(rows, fields)| LevelText { map: rows.join("\n"), fields })
}

proptest! {
    #[test]
    fn an_id_gives_its_key_back(key in keys()) {
        prop_assert_eq!(key.to_string().parse::<LevelKey>().unwrap(), key);
    }

    #[test]
    fn a_text_has_at_most_one_key_and_a_key_one_text(key in keys(), at in any::<prop::sample::Index>(), put in "[ -~é]?") {
        let id = key.to_string();
        let mut letters: Vec<String> = id.chars().map(String::from).collect();
        let at = at.index(letters.len());
        letters[at] = put;
        let changed = letters.concat();
        if let Ok(read) = changed.parse::<LevelKey>() {
            prop_assert_eq!(read.to_string(), changed);
        }
    }

    #[test]
    fn a_file_gives_its_text_back(text in texts()) {
        prop_assert_eq!(LevelFile::parse(&text.to_file()).unwrap().text, text.clone());
        let dos = text.to_file().replace('\n', "\r\n");
        prop_assert_eq!(LevelFile::parse(&dos).unwrap().text, text);
    }

    #[test]
    fn no_text_is_too_odd_for_an_error(text in any::<String>()) {
        let _ = text.parse::<LevelKey>();
        if let Err(error) = LevelFile::parse(&text) {
            let line = text.split('\n').nth(error.line - 1).expect("a line of the text");
            prop_assert!((1..=line.chars().count() + 1).contains(&error.column));
        }
    }
}

#[test]
fn an_id_is_as_documented() {
    let ties = Ties::new(&[Tie::Bound, Tie::Opposed]);
    let key = LevelKey { seed: 0, split: Split::Eval, index: 17, attempt: 2, ties };
    assert_eq!(key.to_string(), "eval/0/17/2/bound,opposed");
    let odd = LevelKey { ties: ties.with_flag(1).without_goal(), ..key };
    assert_eq!(odd.to_string(), "eval/0/17/2/bound,opposed+flag1+no-goal");
}

#[test]
fn a_wrong_id_says_what_is_wrong_with_it() {
    let long = format!("eval/{}", "9".repeat(10_000));
    for (id, expected) in [
        ("", "1 parts, expected 5"),
        ("eval/0/17/0", "4 parts, expected 5"),
        ("eval/0/17/0/bound/", "more parts, expected 5"),
        ("test/0/17/0/bound", "split `test`, expected train, eval or check"),
        ("eval/-1/17/0/bound", "seed `-1`, expected a whole number"),
        ("eval/+1/17/0/bound", "seed `+1`"),
        ("eval/0/017/0/bound", "index `017`"),
        ("eval/0/99999999999999999999/0/bound", "index `99999999999999999999`"),
        ("eval/0/17//bound", "attempt ``"),
        ("eval/0/17/1000/bound", "attempt 1000, expected less than 1000"),
        ("eval/0/17/0/bound,bond", "tie `bond`, expected bound, free, opposed, absent, twice"),
        ("eval/0/17/0/bound,bound,bound,bound,bound", "more than 4 ties"),
        ("eval/0/17/0/bound,", "tie ``"),
        ("eval/0/17/0/bound+flag0", "flag 0, which is left out"),
        ("eval/0/17/0/bound+flag256", "flag `256`"),
        ("eval/0/17/0/bound+no-goal+flag1", "`+flag1`, expected `+flagN`, then `+no-goal`"),
        ("eval/0/17/0/bound\n", "tie `bound\\n`"),
        (&long, "2 parts"),
    ] {
        let error = id.parse::<LevelKey>().unwrap_err().to_string();
        assert!(error.contains(expected), "{id:?}: {error}");
        assert!(error.len() < 400, "{error}");
    }
}

#[test]
fn a_file_with_a_wrong_line_says_which() {
    for (file, line, column, expected) in [
        ("..\n---\nroom 3\n", 3, 1, "found \"room 3\", expected `name = value`"),
        ("..\n---\n# note\n\n  = 3\n", 5, 3, "a value without a name"),
        ("..\n---\na = 1\n a = 2", 4, 2, "field \"a\" again, it stands on line 3"),
    ] {
        let error = LevelFile::parse(file).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{error}");
        assert!(error.reason.contains(expected), "{error}");
    }
    let large = "#".repeat(LevelFile::MAX_BYTES + 1);
    assert!(LevelFile::parse(&large).unwrap_err().reason.contains("expected at most 65536"));
    let odd = LevelText { map: "---\n---".into(), fields: BTreeMap::new() };
    assert_eq!(LevelFile::parse(&odd.to_file()).unwrap().text, odd);
}
