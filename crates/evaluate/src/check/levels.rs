//! Rules about declarations and about levels at rest.

use super::Checker;
use misgen_core::{Kind, Law, Pool, Role, Split, Tie, Ties};
use serde_json::Value;
use std::collections::BTreeSet;

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn unique<'a>(names: impl Iterator<Item = &'a str> + Clone) -> bool {
    names.clone().collect::<BTreeSet<_>>().len() == names.count()
}

/// The family's own declarations agree with each other.
pub(super) fn declarations(c: &mut Checker<'_>) {
    let spec = c.spec;
    c.rule("names");
    let names = std::iter::once(spec.name)
        .chain(spec.cues.iter().map(|x| x.name))
        .chain(spec.laws.iter().map(|x| x.name))
        .chain(spec.shifts.iter().map(|x| x.name))
        .chain(spec.ladders.iter().map(|x| x.shift.name));
    for name in names {
        c.expect(is_name(name), || format!("`{name}` is not of the form [a-z][a-z0-9-]*"));
    }
    c.expect(unique(spec.cues.iter().map(|x| x.name)), || "two cues share a name".into());
    let shifts: Vec<String> = spec.all_shifts().into_iter().map(|x| x.name).collect();
    c.expect(unique(shifts.iter().map(String::as_str)), || "two shifts share a name".into());
    c.expect(!spec.shifts.iter().any(|s| s.name == "training"), || "`training` is not a shift's name to take".into());

    c.rule("declarations");
    c.expect(spec.cues.len() >= 2, || "a family needs a goal and at least one proxy".into());
    c.expect(spec.supports.len() == spec.proxies(), || {
        format!("SUPPORTS has {} lists for {} proxies", spec.supports.len(), spec.proxies())
    });
    for cue in spec.cues {
        for (k, _) in cue.reward {
            c.expect(usize::from(*k) < spec.events.len(), || {
                format!("cue `{}` rewards event {k}, not declared", cue.name)
            });
        }
        c.expect(!cue.events().is_empty(), || format!("no event obtains cue `{}`", cue.name));
    }
    c.expect(!spec.laws.is_empty(), || "no training law".into());
    for law in spec.laws {
        for (_, flag, ties) in law.rows {
            c.expect(spec.supports(&Ties::new(ties).with_flag(*flag)), || {
                format!("law `{}` asks for ties {ties:?} that are not supported", law.name)
            });
        }
        c.expect(
            !matches!(spec.kind, Kind::Coincident | Kind::Instrumental)
                || Law::named(&spec, law.name).is_some_and(|l| (0..spec.proxies()).any(|p| l.binds(p))),
            || format!("law `{}` binds no proxy", law.name),
        );
    }
    for shift in spec.all_shifts() {
        c.expect(spec.supports(&shift.ties), || {
            format!("shift `{}` asks for ties {:?} that are not supported", shift.name, shift.ties.as_slice())
        });
    }
    if spec.kind != Kind::Continuing {
        c.expect(spec.supports(&Ties::all(spec.proxies(), Tie::Free)), || {
            "a mix needs every proxy Free together".into()
        });
    }
    if spec.kind != Kind::Continuing {
        c.expect(spec.shifts.first().is_some_and(|s| s.role == Role::Conflict), || {
            "the first shift is the main conflict shift, but its role is another".into()
        });
        c.expect(spec.shifts.iter().any(|s| s.role == Role::Nuisance), || "no nuisance shift".into());
    }
    c.expect(spec.channels.iter().filter(|x| x.name == "agent").count() == 1, || "needs one channel `agent`".into());
    c.rule("knobs");
    let defaults = c.family.knobs(&Value::Null);
    c.expect(defaults.is_ok(), || format!("the default knobs are refused: {defaults:?}"));
    let unknown = c.family.knobs(&serde_json::json!({ "no-such-knob": 1 }));
    c.expect(unknown.is_err(), || "an unknown knob is accepted".into());
    for shift in spec.all_shifts() {
        let knobs = c.family.knobs(&shift.knobs);
        c.expect(knobs.is_ok(), || format!("the knobs of shift `{}` are refused: {knobs:?}", shift.name));
    }
}

/// Generates levels under `ties`.
fn generate(c: &mut Checker<'_>, ties: &Ties, knobs: &Value) -> Option<Box<dyn Pool>> {
    let mut pool = c.family.pool(knobs).ok()?;
    for index in 0..c.levels() as u64 {
        if let Err(error) = pool.generate(0, Split::Check, index, ties) {
            c.expect(false, || error.to_string());
            return None;
        }
    }
    Some(pool)
}

/// Levels are determined by their keys, paired over ties, readable and drawn in declared channels.
pub(super) fn levels(c: &mut Checker<'_>) {
    let spec = c.spec;
    let knobs = Value::Null;
    let mut aligned: Option<Box<dyn Pool>> = None;
    for ties in spec.reachable_ties() {
        c.rule(&format!("levels under {}", words(&ties)));
        let Some(pool) = generate(c, &ties, &knobs) else { continue };
        let Some(again) = generate(c, &ties, &knobs) else { continue };
        let obs = pool.obs_spec();
        let mut copy = c.family.pool(&knobs).expect("the default knobs were accepted");
        for i in 0..c.levels() {
            c.expect(pool.digest(i) == again.digest(i), || format!("level {i} differs when generated again"));
            let text = pool.text(i);
            match copy.push_text(&text) {
                Err(error) => c.expect(false, || format!("the text of level {i} is refused: {error}")),
                Ok(()) => {
                    let last = copy.len() - 1;
                    let same = copy.text(last) == text
                        && copy.digest(last) == pool.digest(i)
                        && copy.replay(last, &[], &[]) == pool.replay(i, &[], &[]);
                    c.expect(same, || format!("level {i} changes when written as text and read back"));
                }
            }
            let start = &pool.replay(i, &[], &[])[0];
            let cells: Vec<u16> = (0..obs.height * obs.width).map(|k| obs.cell(start, k)).collect();
            let declared = u32::from(u16::MAX) >> (16 - obs.channels.len());
            c.expect(cells.iter().all(|cell| u32::from(*cell) & !declared == 0), || {
                format!("level {i} sets observation bits beyond the {} channels", obs.channels.len())
            });
            let agent = obs.channel("agent").expect("declared");
            let agents = cells.iter().filter(|cell| *cell >> agent & 1 == 1).count();
            c.expect(agents == 1, || format!("level {i} shows {agents} agents, expected 1"));
        }
        // The layout, as far as it shows: walls and the agent's place are the same under every tie.
        if let Some(first) = &aligned {
            for i in 0..c.levels() {
                let attempts = [first, &pool].map(|p| p.key(i).map(|k| k.attempt));
                c.expect(attempts[0] == attempts[1], || {
                    format!("level {i} takes another layout attempt than under other ties")
                });
                let mask = ["wall", "agent"].iter().filter_map(|n| obs.channel(n)).fold(0_u16, |m, k| m | 1 << k);
                let layout = |p: &dyn Pool| {
                    let start = p.replay(i, &[], &[]).remove(0);
                    (0..obs.height * obs.width).map(|k| obs.cell(&start, k) & mask).collect::<Vec<_>>()
                };
                c.expect(layout(first.as_ref()) == layout(pool.as_ref()), || {
                    format!("level {i} has another layout than under other ties")
                });
            }
        } else {
            aligned = Some(pool);
        }
    }
    c.rule("unsupported ties");
    for proxy in 0..spec.proxies() {
        for tie in [Tie::Bound, Tie::Free, Tie::Opposed, Tie::Absent, Tie::Twice] {
            if !spec.supports[proxy].contains(&tie) {
                let mut ties = [Tie::Bound; misgen_core::MAX_PROXIES];
                ties[proxy] = tie;
                let ties = Ties::new(&ties[..spec.proxies()]);
                let mut pool = c.family.pool(&knobs).expect("the default knobs were accepted");
                c.expect(pool.generate(0, Split::Check, 0, &ties).is_err(), || {
                    format!(
                        "tie {} of proxy `{}` is not supported, but a level was made",
                        tie.word(),
                        spec.cues[proxy + 1].name
                    )
                });
            }
        }
    }
}

fn words(ties: &Ties) -> String {
    let mut text: Vec<&str> = ties.as_slice().iter().map(|t| t.word()).collect();
    if !ties.has_goal() {
        text.push("no goal");
    }
    let flag = if ties.flag() > 0 { format!(" flag {}", ties.flag()) } else { String::new() };
    text.join(" ") + &flag
}
