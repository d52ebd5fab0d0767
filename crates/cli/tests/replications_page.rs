//! docs/replications.md says of every published claim what the committed results say.
#![allow(clippy::disallowed_methods, reason = "tests look at files from outside the store")]

mod root;

use misgen_evaluate::record::Summary;
use misgen_evaluate::replicate::{Replication, STUDIES};
use misgen_report::{figure_svg, replication_markdown};
use root::root;
use std::fs;

fn committed(id: &str) -> Replication {
    let path = root().join(format!("results/reference/replications/{id}/replication.json"));
    serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

#[test]
fn the_page_has_every_claim_with_what_came_out() {
    let page = fs::read_to_string(root().join("docs/replications.md")).unwrap();
    for study in STUDIES {
        let found = committed(study.id);
        assert_eq!((found.title.as_str(), found.source.as_str()), (study.title, study.source));
        let table = replication_markdown(&found);
        assert!(page.contains(&table), "docs/replications.md lacks, of {},\n{table}", study.id);
        for (i, figure) in found.figures.iter().enumerate() {
            let name = format!("results/reference/replications/{}/figure-{}.svg", study.id, i + 1);
            assert_eq!(fs::read(root().join(&name)).unwrap(), figure_svg(figure), "{name} is another drawing");
            assert!(page.contains(&format!("](../{name})")), "docs/replications.md does not show {name}");
        }
    }
}

#[test]
fn the_committed_results_are_of_the_committed_suites() {
    for study in STUDIES {
        let path = |name: &str| root().join(format!("results/reference/replications/{}/{name}", study.id));
        let summary: Summary = serde_json::from_str(&fs::read_to_string(path("summary.json")).unwrap()).unwrap();
        assert_eq!(summary.suite, study.id);
        let trained = |row: &&misgen_evaluate::record::SummaryRow| row.mix.is_some() && row.shift == "training";
        let learned: Vec<_> = summary.rows.iter().filter(trained).collect();
        assert!(learned.iter().all(|row| row.failed_cells == 0 && row.seeds >= 5), "{}", study.id);
        assert_eq!(learned.iter().map(|row| row.seeds).sum::<usize>(), committed(study.id).agents, "{}", study.id);
    }
}

/// The instrument is suspect where the best known result of all does not come out.
#[test]
fn the_corner_captures_and_a_mix_rescues() {
    let found = committed("r1");
    let corner: Vec<_> = found.claims.iter().filter(|claim| claim.claim.starts_with("corner")).collect();
    assert!(corner.len() >= 7);
    assert!(corner.iter().all(|claim| claim.holds != Some(false)), "{corner:#?}");
}
