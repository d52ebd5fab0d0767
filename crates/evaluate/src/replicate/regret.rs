//! R5: where levels that break the correlation are rare, training on what regret finds beats training on what is drawn.

use super::{Claim, Figure, Results, Series};
use crate::record::{Estimate, SeedRow};
use crate::stats::difference::improvement;
use crate::stats::{mean, student_t};

const RARE: f64 = 0.01;
const DRAWN: &str = "ppo";
const CORNER_AGENTS: [&str; 4] = [DRAWN, "plr-oracle", "accel-oracle", "accel-latest"];
const CORNER: (&str, &str) = ("corner", "cheese-anywhere");
const KEYS: (&str, &str) = ("keys-chests", "many-keys");

pub(super) fn claims(results: &Results<'_>) -> Vec<Claim> {
    let transfer = |(world, shift): (&str, &str), agent: &str, mix: f64| {
        results.rows(world, agent, Some(mix), shift, |row: &SeedRow| row.gt)
    };
    let control = |world: &str| results.cells(world, DRAWN, Some(1.0), |cell| cell.s_id);
    // P(head > base) in goal transfer, held to `meets` by its value and the ends of its interval.
    let better = |claim: &str, published: &str, place, head: &str, base: &str, meets: fn(Estimate) -> bool| {
        let (there, here) = (transfer(place, base, RARE), transfer(place, head, RARE));
        let ours = improvement(&there, &here).map(|found| Estimate {
            mean: found.probability,
            low: Some(found.low),
            high: Some(found.high),
        });
        let note = mean(&here).zip(mean(&there));
        Claim::estimate(claim, published, ours, meets).note(
            note.map_or_else(String::new, |(here, there)| format!("GT {here:.2} of {head}, {there:.2} of {base}")),
        )
    };
    let surely = |found: Estimate| found.low.is_some_and(|low| low > 0.5);
    let mut all = vec![
        Claim::mean("corner: the control at mix 1 is competent, S_ID >= .95", "–", &control("corner"), |v| v >= 0.95),
        better(
            "corner, mix .01: ACCEL with oracle regret beats domain randomisation, lower end of P(improvement in GT) > .5",
            "regret-based methods transfer at rates at which domain randomisation does not",
            CORNER,
            "accel-oracle",
            DRAWN,
            surely,
        ),
        better(
            "corner, mix .01: PLR with oracle regret beats domain randomisation, lower end of P(improvement in GT) > .5",
            "the same",
            CORNER,
            "plr-oracle",
            DRAWN,
            surely,
        ),
        better(
            "corner, mix .01: ACCEL with max-latest regret against domain randomisation",
            "estimated regret does worse than true regret",
            CORNER,
            "accel-latest",
            DRAWN,
            |_| true,
        )
        .reported(),
    ];
    all.extend(CORNER_AGENTS.map(|agent| {
        Claim::mean(
            format!("corner, mix 0: {agent} does not transfer, GT <= .2"),
            "nobody transfers where no level breaks the correlation",
            &transfer(CORNER, agent, 0.0),
            |v| v <= 0.2,
        )
    }));
    all.extend([
        Claim::mean("keys: the control at mix 1 is competent, S_ID >= .95", "–", &control("keys-chests"), |v| v >= 0.95),
        better(
            "keys, mix .01: domain randomisation is no worse than ACCEL with max-latest regret, P(improvement in GT) >= .5",
            "no gain from estimated regret in keys and chests",
            KEYS,
            DRAWN,
            "accel-latest",
            |found| found.mean >= 0.5,
        ),
    ]);
    all
}

pub(super) fn figures(results: &Results<'_>) -> Vec<Figure> {
    let one = |(world, shift): (&str, &str), agents: &[&str]| {
        let at = |mix: f64| {
            let transfer = |agent: &&str| student_t(&results.rows(world, agent, Some(mix), shift, |row| row.gt));
            Series::apart(format!("mix {mix}"), agents.iter().map(transfer).collect())
        };
        Figure {
            title: format!("{world}, {shift}: goal transfer by how training levels are chosen"),
            values: "goal transfer".into(),
            places: "agents".into(),
            names: agents.iter().map(|agent| (*agent).to_owned()).collect(),
            series: vec![at(0.0), at(RARE), at(1.0)],
        }
    };
    vec![one(CORNER, &CORNER_AGENTS), one(KEYS, &[DRAWN, "accel-latest"])]
}
