//! Manifests of pools: the committed ones are this program's, a run names the same pools, and what differs is named.

use misgen_core::AnyFamily;
use misgen_evaluate::pools::PoolFile;
use misgen_families::REGISTRY;
use misgen_store::{Fs, RealFs, Store};
use misgen_sweep::cell::{POOL_FILE, compute};
use misgen_sweep::child::{Task, run_job};
use misgen_sweep::inputs::Job;
use misgen_sweep::manifest::{Difference, MANIFEST_FILE, MAX_BYTES, Manifest, verify};
use misgen_sweep::plan::{Plan, Versions};
use misgen_sweep::suite::Suite;
use std::path::Path;
use std::sync::{Arc, OnceLock};

fn corner() -> &'static dyn AnyFamily {
    REGISTRY.get("corner").unwrap()
}

/// A manifest that takes no time.
fn small() -> &'static Manifest {
    static SMALL: OnceLock<Manifest> = OnceLock::new();
    SMALL.get_or_init(|| Manifest::make(corner(), 16, 2, &|_| ()).unwrap())
}

fn committed(family: &dyn AnyFamily) -> Vec<u8> {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    RealFs.read(&datasets.join(family.spec().id()).join(MANIFEST_FILE), MAX_BYTES).expect("it is committed")
}

fn differences(manifest: &Manifest, quick: bool) -> Vec<Difference> {
    verify(corner(), manifest, quick, 2, &|_| ()).unwrap()
}

#[test]
fn committed_levels_are_those_of_this_program() {
    for family in REGISTRY.iter() {
        let bytes = committed(family);
        assert!(bytes.len() < 50_000, "{}: {} bytes are too many to commit", family.spec().name, bytes.len());
        let manifest: Manifest = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(manifest.to_bytes(), bytes, "written by this program");
        assert_eq!(verify(family, &manifest, true, 1, &|_| ()).unwrap(), [], "{}", manifest.family);
        assert!(
            manifest.pools.iter().all(|pool| pool.kept == 512 || pool.kept < 512 && pool.stats.unbalanced.is_none())
        );
    }
}

#[test]
fn committed_screening_is_that_of_this_program() {
    let manifest: Manifest = serde_json::from_slice(&committed(corner())).unwrap();
    assert_eq!(differences(&manifest, false), []);
}

#[test]
fn a_run_keeps_the_pools_of_the_manifest() {
    let text = "name = \"x\"\nseeds = 1\nlevels = 16\n[[worlds]]\nfamily = \"corner\"\nframes = 512\n\
                [[agents]]\nname = \"ppo\"\nsettings = {}\nmix = [0.0, 1.0]\n[references]\nscripted = [\"random\"]\n";
    let suite = Suite::load("x.toml", text.as_bytes(), &[], REGISTRY, &|_| Err("no file".into())).unwrap();
    let versions = Versions::current();
    let plan = Plan::new(&suite, &versions).unwrap();
    let lines = String::from_utf8(plan.lines().unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(Arc::new(RealFs), folder.path().join("run")).unwrap();
    let mut met = Vec::new();
    for (index, (address, job)) in plan.jobs.iter().enumerate() {
        let Job::Pool(inputs) = job else { continue };
        let task = Task { plan: &lines, index, store: &store, registry: REGISTRY, versions: &versions, wait: true };
        run_job(&task, &compute, &mut |_, _| ()).unwrap();
        let bytes = store.entry(job.kind(), address).unwrap().read(POOL_FILE).unwrap().unwrap();
        let file: PoolFile = serde_json::from_slice(&bytes).unwrap();
        let entry = small().pools.iter().find(|pool| pool.address == *address);
        let entry = entry.unwrap_or_else(|| panic!("the manifest has no pool at the address of {}", inputs.row()));
        assert_eq!(entry.digest, file.digest, "{}", entry.name);
        assert_eq!(entry.keys().unwrap(), file.keys, "{}", entry.name);
        assert_eq!(entry.stats, file.stats, "{}", entry.name);
        met.push(entry.name.as_str());
    }
    met.sort_unstable();
    let mut all: Vec<&str> = small().pools.iter().map(|pool| pool.name.as_str()).collect();
    all.sort_unstable();
    assert_eq!(met, all, "a suite's pools are the manifest's");
}

#[test]
fn what_differs_is_named() {
    assert_eq!(differences(small(), true), []);
    assert_eq!(differences(small(), false), []);
    type Damage = fn(&mut Manifest);
    // Damage, the pool that is to be named, and whether levels alone show it.
    let cases: [(Damage, &str, &str, bool); 9] = [
        (|m| m.pools[3].digest.replace_range(0..1, "x"), "cheese-opposite", "digest: found", true),
        (|m| m.pools[2].ids = m.pools[2].ids.replacen(|_| true, "9", 1), "cheese-anywhere", "", true),
        (|m| m.pools[2].ids.push_str(" 7"), "cheese-anywhere", "ids", true),
        (|m| m.pools[2].inputs.seed = 1, "cheese-anywhere", "inputs", true),
        (|m| drop(m.pools.remove(4)), "cheese-near", "the manifest has no such pool", true),
        (|m| m.pools[0].name = "other".into(), "other", "this program has no such pool", true),
        (|m| m.pool_version = 99, "", "pool version", true),
        (|m| m.pools[2].stats.generated += 1, "cheese-anywhere", "counts", false),
        (|m| m.training[0].overlap = 0.5, "", "overlap", false),
    ];
    for (damage, pool, what, levels_show_it) in cases {
        let mut damaged = small().clone();
        damage(&mut damaged);
        for quick in [true, false] {
            let found = differences(&damaged, quick);
            let named = found.iter().any(|found| found.pool == pool && (quick || found.what.contains(what)));
            assert_eq!(named, levels_show_it || !quick, "{pool} {what}, quick {quick}: {found:?}");
        }
    }
    let other = verify(REGISTRY.get("bright").unwrap(), small(), true, 1, &|_| ()).unwrap();
    assert!(other[0].what.contains("bright-v0") && other[0].what.contains("corner-v0"), "{other:?}");
}

#[test]
fn a_damaged_manifest_is_read_or_refused() {
    let bytes = small().to_bytes();
    let mut read = 0;
    for place in (0..bytes.len()).step_by(5) {
        for value in [b'9', b'-', b'"'] {
            let mut damaged = bytes.clone();
            damaged[place] = value;
            let Ok(manifest) = serde_json::from_slice::<Manifest>(&damaged) else { continue };
            read += 1;
            for pool in &manifest.pools {
                let _ = pool.keys();
            }
        }
    }
    assert!(read > 100, "{read}");
}
