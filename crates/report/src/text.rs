//! Numbers and strings as they are shown.

use std::fmt::Write as _;

/// `value` with every character that would act instead of being seen (controls, line
/// separators, text direction, zero width, tags) written as an escape.
#[must_use]
pub fn visible(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if acts(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// `c` in ASCII: the usual typographic signs by their stand-ins, anything else as an escape.
pub(crate) fn ascii(c: char) -> Vec<char> {
    let plain = match c {
        '–' | '—' | '−' => "-",
        '“' | '”' => "\"",
        '‘' | '’' => "'",
        '×' => "x",
        '…' => "...",
        '±' => "+-",
        '≥' => ">=",
        '≤' => "<=",
        '\u{a0}' => " ",
        _ if c.is_ascii() => return vec![c],
        _ => return c.escape_default().collect(),
    };
    plain.chars().collect()
}

/// Two decimals, never `-0.00`.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// A ratio clipped to [0, 1] for display, two decimals.
pub(crate) fn clipped(value: f64) -> String {
    fixed(value.clamp(0.0, 1.0), 2)
}

/// Competence: at least 0, but not clipped at 1 (a planner may be beaten), two decimals.
pub(crate) fn competence(value: f64) -> String {
    fixed(value.max(0.0), 2)
}

/// An interval clipped like the mean in it.
pub(crate) fn interval(low: Option<f64>, high: Option<f64>) -> Option<String> {
    Some(format!("[{}, {}]", clipped(low?), clipped(high?)))
}

/// A share as a whole percentage, which says 0 and 100 only of nothing and all.
pub(crate) fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    if hundredths > 0.0 && hundredths <= 0.5 {
        "<1".into()
    } else if (99.5..100.0 - 1e-9).contains(&hundredths) {
        ">99".into()
    } else {
        fixed(hundredths, 0)
    }
}

/// A count with a suffix for thousands and millions: `600 k`, `2.5 M`.
pub(crate) fn thousands(count: f64) -> String {
    let (scaled, unit) = match count {
        c if c >= 1e6 => (c / 1e6, " M"),
        c if c >= 1e3 => (c / 1e3, " k"),
        c => (c, ""),
    };
    let text = fixed(scaled, 2);
    format!("{}{unit}", trim_zeros(&text))
}

/// Without trailing zeros after the point.
pub(crate) fn trim_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// An agent with its mix: `ppo, mix 0`.
pub(crate) fn agent(name: &str, mix: Option<f64>) -> String {
    mix.map_or_else(|| visible(name), |mix| format!("{}, mix {mix}", visible(name)))
}

/// `count` things, in words that agree with the number.
pub(crate) fn plural(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// The least and greatest of some counts: `5`, or `3 to 5`.
pub(crate) fn range(counts: impl Iterator<Item = usize> + Clone) -> String {
    match (counts.clone().min(), counts.max()) {
        (Some(least), Some(most)) if least < most => format!("{least} to {most}"),
        (Some(least), _) => least.to_string(),
        _ => "0".into(),
    }
}

/// `text` in lines of at most `width` columns, the first after `first`, the others after `rest`.
/// A word is broken only where it is longer than a line.
#[must_use]
pub fn wrap(text: &str, width: usize, first: &str, rest: &str) -> String {
    let longest = width.saturating_sub(rest.chars().count()).max(1);
    let mut out = String::from(first);
    let mut column = first.chars().count();
    let mut fresh = true;
    for word in text.split_whitespace() {
        let letters: Vec<char> = word.chars().collect();
        for (piece, letters) in letters.chunks(longest).enumerate() {
            let space = usize::from(!fresh && piece == 0);
            let full = column + space + letters.len() > width;
            if full && !(fresh && column <= rest.chars().count()) || piece > 0 {
                let _ = write!(out, "\n{rest}");
                column = rest.chars().count();
            } else if space == 1 {
                out.push(' ');
                column += 1;
            }
            out.extend(letters);
            column += letters.len();
            fresh = false;
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_instead() {
        assert_eq!(visible("a\u{202e}b\u{1b}[31m\n"), "a\\u{202e}b\\u{1b}[31m\\n");
        assert_eq!(visible("Größe <script>"), "Größe <script>");
    }

    #[test]
    fn a_share_is_nothing_or_all_only_if_it_is() {
        let shown: Vec<_> = [0.0, 0.001, 0.005, 0.5, 0.994, 0.999, 1.0].map(percent).into();
        assert_eq!(shown, ["0", "<1", "<1", "50", "99", ">99", "100"]);
    }

    #[test]
    fn no_negative_zero() {
        assert_eq!(fixed(-0.001, 2), "0.00");
        assert_eq!(fixed(-0.23, 2), "-0.23");
        assert_eq!(clipped(-0.23), "0.00");
        assert_eq!(competence(1.04), "1.04");
    }

    #[test]
    fn counts_are_short() {
        assert_eq!(thousands(600_000.0), "600 k");
        assert_eq!(thousands(2_500_000.0), "2.5 M");
        assert_eq!(thousands(40.0), "40");
    }

    #[test]
    fn lines_keep_their_measure() {
        let text = wrap("one two three four five", 10, "- ", "  ");
        assert_eq!(text, "- one two\n  three\n  four\n  five\n");
        assert_eq!(wrap("ab abcdefgh c", 4, "", " "), "ab\n abc\n def\n gh\n c\n");
    }
}
