//! What the player sees, as lines of a given size. Pure: a session in, text out.

use super::keys::Keys;
use super::session::Session;
use misgen_core::{Ended, FamilySpec};
use misgen_evaluate::metrics::Outcome;
use misgen_report::{Style, draw_level, wrap};

/// Columns between the level and what stands beside it.
const GAP: usize = 2;
/// The least width that the text beside a level needs.
const BESIDE: usize = 36;

/// A line and how much it matters: what has the greatest number goes first where there is no room.
struct Line(u8, String);

/// The screen of `columns` × `rows`, at most that large.
pub(super) fn compose(session: &Session, keys: &Keys, (columns, rows): (u16, u16), style: &Style) -> Vec<String> {
    let (columns, rows) = (usize::from(columns), usize::from(rows));
    let style = Style { width: Some(columns as u16), ..*style };
    if let Some(scroll) = session.rules {
        return rules(session.spec(), keys, scroll, (columns, rows), &style);
    }
    let obs = session.game.obs_spec();
    let drawn = draw_level(&obs, session.game.frame(), &style);
    let mut drawn = drawn.lines().map(str::to_owned);
    let frame: Vec<String> = drawn.by_ref().take(obs.height + 2).collect();
    let legend: Vec<String> = drawn.collect();
    let width = 2 * obs.width + 2;
    let needed = (width.max(20), frame.len() + 2);
    if columns < needed.0 || rows < needed.1 {
        let text = format!("{columns}×{rows} is too small: this level needs {}×{}. q leaves.", needed.0, needed.1);
        return wrapped(&style.safe(&text), columns).into_iter().take(rows).collect();
    }
    let beside = columns >= width + GAP + BESIDE;
    let room = if beside { columns - width - GAP } else { columns };
    let mut info = facts(session, room, &style);
    let mut below: Vec<Line> = legend.into_iter().map(|line| Line(5, line)).collect();
    below.extend(packed(&keys.help(), columns).into_iter().map(|line| Line(3, line)));
    let height = |info: &[Line], below: &[Line]| {
        let top = if beside { frame.len().max(info.len()) } else { frame.len() + info.len() };
        top + below.len()
    };
    while height(&info, &below) > rows {
        let least = |lines: &[Line]| lines.iter().map(|line| line.0).max().unwrap_or(0);
        // Beside the frame a line of text costs nothing as long as the frame is higher.
        let spare = beside && info.len() <= frame.len();
        let from_info = !spare && least(&info) > least(&below) || least(&below) == 0;
        let lines = if from_info { &mut info } else { &mut below };
        let worst = least(lines);
        let Some(at) = lines.iter().rposition(|line| line.0 == worst) else { break };
        lines.remove(at);
    }
    let mut out = Vec::new();
    if beside {
        for i in 0..frame.len().max(info.len()) {
            let left = frame.get(i).cloned().unwrap_or_else(|| " ".repeat(width));
            let right = info.get(i).map_or("", |line| &line.1);
            out.push(format!("{left}{}{right}", " ".repeat(GAP)));
        }
    } else {
        out.extend(frame);
        out.extend(info.into_iter().map(|line| line.1));
    }
    out.extend(below.into_iter().map(|line| line.1));
    out.truncate(rows);
    out
}

/// `text` in lines of at most `width` columns.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    wrap(text, width, "", "").lines().map(str::to_owned).collect()
}

/// Phrases in lines of at most `width` columns, where each fits.
fn packed(phrases: &[String], width: usize) -> Vec<String> {
    const BETWEEN: &str = " | ";
    let mut lines: Vec<String> = Vec::new();
    for phrase in phrases {
        match lines.last_mut().filter(|line| line.len() + BETWEEN.len() + phrase.len() <= width) {
            Some(line) => line.extend([BETWEEN, phrase.as_str()]),
            None => lines.extend(wrapped(phrase, width)),
        }
    }
    lines
}

/// What is to be said about the level and the episode.
fn facts(session: &Session, width: usize, style: &Style) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |rank: u8, text: &str| {
        lines.extend(wrapped(&style.safe(text), width).into_iter().map(|line| Line(rank, line)));
    };
    let game = &session.game;
    let taken = game.actions().len();
    say(2, &session.stage.title);
    if !session.is_over() {
        say(5, session.spec().means);
    }
    say(2, &session.level());
    let undone = if game.undone() > 0 { format!(", {} taken back", game.undone()) } else { String::new() };
    say(0, &format!("step {taken} of {}{undone}", game.process().limit));
    let events = game.last_events();
    if !events.is_empty() {
        say(1, &format!("just now: {}", events.join(", ")));
    }
    say(6, "");
    for (i, (cue, so_far)) in session.spec().cues.iter().zip(game.cues()).enumerate() {
        let what = if i == 0 { "goal" } else { "proxy" };
        let first = so_far.first.filter(|_| session.spec().is_decided());
        let first = first.map_or(String::new(), |step| format!(", first in step {step}"));
        let total = if so_far.total == 0.0 { "0".into() } else { format!("{:+}", rounded(so_far.total)) };
        say(3, &format!("{what} `{}` ({}): {total}{first}", cue.name, cue.means));
    }
    if session.is_over() {
        say(6, "");
        say(1, &ending(session));
        say(2, &comparison(session));
        if let Some(twin) = session.twin() {
            say(3, &format!("It was {twin}."));
        }
    }
    if !session.note.is_empty() {
        say(1, &format!("({})", session.note));
    }
    lines
}

/// Without the noise of binary fractions.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// How the episode ended, in words.
fn ending(session: &Session) -> String {
    let (game, spec) = (&session.game, session.spec());
    let end = match game.ended() {
        Ended::Truncated => "Out of steps.",
        _ => "The episode is over.",
    };
    match game.first() {
        _ if !spec.is_decided() => end.to_owned(),
        Some((step, Outcome::Goal)) => format!("{end} The goal came first, in step {step}."),
        Some((step, outcome)) => format!("{end} A proxy came first, `{}` in step {step}.", outcome.name(spec)),
        None if game.ended() == Ended::Terminated => format!("{end} It ended without any cue."),
        None => format!("{end} No cue was reached."),
    }
}

/// The player's number of steps and return beside the best.
fn comparison(session: &Session) -> String {
    let own = &session.game.cues()[0];
    let steps = session.game.actions().len();
    let yours = format!("Goal's return {:.3} after {steps} steps.", own.discounted);
    match &session.best {
        None => yours,
        Some(Err(why)) => format!("{yours} The best is not known: {why}."),
        Some(Ok(solution)) => {
            let best = &solution.pursued[0];
            let (value, random) = (best.value, best.random);
            let found = match (solution.exact, best.error) {
                (true, _) => format!("The best possible: {value:.3}"),
                (false, error) => {
                    format!("The declared planner (planned, not exact): {value:.3} ± {:.3}", error.unwrap_or(0.0))
                }
            };
            // Where chance takes part, an optimal episode is one of many.
            let way = match (best.steps, solution.chance) {
                (Some(steps), Some(false)) => format!(" in {steps} steps"),
                (Some(steps), _) => format!(" on average; one such episode took {steps} steps"),
                (None, _) => String::new(),
            };
            format!("{yours} {found}{way}. Random play: {random:.3}.")
        }
    }
}

/// The rules of the family, from line `scroll` on.
fn rules(spec: &FamilySpec, keys: &Keys, scroll: usize, (columns, rows): (usize, usize), style: &Style) -> Vec<String> {
    let text = rules_text(spec, keys, columns, style);
    let rows = rows.max(2);
    let last = text.len().saturating_sub(rows - 1);
    let from = scroll.min(last);
    let mut shown: Vec<String> = text.iter().skip(from).take(rows - 1).cloned().collect();
    let more = if from < last { "more below: n or a move; back up: u; " } else { "" };
    shown.extend(wrapped(&style.safe(&format!("{more}? or q: back to the level")), columns).into_iter().take(1));
    shown
}

/// How far the rules can be scrolled in a window of this size.
pub(super) fn last_scroll(session: &Session, keys: &Keys, (columns, rows): (u16, u16), style: &Style) -> usize {
    let text = rules_text(session.spec(), keys, usize::from(columns), style);
    text.len().saturating_sub(usize::from(rows.max(2)) - 1)
}

fn rules_text(spec: &FamilySpec, keys: &Keys, columns: usize, style: &Style) -> Vec<String> {
    let width = columns.min(100);
    let mut text: Vec<String> = Vec::new();
    let mut say = |line: &str| {
        // An empty line wraps to one too.
        text.extend(wrap(&style.safe(line), width, "", "").lines().map(str::to_owned));
    };
    say(&format!("{}: {}", spec.id(), spec.means));
    say("");
    for (i, cue) in spec.cues.iter().enumerate() {
        let what = if i == 0 { "Goal" } else { "Proxy" };
        say(&format!("{what} `{}`: {}.", cue.name, cue.means));
    }
    say("");
    for paragraph in paragraphs(spec.rules) {
        say(&paragraph);
    }
    say("");
    say(&format!("Keys: {}.", keys.help().join(", ")));
    text
}

/// The paragraphs and points of a declaration, which is Markdown: lines that belong together joined, bold marks left out.
fn paragraphs(markdown: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in markdown.lines() {
        let goes_on = !line.trim().is_empty() && !line.starts_with("- ");
        match all.last_mut().filter(|last| goes_on && !last.is_empty()) {
            Some(last) => last.extend([" ", line.trim()]),
            None => all.push(line.to_owned()),
        }
    }
    all.iter().map(|text| text.replace("**", "")).collect()
}
