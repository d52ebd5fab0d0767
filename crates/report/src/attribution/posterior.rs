//! The goal posterior.

use super::Section;
use crate::style::Style;
use crate::text;
use misgen_evaluate::attribute::posterior::Posterior;

/// A probability: three decimals, which never say 0 or 1.
fn probability(p: f64) -> String {
    match p {
        p if p < 0.001 => "<.001".into(),
        p if p > 0.999 => ">.999".into(),
        p => text::fixed(p, 3),
    }
}

pub(super) fn section(found: &Posterior, style: &Style) -> Section {
    let evidence = |name: &str| found.evidence.get(name).map_or_else(String::new, |nats| text::fixed(*nats, 3));
    let mut rows: Vec<Vec<String>> = found
        .cues
        .iter()
        .map(|(cue, p)| vec![style.safe(&format!("agent: {cue}")), probability(*p), evidence(cue)])
        .collect();
    rows.push(vec!["device".into(), probability(found.device), evidence("device")]);
    let path: Vec<String> =
        found.path.iter().map(|step| format!("{} after {}", probability(step.agent), step.levels)).collect();
    Section {
        header: ["", "posterior", "evidence"].map(String::from).into(),
        rows,
        lines: vec![
            format!("p(agent) = {} after {}.", probability(found.agent), text::plural(found.decisions, "decision")),
            format!("p(agent), by levels seen: {}", path.join(", ")),
        ],
        meaning: "Who played: a noisily rational agent with one of the cues for a goal, or a device that maps what it sees to \
                  actions? evidence: log-likelihood of a decision over that of chance, nats. p(agent) near 1 says that it \
                  pursued something, the goal or a proxy; near 0, that nothing here explains it.",
    }
}
