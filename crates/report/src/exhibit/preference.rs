//! Which of two cues came first: a matrix a shift.

use super::Look;
use crate::csv::{sheet, short};
use crate::plate::{Data, figure};
use crate::text;
use maud::{Markup, html as markup};
use misgen_evaluate::attribute::preference::Pair;

pub(super) fn figures(look: &Look<'_>) -> Vec<Markup> {
    let of_rows = look.agent.rows.iter().map(|row| (row.shift.as_str(), row.preference.as_slice()));
    let mut all: Vec<(&str, &[Pair])> = of_rows.filter(|(_, pairs)| !pairs.is_empty()).collect();
    // Attribution is of one seed: it stands in only where the episodes of all seeds say nothing.
    if let Some((found, preference)) = look.agent.attribution.as_ref().and_then(|a| Some((a, a.preference.as_ref()?)))
        && !all.iter().any(|(shift, _)| *shift == found.shift)
        && !preference.pairs.is_empty()
    {
        all.push((&found.shift, &preference.pairs));
    }
    all.into_iter().map(|(shift, pairs)| one(look, shift, pairs)).collect()
}

fn one(look: &Look<'_>, shift: &str, pairs: &[Pair]) -> Markup {
    let mut cues: Vec<&str> = Vec::new();
    for name in pairs.iter().flat_map(|pair| [&pair.cue, &pair.over]) {
        if !cues.contains(&name.as_str()) {
            cues.push(name);
        }
    }
    let shown = text::visible(shift);
    let table = markup! {
        div.scroll tabindex="0" role="region" aria-label={ "Cue preference under " (shown) } {
            table.preference {
                caption.hidden { "How often the cue of the row came before that of the column, under " (shown) }
                thead { tr { th scope="col" { "before" } @for cue in &cues { th scope="col" { (text::visible(cue)) } } } }
                tbody {
                    @for cue in &cues {
                        tr {
                            th scope="row" { (text::visible(cue)) }
                            @for over in &cues { (cell(pairs.iter().find(|pair| pair.cue == *cue && pair.over == *over))) }
                        }
                    }
                }
            }
        }
    };
    let rows = pairs.iter().map(|pair| {
        let [kappa, low, high] = [pair.kappa, pair.interval.map(|i| i.0), pair.interval.map(|i| i.1)].map(short);
        let names = [pair.cue.clone(), pair.over.clone(), kappa, low, high];
        names.into_iter().chain([pair.first.to_string(), pair.other.to_string(), short(Some(pair.coverage))]).collect()
    });
    let csv = sheet(&["cue", "over", "kappa", "low", "high", "first", "other", "coverage"], rows);
    figure(
        look.scope,
        &markup! { strong { (shown) } },
        &table,
        Some(&Data { name: look.title("preference", shift), csv }),
    )
}

fn cell(pair: Option<&Pair>) -> Markup {
    markup! {
        @match pair {
            Some(pair) => {
                @if let Some(kappa) = pair.kappa {
                    td style={ "--k:" (text::fixed(kappa.clamp(0.0, 1.0) * 100.0, 0)) "%" } {
                        (text::fixed(kappa, 2))
                        span.quiet.around { (pair.first) " : " (pair.other) }
                        @if let Some((low, high)) = pair.interval { span.quiet.around { "[" (text::fixed(low, 2)) ", " (text::fixed(high, 2)) "]" } }
                    }
                } @else { td { span.quiet { "never either" } } }
            }
            None => td {}
        }
    }
}
