//! `log.jsonl`: what a job said lies beside its result, and stays when the job fails, panics or is killed.

mod common;

use common::{REGISTRY, SUITE, load};
use misgen_store::{Entry, RealFs, State, Store};
use misgen_sweep::child::{CellError, Context, Files, Task, run_logged};
use misgen_sweep::inputs::Job;
use misgen_sweep::log::{LOG_FILE, Log};
use misgen_sweep::plan::{Plan, Versions};
use std::sync::Arc;

/// Does one job of the toy suite; its computation says lines, takes steps and ends as `how` says.
fn log_of(how: &str, index: usize, log: &Log) -> (tempfile::TempDir, Entry, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(Arc::new(RealFs), folder.path().join("run")).unwrap();
    let versions = Versions::current();
    let plan = Plan::new(&load(SUITE).unwrap(), &versions).unwrap();
    let text = String::from_utf8(plan.lines().unwrap()).unwrap();
    let (address, job) = &plan.jobs[index];
    let entry = store.entry(job.kind(), address).unwrap();
    let compute = |job: &Job, context: &Context<'_>, step: &mut dyn FnMut(u64, u64)| -> Result<Files, CellError> {
        if let Job::Cell(cell) = job {
            log.push("{\"message\":\"begun\"}");
            context.pool(&cell.held_out)?;
            log.push("{\"message\":\"pool is there\"}");
            step(50, 100);
            if how == "is killed" {
                // What another process sees of one that goes no further.
                let seen = entry.read_aside(LOG_FILE).unwrap().expect("the log so far");
                assert!(String::from_utf8(seen).unwrap().ends_with("{\"message\":\"pool is there\"}\n"));
            }
            log.push("{\"message\":\"half-way\"}");
            match how {
                "fails" => return Err(CellError::Failed("no luck".into())),
                "panics" => panic!("a toy panic"),
                _ => {}
            }
        } else {
            log.push("{\"message\":\"levels\"}");
        }
        Ok(vec![("result.json".into(), b"{}\n".to_vec())])
    };
    let task = Task { plan: &text, index, store: &store, registry: REGISTRY, versions: &versions, wait: true };
    let ran =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run_logged(&task, log, &compute, &mut |_, _| ())));
    assert_eq!(ran.is_ok(), how != "panics");
    let complete = entry.state().unwrap() == State::Complete;
    assert_eq!(complete, how == "ends well" || how == "is killed", "{how}");
    let text = entry.read_aside(LOG_FILE).unwrap().map(|bytes| String::from_utf8(bytes).unwrap());
    (folder, entry, text)
}

fn first_cell() -> usize {
    let plan = Plan::new(&load(SUITE).unwrap(), &Versions::current()).unwrap();
    plan.jobs.len() - plan.cells()
}

#[test]
fn a_log_survives_however_its_job_ends() {
    for how in ["ends well", "fails", "panics", "is killed"] {
        let (_folder, entry, text) = log_of(how, first_cell(), &Log::kept());
        let text = text.expect("a log");
        // The pool was made within the cell.
        let said = ["begun", "levels", "pool is there", "half-way"].map(|m| format!("{{\"message\":\"{m}\"}}\n"));
        assert_eq!(text, said.concat(), "{how}");
        let published = entry.files().unwrap().unwrap_or_default();
        assert!(published.iter().all(|file| file.name != LOG_FILE), "no digest vouches for times");
    }
}

#[test]
fn without_a_log_nothing_is_written() {
    let (_folder, _, text) = log_of("ends well", first_cell(), &Log::default());
    assert_eq!(text, None);
}

#[test]
fn a_log_changes_no_published_byte() {
    let (_one, with, _) = log_of("ends well", 0, &Log::kept());
    let (_other, without, _) = log_of("ends well", 0, &Log::default());
    assert_eq!(with.files().unwrap(), without.files().unwrap());
}
