//! `episodes.parquet` from elsewhere: damaged and lying files are refused without a panic, and without room for what
//! they only claim.

use misgen_core::Role;
use misgen_evaluate::episode::{EpisodeRecord, Scale};
use misgen_sweep::episodes::{Episodes, EpisodesError, MAX_BYTES, read_episodes, write_episodes};
use std::collections::BTreeMap;

/// Episodes that differ in every column that may differ.
fn episodes(rows: u32) -> Episodes {
    let row = |i: u32| EpisodeRecord {
        shift: if i < 2 { "training" } else { "apart" }.into(),
        role: if i < 2 { Role::Training } else { Role::Conflict },
        twin: i % 2 == 1,
        play: if i.is_multiple_of(3) { "greedy" } else { "sampled" }.into(),
        level: i,
        level_id: (i != 4).then(|| format!("eval/0/{i}/0/bound,opposed")),
        knobs: "{\"size\":9}".into(),
        steps: 3,
        terminated: i != 1,
        outcome: if i == 3 { "mark+side" } else { "goal" }.into(),
        first_cue_step: (i != 2).then_some(i),
        shortest: Some(2),
        training: Scale { got: 0.5, base: 0.25, best: f64::from(i) },
        cues: (0..3).map(|cue| Scale { got: f64::from(cue), base: f64::from(i), best: 1.0 }).collect(),
        counts: BTreeMap::from([("keys".to_owned(), f64::from(i))]),
        actions: "abd".into(),
        chances: (i == 5).then(|| "0 1 0".into()),
        events: "3:target".into(),
    };
    Episodes {
        family: "row".into(),
        family_version: 3,
        agent: "ppo".into(),
        mix: Some(0.5),
        seed: 7,
        proxies: vec!["mark".into(), "side".into()],
        rows: (0..rows).map(row).collect(),
    }
}

/// Reads with a count of the memory, and holds it to the size of the file.
fn bounded(bytes: &[u8]) -> Result<Episodes, EpisodesError> {
    let mut read = None;
    let info = allocation_counter::measure(|| read = Some(read_episodes(bytes)));
    let most = 2_000_000 + 600 * bytes.len() as u64;
    assert!(info.bytes_max < most, "{} bytes of memory for a file of {}", info.bytes_max, bytes.len());
    read.expect("it was read")
}

#[test]
fn a_file_cut_short_is_refused() {
    let bytes = write_episodes(&episodes(6)).unwrap();
    for length in (0..bytes.len()).step_by(3).chain([bytes.len() - 1]) {
        assert!(bounded(&bytes[..length]).is_err(), "the first {length} of {} bytes", bytes.len());
    }
    assert_eq!(bounded(&bytes).unwrap(), episodes(6));
}

#[test]
fn a_file_with_a_damaged_byte_is_read_or_refused_in_bounded_memory() {
    let good = episodes(6);
    let bytes = write_episodes(&good).unwrap();
    let (mut refused, mut changed) = (0, 0);
    for place in (0..bytes.len()).step_by(2) {
        for value in [0xFF, bytes[place] ^ 1] {
            let mut damaged = bytes.clone();
            damaged[place] = value;
            match bounded(&damaged) {
                Err(_) => refused += 1,
                // The store's digests find what stays readable.
                Ok(read) => changed += usize::from(read != good),
            }
        }
    }
    assert!(refused > 500 && changed > 100, "{refused} refused, {changed} changed");
}

#[test]
fn a_page_that_claims_gigabytes_is_refused_before_room_is_made() {
    let bytes = write_episodes(&episodes(6)).unwrap();
    // Two thousand million as Thrift writes it, in the place of each byte: some are sizes and counts.
    let claim = [0x80, 0xD0, 0xAC, 0xF3, 0x0E];
    let mut claims = 0;
    for place in (4..bytes.len() - 8).step_by(2) {
        let damaged = [&bytes[..place], &claim, &bytes[place + 1..]].concat();
        claims += usize::from(matches!(bounded(&damaged), Err(EpisodesError::Claim { .. })));
    }
    assert!(claims > 30, "{claims}");
    let large = vec![0; MAX_BYTES + 1];
    assert!(matches!(read_episodes(&large), Err(EpisodesError::TooLarge { .. })));
}

#[test]
fn values_of_another_kind_are_refused_by_row_and_column() {
    type Damage = fn(&mut Episodes);
    let cases: [(Damage, &str); 4] = [
        (
            |e| e.rows[3].actions = "ab".into(),
            "row 4, column `actions`: found \"ab\", expected as many letters as steps",
        ),
        (|e| e.rows[2].cues[1].got = f64::NAN, "row 3, column `return:mark`"),
        (|e| e.rows.clear(), "number of rows: found 0"),
        (|e| e.rows[0].training.best = f64::INFINITY, "row 1, column `v_best_training`"),
    ];
    for (damage, expected) in cases {
        let mut wrong = episodes(6);
        damage(&mut wrong);
        let error = bounded(&write_episodes(&wrong).unwrap()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn many_rows_are_read() {
    let many = episodes(5_000);
    let bytes = write_episodes(&many).unwrap();
    assert_eq!(bounded(&bytes).unwrap(), many);
}

#[test]
fn a_footer_that_claims_much_is_refused_before_room_is_made() {
    let good = write_episodes(&episodes(8)).unwrap();
    let tail = good.len() - 8;
    let length = u32::from_le_bytes(good[tail..tail + 4].try_into().unwrap()) as usize;
    let with_footer = |footer: &[u8]| {
        let mut file = good[..tail - length].to_vec();
        file.extend_from_slice(footer);
        file.extend_from_slice(&(footer.len() as u32).to_le_bytes());
        file.extend_from_slice(b"PAR1");
        file
    };
    // Version 1, then a list of 2^31 structures of which there is none.
    let refused = bounded(&with_footer(&[0x15, 0x02, 0x19, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07])).unwrap_err();
    assert!(refused.to_string().contains("footer"), "{refused}");
    let long = bounded(&with_footer(&vec![0; 100_000])).unwrap_err();
    assert!(long.to_string().contains("length of the footer"), "{long}");
    let mut beyond = good.clone();
    beyond[tail..tail + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(bounded(&beyond).unwrap_err().to_string().contains("length of the footer"));
    let mut unmarked = good.clone();
    unmarked[tail + 7] = b'2';
    assert!(bounded(&unmarked).unwrap_err().to_string().contains("PAR1"));
    assert_eq!(bounded(&with_footer(&good[tail - length..tail])).unwrap(), episodes(8));
}
