//! What levels look like, three for every tie that laws and shifts can ask for; and that they never change.

mod common;

use common::{pool, render, ties_text, worlds};
use misgen_core::AnyFamily;
use misgen_families::REGISTRY;
use serde_json::Value;

fn looks(family: &dyn AnyFamily) -> String {
    let mut out = String::new();
    let mut seen = Vec::new();
    for (ties, knobs) in worlds(family) {
        if seen.contains(&(ties, knobs.to_string())) || (knobs == Value::Object(Default::default())) {
            continue;
        }
        seen.push((ties, knobs.to_string()));
        let levels = pool(family, &ties, &knobs, 3);
        let maps: Vec<Vec<String>> = (0..3).map(|i| render(&*levels, &levels.replay(i, &[], &[])[0])).collect();
        let knobs = if knobs.is_null() { String::new() } else { format!(" {knobs}") };
        out += &format!("{}{knobs}\n", ties_text(family, &ties));
        for row in 0..maps[0].len() {
            let line: Vec<&str> = maps.iter().map(|map| map[row].as_str()).collect();
            out += &format!("{}\n", line.join("   "));
        }
        for i in 0..3 {
            let fields: Vec<String> = levels.text(i).fields.iter().map(|(k, v)| format!("{k}={v}")).collect();
            if !fields.is_empty() {
                out += &format!("{}\n", fields.join(" "));
            }
        }
        out.push('\n');
    }
    out
}

#[test]
fn levels_look_as_they_did() {
    for family in REGISTRY.iter() {
        insta::assert_snapshot!(family.spec().id(), looks(family));
    }
}
