//! Every registered family: levels go through ids and edited files, and damaged files are refused at a place.

mod common;

use misgen_core::{AnyFamily, GenerateError, LevelFile, LevelKey, Pool, ShiftSpec, Split, Ties};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

/// The first `count` levels of every shift, and of the training law, with the knobs that they stand under.
fn shifted(family: &dyn AnyFamily, count: u64) -> Vec<(String, Value, Box<dyn Pool>)> {
    let spec = family.spec();
    let shifts = spec.shifts.iter().map(ShiftSpec::from).map(|s| (s.name, s.ties, s.knobs));
    let training = ("training".to_owned(), Ties::all(spec.proxies(), misgen_core::Tie::Bound), json!({}));
    let make = |(name, ties, knobs): (String, Ties, Value)| {
        let mut levels = family.pool(&knobs).expect("declared knobs");
        for index in 0..count {
            levels.generate(0, Split::Eval, index, &ties).expect("a layout");
        }
        (format!("{} {name}", spec.name), knobs, levels)
    };
    shifts.chain([training]).map(make).collect()
}

#[test]
fn levels_come_back_through_their_files() {
    for family in REGISTRY.iter() {
        for (name, knobs, levels) in shifted(family, 20) {
            let mut copies = family.pool(&knobs).expect("declared knobs");
            for i in 0..levels.len() {
                let file = levels.text(i).to_file();
                let read = LevelFile::parse(&file).unwrap_or_else(|error| panic!("{name}: {error}\n{file}"));
                copies.push_text(&read.text).unwrap_or_else(|error| panic!("{name}: {error}\n{file}"));
                assert_eq!(copies.digest(i), levels.digest(i), "{name}:\n{file}");
            }
        }
    }
}

#[test]
fn levels_come_back_through_their_ids() {
    for family in REGISTRY.iter() {
        for (name, knobs, levels) in shifted(family, 20) {
            let mut copies = family.pool(&knobs).expect("declared knobs");
            for i in 0..levels.len() {
                let id = levels.key(i).expect("generated").to_string();
                copies.regenerate(&id.parse().expect("its own id")).expect("accepted before");
                assert_eq!(copies.digest(i), levels.digest(i), "{name} {id}");
            }
        }
    }
}

#[test]
fn an_id_of_a_refused_layout_says_so() {
    let mut tried = 0;
    for family in REGISTRY.iter() {
        let mut levels = family
            .pool(&common::knob(family, "density", if family.spec().name == "pause" { 0.2 } else { 0.4 }))
            .expect("in range");
        let ties = family.spec().reachable_ties()[0];
        for index in 0..200 {
            levels.generate(0, Split::Eval, index, &ties).expect("a layout");
        }
        let keys: Vec<LevelKey> = (0..levels.len()).map(|i| levels.key(i).expect("generated")).collect();
        // The first attempt at a level whose layout is a later attempt's was refused.
        let early = keys.iter().find(|key| key.attempt > 0).map(|key| LevelKey { attempt: 0, ..*key });
        let far = LevelKey { index: u64::MAX, ..keys[0] };
        for key in early.into_iter().chain([far]) {
            let error = levels.regenerate(&key).unwrap_err();
            assert!(matches!(error, GenerateError::Refused { .. }), "{error}");
            assert!(error.to_string().contains(&format!("`{key}`")), "{error}");
            tried += 1;
        }
        assert_eq!(levels.len(), keys.len(), "a refused level is not appended");
    }
    assert!(tried > REGISTRY.names().len() + 2, "no family refuses a layout at this density");
}

/// What a slip of the hand, or of the disk, puts in the place of a character.
const SLIPS: [&str; 10] = ["", ".", "#", "@", "%", "\n", "9", "é", "\0", "=-"];

#[test]
fn a_damaged_file_is_accepted_or_refused_at_a_place_in_it() {
    for family in REGISTRY.iter() {
        let (mut accepted, mut refused) = (0, 0);
        for (name, knobs, levels) in shifted(family, 1) {
            let file = levels.text(0).to_file();
            let letters: Vec<char> = file.chars().collect();
            for (i, slip) in (0..letters.len()).flat_map(|i| SLIPS.map(|slip| (i, slip))) {
                let damaged: String =
                    letters[..i].iter().collect::<String>() + slip + &letters[i + 1..].iter().collect::<String>();
                let mut copies = family.pool(&knobs).expect("declared knobs");
                let read = LevelFile::parse(&damaged);
                let pushed = read.and_then(|f| copies.push_text(&f.text).map_err(|error| f.place(error)));
                match pushed {
                    Ok(()) => {
                        accepted += 1;
                        // What is accepted can be written, read and played.
                        assert!(LevelFile::parse(&copies.text(0).to_file()).is_ok());
                        assert_eq!(copies.replay(0, &[0, 1, 2, 3, 3, 2], &[]).len(), 7);
                    }
                    Err(error) => {
                        refused += 1;
                        let line = damaged.split('\n').nth(error.line.wrapping_sub(1));
                        let line = line.unwrap_or_else(|| panic!("{name}: no such line: {error}\n{damaged}"));
                        let columns = 1..=line.chars().count() + 1;
                        assert!(columns.contains(&error.column), "{name}: no such column: {error}\n{damaged}");
                    }
                }
            }
        }
        assert!(accepted > 100 && refused > 100, "{}: {accepted} and {refused}", family.spec().name);
    }
}
