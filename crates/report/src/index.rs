//! All families together: the index of their pages, and each beside its source.

use crate::describe::kind_means;
use crate::markdown::{code, prose, table};
use crate::page::{GENERATED, comparison_table, film};
use misgen_core::{FamilySpec, Kind};
use std::fmt::Write as _;

const KINDS: [Kind; 5] = [Kind::Coincident, Kind::Instrumental, Kind::Gated, Kind::Misspecified, Kind::Continuing];

/// The index: one table a kind.
#[must_use]
pub fn family_index(specs: &[FamilySpec]) -> String {
    let mut out = GENERATED.to_owned();
    let _ = writeln!(
        out,
        "# Families\n\nA page for each family, from its own declarations. [gallery.md](gallery.md) shows each in motion, \
         [sources.md](sources.md) holds it beside the world that it comes from.\n"
    );
    for kind in KINDS {
        let of_kind: Vec<&FamilySpec> = specs.iter().filter(|spec| spec.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let rows = of_kind.iter().map(|spec| {
            let proxies: Vec<_> = spec.cues[1..].iter().map(|cue| code(cue.name)).collect();
            [
                link(spec),
                code(spec.cues[0].name),
                proxies.join(", "),
                spec.shifts.first().map_or_else(|| "–".into(), |shift| code(shift.name)),
                prose(spec.means),
                prose(spec.source),
            ]
        });
        let (word, means) = kind_means(kind).split_once(": ").unwrap_or((kind.word(), ""));
        let _ = writeln!(out, "## {word}\n\n{}\n", capital(means));
        let _ = writeln!(out, "{}", table(["family", "goal", "proxies", "main shift", "world", "source"], rows));
    }
    out.trim_end().to_owned() + "\n"
}

/// Each family in motion; `rule` says how levels were chosen.
#[must_use]
pub fn family_gallery(specs: &[FamilySpec], rule: &str) -> String {
    let mut out = GENERATED.to_owned();
    out += "# Gallery\n\nEvery family, and what the optimal player of its first proxy does there. Where two levels stand side by side the left \
            one is as in training, and in a coincident family the player seems to want the goal. On the right one the correlation is broken.\n\n";
    let _ = writeln!(out, "{rule}\n");
    for spec in specs {
        let _ = writeln!(out, "## {}\n\n{} · {}", spec.name, more(spec), film(spec));
    }
    out.trim_end().to_owned() + "\n"
}

/// Each family beside its source, rule by rule.
#[must_use]
pub fn family_sources(specs: &[FamilySpec]) -> String {
    let mut out = GENERATED.to_owned();
    out += "# Families beside their sources\n\nWhat was published, what is here, and why where they differ.\n\n";
    for spec in specs {
        let rules = if spec.comparison.is_empty() {
            "No published rules are declared to hold it against.\n".to_owned()
        } else {
            comparison_table(spec.comparison)
        };
        let _ = writeln!(out, "## {}\n\n{} · {}\n\n{rules}", spec.name, more(spec), prose(spec.source));
    }
    out.trim_end().to_owned() + "\n"
}

fn link(spec: &FamilySpec) -> String {
    format!("[{0}]({0}.md)", spec.name)
}

/// A link below a heading that says the name already: headings are no links, or contents of a site would be empty.
fn more(spec: &FamilySpec) -> String {
    format!("[page]({}.md)", spec.name)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}
