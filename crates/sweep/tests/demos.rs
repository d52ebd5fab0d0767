//! Demonstrations: the best play on every level, and the same again when the file is read.

use misgen_core::{Events, LevelPlan, Pool, Split, Ties};
use misgen_families::REGISTRY;
use misgen_solve::{Playbook, Process};
use misgen_sweep::demos::{Demo, demonstrate, write_demos};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use serde_json::Value;
use std::sync::Arc;

const LEVELS: u64 = 24;

fn pool(family: &str) -> Arc<dyn Pool> {
    let family = REGISTRY.get(family).unwrap();
    let mut pool = family.pool(&Value::Null).unwrap();
    let ties = Ties::new(family.spec().laws[0].rows[0].2);
    for index in 0..LEVELS {
        pool.generate(0, Split::Train, index, &ties).unwrap();
    }
    Arc::from(pool)
}

#[test]
fn every_level_is_played_once_and_as_well_as_it_can_be() {
    for name in ["corner", "lava", "monsters"] {
        let pool = pool(name);
        let spec = pool.spec();
        let demos = demonstrate(&pool, spec.gamma, 3).unwrap();
        let process = Process::new(spec.gamma, pool.limit());
        for level in 0..LEVELS as u32 {
            let episode: Vec<&Demo> = demos.iter().filter(|demo| demo.level == level).collect();
            let steps: Vec<u32> = episode.iter().map(|demo| demo.step).collect();
            assert_eq!(steps, (0..episode.len() as u32).collect::<Vec<_>>(), "{name} {level}");
            assert!(
                episode.iter().all(|demo| demo.best >> demo.action & 1 == 1),
                "{name} {level}: an action of the set"
            );
            let (last, before) = episode.split_last().unwrap();
            assert!(last.terminated != last.truncated, "{name} {level}: one end");
            assert!(before.iter().all(|demo| !demo.terminated && !demo.truncated));
            if !spec.is_planned() {
                let mut discount = 1.0;
                let mut value = 0.0;
                for demo in &episode {
                    value += discount * f64::from(demo.reward);
                    discount *= spec.gamma;
                }
                let graph = pool.graph(level as usize, 100_000).unwrap();
                let best = Playbook::new(&graph, &process, &spec).pursuer(0).value(0);
                assert!((value - best).abs() < 1e-6, "{name} {level}: {value}, the best is {best}");
            }
        }
        // What was seen is what a batch shows first.
        let mut env = Arc::clone(&pool).batch(1, pool.limit(), Events::NONE);
        env.restart(&LevelPlan::Once { ids: vec![5], seed: 3 });
        let first = demos.iter().find(|demo| (demo.level, demo.step) == (5, 0)).unwrap();
        assert_eq!(first.obs, env.view().lane(0), "{name} has cells of one byte");
    }
}

#[test]
fn a_file_holds_what_was_demonstrated() {
    let pool = pool("corner");
    let demos = demonstrate(&pool, 0.99, 0).unwrap();
    let bytes = write_demos(&*pool, "aligned", 0.25, 0, &demos).unwrap();
    assert_eq!(bytes, write_demos(&*pool, "aligned", 0.25, 0, &demonstrate(&pool, 0.99, 0).unwrap()).unwrap());
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let notes = reader.metadata().file_metadata().key_value_metadata().unwrap();
    let note =
        |key: &str| notes.iter().find(|note| note.key == format!("misgen.{key}")).unwrap().value.clone().unwrap();
    assert_eq!((note("family"), note("law"), note("mix")), ("corner-v0".into(), "aligned".into(), "0.25".into()));
    assert_eq!(note("shape"), "[9,9,1]");
    assert_eq!(note("channels"), r#"["wall","agent","cheese"]"#);
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows.len(), demos.len());
    for (row, demo) in rows.iter().zip(&demos) {
        let columns: Vec<(&String, &Field)> = row.get_column_iter().collect();
        let key = pool.key(demo.level as usize).unwrap().to_string();
        let expected = [
            Field::UInt(demo.level),
            Field::Str(key),
            Field::UInt(demo.step),
            Field::Bytes(demo.obs.clone().into()),
            Field::UInt(demo.action.into()),
            Field::UInt(demo.best.into()),
            Field::Float(demo.reward),
            Field::Bool(demo.terminated),
            Field::Bool(demo.truncated),
        ];
        assert_eq!(columns.iter().map(|(_, field)| (*field).clone()).collect::<Vec<_>>(), expected);
    }
}
