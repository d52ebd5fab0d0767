//! Replays in the page: what is packed, what is left out, and how much room it takes.

use crate::exhibits::{exhibits, many};
use crate::fixture::summary;
use crate::page::tags;
use base64::Engine as _;
use misgen_evaluate::exhibit::{Exhibits, Replay, WorldExhibits};
use misgen_report::html;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read as _;

fn page(exhibits: &Exhibits) -> String {
    String::from_utf8(html(&summary(), Some(exhibits))).unwrap()
}

/// The text of every block of replays.
fn blocks(page: &str) -> Vec<&str> {
    let after = page.split("<template data-replays=").skip(1);
    after.map(|rest| rest.split_once('>').unwrap().1.split_once('<').unwrap().0).collect()
}

fn unpacked(block: &str) -> Value {
    let bytes = base64::engine::general_purpose::STANDARD.decode(block).unwrap();
    let mut text = String::new();
    flate2::read::ZlibDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The page for the tests in a browser, and the record that it was made of.
#[test]
#[allow(clippy::disallowed_methods, reason = "no part of a run: the tests in a browser read it")]
fn the_page_with_replays() {
    let folder = concat!(env!("CARGO_TARGET_TMPDIR"), "/report");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(format!("{folder}/replays.html"), page(&exhibits())).unwrap();
    std::fs::write(format!("{folder}/replays.json"), serde_json::to_vec(&exhibits()).unwrap()).unwrap();
}

#[test]
fn a_page_without_replays_has_no_player() {
    let none = Exhibits { worlds: Vec::new(), ..exhibits() };
    assert_eq!(html(&summary(), Some(&none)), html(&summary(), None));
    assert!(!String::from_utf8(html(&summary(), None)).unwrap().contains("replay"));
}

#[test]
fn a_block_a_world_and_equal_bytes() {
    let page = page(&exhibits());
    assert_eq!(page, self::page(&exhibits()));
    let blocks = blocks(&page);
    assert_eq!(blocks.len(), 2);
    let world = unpacked(blocks[0]);
    assert_eq!(world["agents"][0]["rows"][0]["replays"].as_array().unwrap().len(), 2);
    let shown = &world["agents"][0]["rows"][0]["replays"][0]["shown"];
    let record = &exhibits().worlds[0].agents[0].rows[0].replays[0].shown;
    let percent: Vec<u64> = shown["p"].as_array().unwrap().iter().map(|p| p.as_u64().unwrap()).collect();
    assert_eq!(percent, record.percent.concat().into_iter().map(u64::from).collect::<Vec<_>>());
    assert_eq!(shown["a"], record.actions.as_str());
    assert_eq!(shown["end"], "A proxy came first: mark.");
    // Whatever names try, they are text in a block that cannot end early.
    assert!(!page.contains("onerror=alert(1)>"));
    assert!(unpacked(blocks[1])["agents"][0]["name"].as_str().unwrap().starts_with("<img src=x"));
}

/// Without what stands in `tag`, which is no markup.
fn without(page: &str, tag: &str) -> String {
    let (before, rest) = page.split_once(&format!("<{tag}>")).unwrap();
    let (_, after) = rest.split_once(&format!("</{tag}>")).unwrap();
    format!("{before}<{tag}></{tag}>{after}")
}

#[test]
fn the_player_is_well_formed_and_its_ids_are_its_own() {
    let page = without(&without(&page(&exhibits()), "style"), "script");
    let mut open: Vec<String> = Vec::new();
    let mut ids = BTreeSet::new();
    for tag in tags(&page) {
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on") && !["src", "action", "style"].contains(&name.as_str()), "{name}={value}");
            assert!(name != "id" || ids.insert(value.clone()), "{value} twice");
        }
        if tag.end {
            assert_eq!(open.pop(), Some(tag.name));
        } else if !tag.empty && !["meta", "input", "col"].contains(&tag.name.as_str()) && !tag.name.starts_with('!') {
            open.push(tag.name);
        }
    }
    assert!(open.is_empty() && ids.contains("replays") && page.contains("href=\"#replays\""));
}

/// The page's policy lets none of these act; the scripts do not even try.
#[test]
fn the_scripts_make_no_markup_of_data_and_ask_for_nothing() {
    let page = page(&exhibits());
    let script = page.rsplit_once("<script>").unwrap().1;
    assert!(script.contains("DecompressionStream"));
    for never in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
        "XMLHttp",
        "import(",
    ] {
        assert!(!script.contains(never), "{never}");
    }
    assert_eq!(script.matches("://").count(), script.matches("http://www.w3.org/2000/svg").count());
}

/// What spoils a replay of its world.
type Spoil = fn(&mut WorldExhibits, &mut Replay);

#[test]
fn a_replay_that_contradicts_itself_is_left_out() {
    let spoils: [Spoil; 14] = [
        |_, replay| replay.shown.level = 99,
        |world, replay| world.levels[replay.shown.level].width += 1,
        |world, replay| world.levels[replay.shown.level].width = usize::MAX,
        |_, replay| replay.shown.actions.clear(),
        |_, replay| replay.shown.actions.push('a'),
        |_, replay| replay.shown.actions = replay.shown.actions.replace(|_| true, "f"),
        |_, replay| replay.shown.actions = replay.shown.actions.replace(|_| true, "é"),
        |_, replay| replay.shown.changes[0] = vec![(9999, 0)],
        |_, replay| drop(replay.shown.changes.pop()),
        |_, replay| drop(replay.shown.percent.pop()),
        |_, replay| replay.shown.percent[1] = vec![100],
        |_, replay| replay.twin.as_mut().unwrap().values[0] = f32::NAN,
        |_, replay| replay.shown.events = "400:reach-mark".into(),
        |world, _| world.channels = vec![world.channels[0].clone(); 17],
    ];
    for (index, spoil) in spoils.into_iter().enumerate() {
        let mut odd = exhibits();
        odd.worlds.truncate(1);
        let world = &mut odd.worlds[0];
        world.agents.truncate(1);
        world.agents[0].rows.truncate(1);
        world.agents[0].rows[0].replays.truncate(1);
        let mut replay = world.agents[0].rows[0].replays.remove(0);
        spoil(world, &mut replay);
        world.agents[0].rows[0].replays.push(replay);
        let page = page(&odd);
        assert!(blocks(&page).is_empty(), "spoil {index}");
        assert!(page.contains("1 replay cannot be shown"), "spoil {index}");
    }
}

#[test]
fn a_way_that_leaves_its_level_is_not_drawn() {
    let mut odd = exhibits();
    for level in &mut odd.worlds[0].levels {
        level.ways[0].cells.push(9999);
        level.ways[1].cue = 7;
    }
    let page = page(&odd);
    let world = unpacked(blocks(&page)[0]);
    assert!(world["levels"].as_array().unwrap().iter().all(|level| level["ways"].as_array().is_none_or(Vec::is_empty)));
}

/// A thousand rows with ten pairs of episodes each, no level twice.
#[test]
fn a_thousand_cells_stay_small() {
    let page = page(&many(20));
    let blocks = blocks(&page);
    let bytes: usize = blocks.iter().map(|block| block.len()).sum();
    assert!(blocks.len() == 20 && (1_000_000..6_000_000).contains(&bytes), "{bytes} bytes");
}
