//! The table and the sentences in a terminal, and the CSV.

use crate::fixture::{HOSTILE, summary};
use misgen_evaluate::record::Summary;
use misgen_report::{Color, Style, csv, sentences, table};

const ASCII_80: Style = Style { color: Color::Off, unicode: false, width: Some(80) };
const UNICODE_130: Style = Style { color: Color::Off, unicode: true, width: Some(130) };

/// The fixture without the agent whose names are hostile.
fn tame() -> Summary {
    let mut tame = summary();
    tame.rows.retain(|row| row.agent != HOSTILE);
    tame.notes.truncate(1);
    let across = tame.across.as_mut().unwrap();
    across.agents.retain(|agent| agent.agent != HOSTILE);
    across.improvements.iter_mut().for_each(|pair| pair.head = "ppo-2".into());
    tame
}

#[test]
fn a_wide_table_gives_each_number_a_column() {
    insta::assert_snapshot!(table(&tame(), &UNICODE_130));
}

#[test]
fn a_narrow_table_stands_agents_above_their_shifts() {
    insta::assert_snapshot!(table(&tame(), &ASCII_80));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for (width, unicode) in [(80, false), (80, true), (100, true), (130, true), (200, false)] {
        for summary in [tame(), summary()] {
            let shown = table(&summary, &Style { color: Color::Off, unicode, width: Some(width) });
            let longest = shown.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(longest <= usize::from(width), "{longest} columns in a terminal of {width}:\n{shown}");
        }
    }
}

#[test]
fn a_pipe_never_breaks_a_row() {
    let shown = table(&tame(), &Style::PLAIN);
    assert!(
        shown.lines().any(|line| line.contains("corner pursuer  * cheese-elsewhere  1.00  0.00  [0.00, 0.00]")),
        "{shown}"
    );
}

#[test]
fn colour_adds_escapes_and_nothing_else() {
    let plain = table(&summary(), &UNICODE_130);
    let colored = table(&summary(), &Style { color: Color::Indexed, ..UNICODE_130 });
    assert!(!plain.contains('\u{1b}'));
    assert!(colored.contains("\u{1b}[1m\u{1b}[33m✗ MISGENERALIZES\u{1b}[0m"));
    assert_eq!(without_escapes(&colored), plain);
}

fn without_escapes(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap().to_owned();
    first + &parts.map(|part| part.split_once('m').unwrap().1).collect::<String>()
}

#[test]
fn ascii_means_ascii() {
    for text in [table(&summary(), &ASCII_80), sentences(&summary(), true, &ASCII_80)] {
        assert!(text.is_ascii(), "{text}");
    }
}

#[test]
fn one_sentence_a_verdict_of_the_main_conflict_shifts() {
    insta::assert_snapshot!(sentences(&tame(), false, &UNICODE_130));
}

#[test]
fn all_sentences_when_asked() {
    let all = sentences(&tame(), true, &Style::PLAIN);
    let wanted = tame().rows.iter().filter(|row| row.sentence.is_some()).count();
    assert_eq!(all.matches(" came first in ").count(), wanted);
    assert!(wanted > tame().rows.iter().filter(|row| row.main).count());
}

#[test]
fn names_cannot_steer_the_terminal() {
    let summary = summary();
    for style in [ASCII_80, UNICODE_130] {
        for text in [table(&summary, &style), sentences(&summary, true, &style)] {
            assert!(text.contains("\\u{1b}") && text.contains("\\u{202e}"));
            assert!(text.chars().all(|c| c == '\n' || (!c.is_control() && c != '\u{202e}')));
        }
    }
}

#[test]
fn the_csv_is_flat_raw_and_stable() {
    let mut summary = tame();
    summary.rows.truncate(3);
    insta::assert_snapshot!(String::from_utf8(csv(&summary)).unwrap());
}

#[test]
fn the_csv_reads_back() {
    let summary = summary();
    let text = String::from_utf8(csv(&summary)).unwrap();
    let records = parse(&text);
    let header = &records[0];
    assert_eq!(records.len(), summary.rows.len() + 1);
    let column = |name: &str| header.iter().position(|c| c == name).unwrap();
    for (row, record) in summary.rows.iter().zip(&records[1..]) {
        assert_eq!(record.len(), header.len());
        assert_eq!((&record[column("agent")], &record[column("shift")]), (&row.agent, &row.shift));
        assert_eq!(record[column("gt")].parse().ok(), row.gt);
        assert_eq!(record[column("gt_seeds")].split(';').map(|v| v.parse().ok()).collect::<Vec<_>>(), row.gt_seeds);
        assert_eq!(record[column("sentence")], row.sentence.clone().unwrap_or_default());
    }
}

/// A reader of RFC 4180.
fn parse(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.push(chars.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c => field.push(c),
        }
    }
    records
}

/// Every learner with transfer, best first; names that try to get out of their line stay in it.
#[test]
fn a_board_has_a_line_for_every_learner() {
    let mut summary = summary();
    summary.rows.iter_mut().for_each(|row| row.pool = Some("0123456789abcdef0123".into()));
    summary.versions = Some(misgen_evaluate::record::SummaryVersions { pool: 1, metric: 1, agent: None });
    let boards = misgen_evaluate::leaderboard::leaderboard(&[summary]);
    let entries: usize = boards.boards.iter().map(|board| board.entries.len()).sum();
    assert!(entries > 2, "{boards:?}");
    let shown = misgen_report::leaderboard(&boards, &ASCII_80);
    assert!(shown.is_ascii() && shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown}");
    assert!(shown.contains("levels 0123456789ab, metrics 1"), "{shown}");
    let wide = misgen_report::leaderboard(&boards, &Style::PLAIN);
    assert_eq!(wide.lines().filter(|line| line.contains("mix ")).count(), entries, "{wide}");
}
