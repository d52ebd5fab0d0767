//! The page and the picture of a family, from a declaration made by hand.

use crate::families::{TOY, defaults, schema};
use misgen_core::{
    Channel, FamilySpec, KnobValue, Ladder, Layer, ObsSpec, Rgb, Role, Shift, ShiftSpec, SourceRule, Tie, Ties,
};
use misgen_report::{PageFacts, Panel, contact_sheet, family_gallery, family_index, family_page, family_sources};
use roxmltree::{Document, Node};

const FULL: FamilySpec = FamilySpec {
    rules: "Walk.\n\n- **Step.** One cell.",
    planner: Some("goes to the nearest door"),
    training_reward: Some(&[(0, 0.5), (2, 1.0)]),
    comparison: &[SourceRule { about: "size", source: "5 | 7", here: "`size`, <9> by default" }],
    ladders: &[Ladder {
        shift: Shift::new("denser", Role::Nuisance, &[Tie::Bound, Tie::Bound], "ever more walls"),
        knob: "density",
        values: &[KnobValue::Float(0.1), KnobValue::Float(0.4)],
    }],
    ..TOY
};

const CHANNELS: &[Channel] = &[
    Channel { name: "wall", glyph: '#', color: Rgb(110, 110, 110), layer: Layer::Thing },
    Channel { name: "agent", glyph: '@', color: Rgb(0, 114, 178), layer: Layer::Thing },
    Channel { name: "cheese", glyph: '>', color: Rgb(240, 228, 66), layer: Layer::Thing },
    Channel { name: "bright", glyph: '&', color: Rgb(230, 159, 0), layer: Layer::Ground },
];
const SPEC: ObsSpec = ObsSpec { height: 2, width: 4, channels: CHANNELS, cell_bytes: 1, actions: 5 };
const SHOWN: FamilySpec = FamilySpec { channels: CHANNELS, ..TOY };

#[test]
fn a_page_holds_every_declaration() {
    let (defaults, schema) = (defaults(), schema());
    insta::assert_snapshot!(family_page(&FULL, &PageFacts { defaults: &defaults, schema: &schema, limit: 40 }));
}

#[test]
fn the_index_and_the_sources() {
    insta::assert_snapshot!(
        family_index(&[FULL])
            + "\n"
            + &family_sources(&[FULL, TOY])
            + "\n"
            + &family_gallery(&[FULL, TOY], "As chosen.")
    );
}

fn panels() -> Vec<Panel> {
    let shift = ShiftSpec::from(&TOY.shifts[0]);
    let training = Panel {
        shift: None,
        share: None,
        ties: Ties::all(2, Tie::Bound),
        spec: SPEC,
        // Two walls, an agent on bright ground with cheese, and bright ground alone.
        obs: vec![1, 1, 0, 2 | 4 | 8, 0, 0, 8, 8],
        twin: None,
    };
    let shifted = Panel {
        ties: shift.ties,
        shift: Some(shift),
        obs: vec![1, 1, 0, 2, 4, 0, 0, 0],
        twin: Some(vec![1, 1, 0, 2, 0, 0, 4, 0]),
        ..training.clone()
    };
    vec![training, shifted]
}

/// The groups that hold a level, in order.
fn levels<'a>(picture: &'a Document<'a>) -> Vec<Node<'a, 'a>> {
    let floor = |node: &Node<'_, '_>| node.children().any(|child| child.attribute("class") == Some("floor"));
    picture.descendants().filter(floor).collect()
}

fn used(level: &Node<'_, '_>, name: &str) -> usize {
    level.children().filter(|node| node.attribute("href") == Some(name)).count()
}

fn path<'a>(level: &Node<'a, 'a>, class: &str) -> Option<&'a str> {
    level.children().find(|node| node.attribute("class") == Some(class)).and_then(|node| node.attribute("d"))
}

#[test]
fn a_sheet_draws_what_is_observed() {
    let text = contact_sheet(&SHOWN, &panels());
    assert_eq!(text, contact_sheet(&SHOWN, &panels()));
    let picture = Document::parse(&text).unwrap();
    let [training, shifted] = levels(&picture).try_into().unwrap();

    assert_eq!(path(&training, "k0"), Some("M0 0h20v10h-20z"), "two walls in one piece");
    assert_eq!(path(&training, "k3"), Some("M30 0h10v10h-10zM20 10h20v10h-20z"), "bright ground, row by row");
    assert_eq!((used(&training, "#t1"), used(&training, "#t2")), (1, 1), "agent and cheese share a cell");
    assert_eq!((used(&training, "#g3"), used(&training, "#s3")), (2, 1), "the ground's glyph, small below things");
    assert_eq!(path(&training, "apart"), None);

    assert_eq!((used(&shifted, "#t1"), used(&shifted, "#t2"), used(&shifted, "#g3")), (1, 1, 0));
    assert_eq!(path(&shifted, "apart"), Some("M0.5 10.5h9v9h-9zM20.5 10.5h9v9h-9z"), "where the cheese is, and was");
}

#[test]
fn a_sheet_says_what_its_levels_are() {
    let text = contact_sheet(&SHOWN, &panels());
    let picture = Document::parse(&text).unwrap();
    let words: Vec<_> = picture.descendants().filter_map(|node| node.text()).collect();
    for expected in ["toy-door-v2", "training", "elsewhere", "conflict ★ main", "cheese", ">", "&"] {
        assert!(words.contains(&expected), "{expected} in {words:?}");
    }
}
