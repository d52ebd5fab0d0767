//! `misgen doctor`: what this machine can do, and whether anything is in the way.

use crate::args::{Cli, DoctorArgs};
use crate::failure::Failure;
use crate::output;
use clap::CommandFactory;
use misgen_core::nearest;
use misgen_store::{Address, Fs, RealFs, Store, StoreError};
use misgen_sweep::machine::Machine;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a finding is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Grade {
    /// As it should be.
    Fine,
    /// Works, and might be better.
    Note,
    /// Runs will fail.
    Broken,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Finding {
    grade: Grade,
    what: &'static str,
    found: String,
}

pub(crate) fn doctor(args: &DoctorArgs) -> Result<u8, Failure> {
    let machine = Machine::present(&RealFs);
    let mut findings = vec![program(&machine), processor(&machine), cores(&machine), memory(), folder(&args.out)];
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    findings.push(variables(set.filter(|name| name.starts_with("MISGEN_")).collect()));
    if args.json {
        output::json(&findings)?;
    } else {
        let mark = |grade| match grade {
            Grade::Fine => "ok    ",
            Grade::Note => "note  ",
            Grade::Broken => "broken",
        };
        let line = |f: &Finding| format!("{} {}: {}\n", mark(f.grade), f.what, f.found);
        output::document(&findings.iter().map(line).collect::<String>())?;
    }
    Ok(if findings.iter().any(|finding| finding.grade == Grade::Broken) { 4 } else { 0 })
}

fn program(machine: &Machine) -> Finding {
    let commit = machine.commit.as_deref().map_or(String::new(), |commit| format!(", commit {commit}"));
    let rustc = machine.rustc.as_deref().unwrap_or("an unknown compiler");
    let (grade, slow) = match machine.debug_build {
        true => (Grade::Note, "; built without optimisation, training is many times slower: use --release"),
        false => (Grade::Fine, ""),
    };
    Finding { grade, what: "program", found: format!("misgen {}{commit}, {rustc}{slow}", machine.version) }
}

fn processor(machine: &Machine) -> Finding {
    let cpu = machine.cpu.as_deref().unwrap_or("unknown");
    let (grade, hint) = match machine.kernels.as_str() {
        "cuda" => (Grade::Note, "updates on a GPU, whose weights are not promised to be bitwise equal anywhere"),
        "generic" => (
            Grade::Note,
            "weights are bitwise equal on machines of the same one; without AVX2 training is several times slower",
        ),
        _ => (Grade::Fine, "weights are bitwise equal on machines of the same one"),
    };
    let found = format!("{cpu}; kernel set {}, {hint}", machine.kernels);
    Finding { grade, what: "processor", found }
}

fn cores(machine: &Machine) -> Finding {
    let (grade, found) = match machine.cores {
        Some(cores) => (Grade::Fine, format!("{cores}; so many cells run at a time unless --jobs says otherwise")),
        None => (Grade::Note, "unknown; one cell runs at a time unless --jobs says otherwise".into()),
    };
    Finding { grade, what: "cores", found }
}

/// What a cell of the default size takes at its peak, rounded up.
const CELL_MEMORY: u64 = 512 << 20;

fn memory() -> Finding {
    let info = RealFs.read(Path::new("/proc/meminfo"), 1 << 16).unwrap_or_default();
    match available(&String::from_utf8_lossy(&info)) {
        Some(bytes) => Finding {
            grade: if bytes < CELL_MEMORY { Grade::Note } else { Grade::Fine },
            what: "memory",
            found: format!(
                "{} MiB available; a cell of the default size takes less than {} MiB",
                bytes >> 20,
                CELL_MEMORY >> 20
            ),
        },
        None => Finding {
            grade: Grade::Note,
            what: "memory",
            found: "unknown on this system; --cell-memory has no effect".into(),
        },
    }
}

/// Available memory in bytes, as Linux says it.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// Publishes, reads back and locks where runs would lie, and leaves nothing behind.
fn folder(out: &Path) -> Finding {
    // The folder itself need not exist; then what counts is the one it would be made in.
    let exists = |path: &&Path| RealFs.inspect(path).is_ok_and(|node| node.is_some());
    let here = Path::new(".");
    let at = out.ancestors().map(|path| if path.as_os_str().is_empty() { here } else { path });
    let at: PathBuf = at.clone().find(exists).unwrap_or(here).to_owned();
    let tried = tempfile::Builder::new().prefix(".misgen-doctor-").tempdir_in(&at).map_err(|e| e.to_string());
    let tried = tried.and_then(|probe| {
        try_store(probe.path()).map_err(|e| e.to_string()).and_then(|locks| {
            if locks { Ok(()) } else { Err("locks are not exclusive: two processes would share an entry".to_owned()) }
        })
    });
    match tried {
        Ok(()) => Finding {
            grade: Grade::Fine,
            what: "results",
            found: format!("{}: files can be published, read back and locked there", out.display()),
        },
        Err(why) => Finding { grade: Grade::Broken, what: "results", found: format!("{}: {why}", out.display()) },
    }
}

/// Whether an entry can be published and its lock is exclusive.
fn try_store(folder: &Path) -> Result<bool, StoreError> {
    let store = Store::create(Arc::new(RealFs), folder)?;
    let entry = store.entry("probes", &Address::of_bytes(b"probe"))?;
    let writer = entry.lock()?;
    writer.publish(&[("probe.txt", b"probe")])?;
    let back = entry.read("probe.txt")?;
    Ok(back.as_deref() == Some(b"probe") && entry.try_lock()?.is_none())
}

/// Variables that change commands, and those that look as if they should and do not.
fn variables(set: Vec<String>) -> Finding {
    let mut known = BTreeSet::from([misgen_agents::DEVICE.to_owned()]);
    names(&Cli::command(), &mut known);
    let strange = |name: &&String| !known.contains(*name) && !name.starts_with("MISGEN__");
    let unknown: Vec<String> = set.iter().filter(strange).cloned().collect();
    let (grade, found) = match (set.is_empty(), unknown.first()) {
        (true, _) => (Grade::Fine, "no MISGEN_ variable is set".to_owned()),
        (false, None) => (Grade::Fine, format!("set and obeyed: {}", set.join(", "))),
        (false, Some(first)) => {
            let hint = nearest(first, known.iter().map(String::as_str));
            let hint = hint.map_or_else(String::new, |name| format!("; did you mean {name}?"));
            (Grade::Note, format!("set and unknown: {}{hint}", unknown.join(", ")))
        }
    };
    Finding { grade, what: "variables", found }
}

fn names(command: &clap::Command, known: &mut BTreeSet<String>) {
    known.extend(command.get_arguments().filter_map(|a| Some(a.get_env()?.to_string_lossy().into_owned())));
    command.get_subcommands().for_each(|sub| names(sub, known));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_nobody_reads_is_pointed_out() {
        assert_eq!(variables(vec![]).grade, Grade::Fine);
        let obeyed = ["MISGEN_JOBS", "MISGEN__SEEDS", "MISGEN_DEVICE"].map(String::from);
        assert_eq!(variables(obeyed.into()).grade, Grade::Fine);
        let odd = variables(vec!["MISGEN_JOB".into()]);
        assert_eq!(
            (odd.grade, odd.found.as_str()),
            (Grade::Note, "set and unknown: MISGEN_JOB; did you mean MISGEN_JOBS?")
        );
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_broken_and_a_good_one_is_left_as_it_was() {
        let good = tempfile::tempdir().unwrap();
        let inside = good.path().join("runs/deep");
        assert_eq!(folder(&inside).grade, Grade::Fine);
        assert_eq!(RealFs.list(good.path()).unwrap().len(), 0);
        let file = good.path().join("file");
        drop(RealFs.create(&file).unwrap());
        let broken = folder(&file.join("runs"));
        assert_eq!(broken.grade, Grade::Broken, "{}", broken.found);
    }

    #[test]
    fn available_memory_is_read_from_what_linux_says() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:    2048 kB\n"), Some(2 << 20));
        assert_eq!(available(""), None);
    }
}
