//! Addresses: what changes them, what does not, and what is computed once.

mod common;

use common::{AGENT, SUITE, load_with, plan, versions};
use misgen_sweep::inputs::{CELLS, Job, POOLS, Player};
use misgen_sweep::plan::{Plan, Versions, read_job, read_pools};
use std::collections::BTreeSet;

fn addresses(plan: &Plan) -> Vec<String> {
    plan.jobs.iter().map(|(address, _)| address.to_string()).collect()
}

fn planned(text: &str, agent: &str, versions: &Versions) -> Vec<String> {
    addresses(&Plan::new(&load_with(text.as_bytes(), agent, &[]).unwrap(), versions).unwrap())
}

/// The first cell of a plan that a learner plays.
fn learner(plan: &Plan) -> String {
    let found = plan.jobs.iter().find(|(_, job)| matches!(job, Job::Cell(cell) if cell.player.word() == "ppo"));
    found.unwrap().0.to_string()
}

/// When this fails, a cell of the same meaning has a new address and every stored result is recomputed.
/// If that is what a change was to do, raise the constant that stands for it; if not, the change is wrong.
#[test]
fn addresses_are_golden() {
    let plan = plan(SUITE);
    assert_eq!(plan.jobs[0].0.to_string(), "5749b6071ad8130af8835678414f4acd3eb071a2ec5a286a7d05fffcae98dab1");
    assert_eq!(learner(&plan), "aebd1e071703d68d1161d564a317fb95c617dd577ecaa996ba5703eb6d636eee");
}

#[test]
fn the_constants_of_the_code_are_those_that_this_test_was_written_for() {
    let current = Versions::current();
    assert_eq!((current.sweep, current.pool), (3, 1), "raise these by hand, and the golden addresses with them");
    assert_eq!(current.kernels, misgen_agents::kernel_set());
}

#[test]
fn equal_inputs_are_one_job() {
    let plan = plan(SUITE);
    let unique: BTreeSet<_> = addresses(&plan).into_iter().collect();
    assert_eq!(unique.len(), plan.jobs.len());
    // Two laws at mix 0, their common mix 1, and three shifts that both worlds have.
    let pools = plan.jobs.iter().filter(|(_, job)| job.kind() == POOLS).count();
    assert_eq!(pools, 3 + 3);
    let group = |world, mix| plan.index.groups.iter().find(|g| g.world == world && g.mix == Some(mix)).unwrap();
    // With one learner the control at mix 1 is one and the same; this suite's second world has another gamma.
    assert_ne!(group("row-fixed", 1.0).cells, group("row-any", 1.0).cells);
    let same = common::plan(&SUITE.replace("learner = { gamma = 0.9 }\n", ""));
    let group = |world, mix| same.index.groups.iter().find(|g| g.world == world && g.mix == Some(mix)).unwrap();
    assert_eq!(group("row-fixed", 1.0).cells, group("row-any", 1.0).cells);
    assert_ne!(group("row-fixed", 0.0).cells, group("row-any", 0.0).cells);
    assert_eq!(plan.cells() - same.cells(), 2, "one cell a seed");
}

#[test]
fn pools_come_before_the_cells_that_play_them() {
    let plan = plan(SUITE);
    let kinds: Vec<_> = plan.jobs.iter().map(|(_, job)| job.kind()).collect();
    let first = kinds.iter().position(|kind| *kind == CELLS).unwrap();
    assert!(kinds[first..].iter().all(|kind| *kind == CELLS));
    let pools: BTreeSet<_> = plan.jobs[..first].iter().map(|(address, _)| *address).collect();
    for (_, job) in &plan.jobs[first..] {
        let Job::Cell(cell) = job else { panic!("a cell") };
        assert!(cell.shifts.values().chain([&cell.held_out]).all(|pool| pools.contains(pool)));
        assert_eq!(cell.agent_version.is_none(), matches!(cell.player, Player::Scripted(_)));
    }
}

#[test]
fn order_comments_and_spelling_change_no_address() {
    let reordered = r#"
# A comment.
training_levels = 0x80
levels = 64
seeds = 2
name = "toy"
references.scripted = ["random", "pursuer:goal", "pursuers"]
agents = [{ mix = [0, 1], config = "agents/small.toml", name = "small" }]
worlds = [
    { law = "fixed", family = "row", knobs = { size = 5 } },
    { family = "row", learner = { gamma = 0.90 }, law = 'any', shifts = ["apart", "unmarked", "long"] },
]
"#;
    let agent = "# Reordered.\nframes = 4_096\nlr = 0.001\ngamma = 0.97\nhidden = [\n  8,\n]\n";
    assert_eq!(planned(reordered, agent, &versions()), planned(SUITE, AGENT, &versions()));
}

#[test]
fn names_and_order_of_display_change_no_address() {
    let renamed = SUITE
        .replace("name = \"toy\"", "name = \"other\"")
        .replace("name = \"small\"", "name = \"tiny\"")
        .replace("law = \"fixed\"", "law = \"fixed\"\nname = \"first\"\nshifts = [\"long\", \"apart\", \"unmarked\"]");
    let set = |text: &str| planned(text, AGENT, &versions()).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set(&renamed), set(SUITE));
    assert_ne!(plan(&renamed).index.digest, plan(SUITE).index.digest, "but the run is another");
}

#[test]
fn every_input_changes_the_address() {
    let base = learner(&plan(SUITE));
    let mut seen = BTreeSet::from([base]);
    let mut changed = |what: &str, text: &str, agent: &str, versions: &Versions| {
        let plan = Plan::new(&load_with(text.as_bytes(), agent, &[]).unwrap(), versions).unwrap();
        assert!(seen.insert(learner(&plan)), "{what} leaves the address of the first cell as it was");
    };
    let one = |from: &str, to: &str| {
        assert!(SUITE.contains(from), "{from}");
        SUITE.replacen(from, to, 1)
    };
    let now = versions();
    changed("seed", &one("seeds = 2", "seeds = 2\nfirst_seed = 7"), AGENT, &now);
    changed("evaluation levels", &one("levels = 64", "levels = 65"), AGENT, &now);
    changed("training levels", &one("training_levels = 128", "training_levels = 129"), AGENT, &now);
    changed("knob", &one("law = \"fixed\"", "law = \"fixed\"\nknobs = { density = 0.1 }"), AGENT, &now);
    changed("shifts", &one("law = \"fixed\"", "law = \"fixed\"\nshifts = [\"apart\"]"), AGENT, &now);
    changed("frames", &one("law = \"fixed\"", "law = \"fixed\"\nframes = 999"), AGENT, &now);
    changed("learner", &one("law = \"fixed\"", "law = \"fixed\"\nlearner = { clip = 0.3 }"), AGENT, &now);
    changed("law", &one("law = \"fixed\"", "law = \"any\"\nname = \"other\""), AGENT, &now);
    changed("mix", &one("mix = [0.0, 1.0]", "mix = [0.25]"), AGENT, &now);
    changed("the agent's file", SUITE, "hidden = [8]\nlr = 2e-3\nframes = 4096\n", &now);
    changed("sweep version", SUITE, AGENT, &Versions { sweep: 2, ..now.clone() });
    changed("pool version", SUITE, AGENT, &Versions { pool: 2, ..now.clone() });
    changed("metric version", SUITE, AGENT, &Versions { metric: 2, ..now.clone() });
    changed("agent version", SUITE, AGENT, &Versions { agent: 2, ..now.clone() });
    changed("kernel set", SUITE, AGENT, &Versions { kernels: "avx512".into(), ..now });
}

#[test]
fn code_of_learners_makes_no_scripted_player_stale() {
    let scripted = |versions: &Versions| {
        let plan = Plan::new(&load_with(SUITE.as_bytes(), AGENT, &[]).unwrap(), versions).unwrap();
        let random = plan.index.groups.iter().find(|group| group.agent == "random").unwrap();
        random.cells.clone()
    };
    let other = Versions { agent: 9, kernels: "generic".into(), ..versions() };
    assert_eq!(scripted(&other), scripted(&versions()));
}

#[test]
fn lines_read_back_and_are_checked() {
    let plan = plan(SUITE);
    let text = String::from_utf8(plan.lines().unwrap()).unwrap();
    assert_eq!(text.lines().count(), plan.jobs.len());
    for (index, job) in plan.jobs.iter().enumerate() {
        assert_eq!(&read_job(&text, index).unwrap(), job);
    }
    let pools = read_pools(&text).unwrap();
    assert_eq!(pools.len(), plan.jobs.len() - plan.cells());
    let beyond = read_job(&text, plan.jobs.len()).unwrap_err().to_string();
    assert!(beyond.contains(&format!("the plan has {} jobs", plan.jobs.len())), "{beyond}");
    let edited = text.replace("\"levels\":64", "\"levels\":63");
    let refused = read_job(&edited, 0).unwrap_err().to_string();
    assert!(refused.contains("its inputs give"), "{refused}");
}

#[test]
fn the_index_says_what_is_shown_and_where_it_lies() {
    let plan = plan(SUITE);
    let json = serde_json::to_string(&plan.index).unwrap();
    assert_eq!(serde_json::from_str::<misgen_sweep::plan::Index>(&json).unwrap(), plan.index);
    let rows: Vec<_> = plan.index.worlds[0].rows.iter().map(|row| (row.name.as_str(), row.main)).collect();
    assert_eq!(rows, [("training", false), ("apart", true), ("unmarked", false), ("long", false)]);
    let groups: Vec<_> = plan.index.groups.iter().map(|g| format!("{} {} {:?}", g.world, g.agent, g.mix)).collect();
    assert_eq!(
        groups,
        [
            "row-fixed small Some(0.0)",
            "row-fixed small Some(1.0)",
            "row-fixed random None",
            "row-fixed pursuer:goal None",
            "row-fixed pursuer:mark None",
            "row-fixed pursuer:side None",
            "row-any small Some(0.0)",
            "row-any small Some(1.0)",
            "row-any random None",
            "row-any pursuer:goal None",
            "row-any pursuer:mark None",
        ]
    );
    let known: BTreeSet<_> = plan.jobs.iter().map(|(address, _)| *address).collect();
    for group in &plan.index.groups {
        assert_eq!(group.cells.iter().map(|cell| cell.seed).collect::<Vec<_>>(), [0, 1]);
        assert!(group.cells.iter().all(|cell| known.contains(&cell.address)));
    }
}
