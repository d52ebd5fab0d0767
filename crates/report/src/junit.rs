//! What a gate found as JUnit, which every CI system shows: a suite per family and shift.

use crate::gate::{change, interval, p, verdict_words};
use crate::text;
use misgen_evaluate::gate::{Outcome, RowName, VerdictChange};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

/// A JUnit report. Holds no time, so that equal findings are equal bytes; without any test, it has one that failed.
#[must_use]
pub fn gate_junit(outcome: &Outcome) -> Vec<u8> {
    let mut suites: Vec<(String, TestSuite)> = Vec::new();
    let mut add = |row: &RowName, what: &str, status: TestCaseStatus| {
        let name = text::visible(&format!("{}:{}", row.family, row.shift));
        let index = suites.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            suites.push((name.clone(), TestSuite::new(&name)));
            suites.len() - 1
        });
        let case = format!("{}: {what}", text::agent(&row.agent, Some(row.mix)));
        let mut case = TestCase::new(case, status);
        case.set_classname(text::visible(&row.world));
        suites[index].1.add_test_case(case);
    };
    for c in &outcome.comparisons {
        let said = format!(
            "{} to {}, change {} {}, p {} after Holm; a fall of {} is found with probability {}",
            text::fixed(c.base.mean, 3),
            text::fixed(c.head.mean, 3),
            change(c.difference.change),
            interval(c.difference.low, c.difference.high),
            p(c.p_adjusted),
            text::fixed(c.detectable, 3),
            outcome.power
        );
        add(&c.row, c.metric.words(), if c.fell { failure("fell", &said) } else { TestCaseStatus::success() });
    }
    for v in &outcome.verdicts {
        let said = format!("{} to {}: {}", v.base.word(), v.head.word(), verdict_words(v.change));
        let worse = v.change == VerdictChange::Worse;
        add(&v.row, "verdict", if worse { failure("verdict", &said) } else { TestCaseStatus::success() });
    }
    for lost in &outcome.lost {
        let what = lost.metric.map_or("seeds", misgen_evaluate::gate::Metric::words);
        add(&lost.row, &format!("{what} kept"), failure("lost", &lost.what));
    }
    for about in &outcome.not_compared {
        let mut status = TestCaseStatus::skipped();
        status.set_message(text::visible(&about.what));
        add(&about.row, about.metric.map_or("row", misgen_evaluate::gate::Metric::words), status);
    }
    if suites.is_empty() {
        let mut suite = TestSuite::new("gate");
        suite.add_test_case(TestCase::new("something is compared", failure("nothing-compared", &outcome.sentence)));
        suites.push(("gate".into(), suite));
    }
    let mut report = Report::new(format!("misgen gate {}", text::visible(&outcome.suite)));
    report.add_test_suites(suites.into_iter().map(|(_, suite)| suite));
    let mut bytes = Vec::new();
    report.serialize(&mut bytes).expect("a report is written to memory");
    bytes
}

fn failure(kind: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_type(kind).set_message(text::visible(message));
    status
}
