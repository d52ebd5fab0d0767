//! Levels of designs: what may differ between the assignments of one layout, and what may not.

use misgen_core::{AnyFamily, LevelText, Site};
use misgen_families::REGISTRY;
use serde_json::{Value, json};

const BOTH: [Site; 2] = [Site::A, Site::B];

fn sited() -> Vec<&'static dyn AnyFamily> {
    REGISTRY.iter().filter(|family| !family.spec().sited.is_empty()).collect()
}

/// The texts of a layout under all assignments of two cues, where it serves.
fn texts(family: &dyn AnyFamily, knobs: &Value, number: u64) -> Option<Vec<LevelText>> {
    let mut pool = family.pool(knobs).unwrap();
    let cells = BOTH.into_iter().flat_map(|one| BOTH.map(|other| [Some(one), Some(other)]));
    for at in cells {
        if !pool.assign(0, number, &at) {
            return None;
        }
    }
    Some((0..4).map(|i| pool.text(i)).collect())
}

/// Places of `glyph` in the map, (row, column).
fn places(text: &LevelText, glyph: char) -> Vec<(usize, usize)> {
    let rows = text.map.lines().enumerate();
    rows.flat_map(|(r, row)| row.chars().enumerate().filter(move |(_, c)| *c == glyph).map(move |(c, _)| (r, c)))
        .collect()
}

#[test]
fn assignments_of_a_layout_differ_and_keep_walls_and_start() {
    for family in sited() {
        let spec = family.spec();
        for knobs in [Value::Null, json!({ "density": 0.1 })] {
            let served: Vec<_> = (0..200).filter_map(|number| texts(family, &knobs, number)).collect();
            assert!(served.len() >= 100, "{}: {} of 200 layouts have sites", spec.name, served.len());
            for texts in &served {
                for text in texts {
                    assert_eq!(places(text, '#'), places(&texts[0], '#'), "{}", spec.name);
                    assert_eq!(places(text, '@'), places(&texts[0], '@'), "{}", spec.name);
                }
                let different: std::collections::BTreeSet<String> = texts.iter().map(|t| format!("{t:?}")).collect();
                assert_eq!(different.len(), 4, "{}: {texts:?}", spec.name);
            }
            let starts: std::collections::BTreeSet<String> = served.iter().map(|t| t[0].map.clone()).collect();
            assert!(starts.len() > 50, "{}: only {} different layouts", spec.name, starts.len());
        }
    }
}

#[test]
fn the_target_is_where_its_cue_is_put_and_a_is_the_upper_one() {
    for (name, glyph) in [("bright", 'X'), ("doorway", 'X')] {
        let family = REGISTRY.get(name).unwrap();
        let served: Vec<_> = (0..100).filter_map(|number| texts(family, &Value::Null, number)).collect();
        for texts in &served {
            let [aa, ab, ba, bb] = [0, 1, 2, 3].map(|i| places(&texts[i], glyph));
            assert!(aa == ab && ba == bb && aa != ba, "{name}: the target moves with its own site alone");
            // A patch's or a door's block lies higher, or as high and farther left; targets within may overlap by rows.
            let (start, free) = (places(&texts[0], '@')[0], |p: (usize, usize)| p);
            let far = |p: (usize, usize)| free(p).0.abs_diff(start.0) + p.1.abs_diff(start.1);
            if name == "bright" {
                assert_eq!(far(aa[0]), far(bb[0]), "an open room: both targets are equally far");
            }
        }
    }
}

#[test]
fn a_family_without_sites_has_no_such_level() {
    let corner = REGISTRY.get("corner").unwrap();
    let mut pool = corner.pool(&Value::Null).unwrap();
    assert!(!pool.assign(0, 0, &[]) && pool.is_empty());
}
