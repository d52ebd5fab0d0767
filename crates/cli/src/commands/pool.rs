//! `misgen pool`: evaluation pools and their manifests.

use super::world::family;
use crate::args::{PoolMakeArgs, PoolShowArgs, PoolVerifyArgs};
use crate::failure::Failure;
use crate::output;
use misgen_core::{AnyFamily, Registry};
use misgen_store::{Fs, RealFs, Store};
use misgen_sweep::manifest::{MANIFEST_FILE, MAX_BYTES, Manifest, ManifestError, PoolEntry, TRAINING, verify as hold};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Levels shown where none is asked for.
const FIRST: usize = 4;

fn workers(jobs: Option<usize>) -> Result<usize, Failure> {
    match jobs {
        Some(0) => Err(Failure::usage("--jobs 0: expected at least 1")),
        Some(jobs) => Ok(jobs),
        None => Ok(std::thread::available_parallelism().map_or(1, std::num::NonZero::get)),
    }
}

fn failed(error: ManifestError) -> Failure {
    match error {
        ManifestError::Ids { .. } => Failure::usage(error),
        _ => Failure::job(error),
    }
}

/// A line on stderr for each pool that is done: some take minutes.
fn progress(family: &str) -> impl Fn(&PoolEntry) + Sync + use<> {
    let family = family.to_owned();
    move |pool| anstream::eprintln!("{family} {}: {} levels of {}", pool.name, pool.kept, pool.stats.generated)
}

/// The manifest at a path, `None` where there is no file.
fn read(path: &Path) -> Result<Option<Manifest>, Failure> {
    let bytes = match RealFs.read(path, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Failure::environment(format!("{}: {error}", path.display()))),
    };
    let manifest = serde_json::from_slice(&bytes);
    manifest.map(Some).map_err(|error| Failure::usage(format!("{} is not a pool manifest: {error}", path.display())))
}

/// The family of a manifest, whatever its version.
fn family_of(registry: Registry, manifest: &Manifest) -> Result<&'static dyn AnyFamily, Failure> {
    let name = manifest.family.rsplit_once("-v").map_or(manifest.family.as_str(), |(name, _)| name);
    family(registry, name)
}

pub(crate) fn make(args: &PoolMakeArgs, registry: Registry) -> Result<u8, Failure> {
    let families = match &args.families[..] {
        [] => registry.iter().collect(),
        names => names.iter().map(|name| family(registry, name)).collect::<Result<Vec<_>, _>>()?,
    };
    let workers = workers(args.jobs)?;
    for family in families {
        let id = family.spec().id();
        let manifest = Manifest::make(family, args.levels, workers, &progress(&id)).map_err(failed)?;
        let folder = args.datasets.join(&id);
        let path = folder.join(MANIFEST_FILE);
        // One that cannot be read is replaced like any other that differs.
        let before = read(&path).ok().flatten();
        Store::create(Arc::new(RealFs), &folder)?.write_document(MANIFEST_FILE, &manifest.to_bytes())?;
        let how = match before {
            None => "new",
            Some(before) if before == manifest => "as before",
            Some(_) => "changed",
        };
        output::document(&format!("{}\n{}: {how}\n\n", table(&manifest), path.display()))?;
    }
    Ok(0)
}

pub(crate) fn verify(args: &PoolVerifyArgs, registry: Registry) -> Result<u8, Failure> {
    let workers = workers(args.jobs)?;
    let paths: Vec<PathBuf> = match &args.manifests[..] {
        [] => registry.iter().map(|family| args.datasets.join(family.spec().id()).join(MANIFEST_FILE)).collect(),
        given => given.to_vec(),
    };
    let mut found = Vec::new();
    let mut same = true;
    for path in &paths {
        let Some(manifest) = read(path)? else {
            anstream::eprintln!("{}: no such file", path.display());
            continue;
        };
        let family = family_of(registry, &manifest)?;
        let told = progress(&manifest.family);
        let differences = hold(family, &manifest, args.quick, workers, &told).map_err(failed)?;
        same &= differences.is_empty();
        if args.json {
            let (path, pools) = (path.display().to_string(), manifest.pools.len());
            found.push(
                json!({ "manifest": path, "family": manifest.family, "pools": pools, "differences": differences }),
            );
            continue;
        }
        found.push(Value::Null);
        let how = if differences.is_empty() { "as this program makes them" } else { "not as this program makes them" };
        let mut text = format!("{}: {} pools, {how}\n", path.display(), manifest.pools.len());
        for difference in &differences {
            let name = if difference.pool.is_empty() { "manifest" } else { &difference.pool };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "  {name}: {}", difference.what);
        }
        output::document(&text)?;
    }
    if args.json {
        output::json(&found)?;
    }
    if found.is_empty() {
        anstream::eprintln!("no manifest was found, so nothing was compared; `misgen pool make` writes them");
        return Ok(3);
    }
    Ok(u8::from(!same))
}

pub(crate) fn show(args: &PoolShowArgs, registry: Registry) -> Result<u8, Failure> {
    let Some(manifest) = read(&args.manifest)? else {
        return Err(Failure::usage(format!("{}: no such file", args.manifest.display())));
    };
    let Some(name) = &args.pool else {
        if args.json {
            output::json(&manifest)?;
        } else {
            output::document(&table(&manifest))?;
        }
        return Ok(0);
    };
    let Some(entry) = manifest.pool(name) else {
        let names: Vec<&str> = manifest.pools.iter().map(|pool| pool.name.as_str()).collect();
        return Err(Failure::usage(format!("no pool `{name}` in the manifest; it has {}", names.join(", "))));
    };
    let family = family_of(registry, &manifest)?;
    let (levels, twins) = entry.levels(family).map_err(failed)?;
    let digest = misgen_evaluate::pools::digest(&levels, twins.as_ref());
    if digest != entry.digest {
        return Err(Failure::job(format!(
            "pool `{name}`: its levels hash to {digest}, the manifest says {}",
            entry.digest
        )));
    }
    let places = if args.levels.is_empty() { (0..FIRST.min(levels.len())).collect() } else { args.levels.clone() };
    let mut texts = Vec::new();
    let mut objects = Vec::new();
    for &place in &places {
        if place >= levels.len() {
            return Err(Failure::usage(format!(
                "--level {place}: the pool has {} levels, 0 to {}",
                levels.len(),
                levels.len() - 1
            )));
        }
        let key = levels.key(place).ok_or_else(|| Failure::job("a generated level has no key"))?;
        let (id, text) = (key.to_string(), levels.text(place));
        let family = format!("family: {}", levels.spec().name);
        texts.push(text.to_file_with(&[&format!("{} {name}, level {place}: {id}", manifest.family), &family]));
        objects.push(json!({ "place": place, "id": id, "key": key, "level": text, "file": text.to_file() }));
    }
    if args.json {
        output::json(
            &json!({ "family": manifest.family, "pool": name, "digest": digest, "address": entry.address, "levels": objects }),
        )?;
    } else {
        output::document(&texts.join("\n"))?;
    }
    Ok(0)
}

/// The manifest for a reader.
fn table(manifest: &Manifest) -> String {
    let mut text = format!(
        "{}, {} levels a pool, pool version {}\n\n{:24} {:13} {:>5} {:>9} {:>10} {:>8} {:>7} {:>10}\n",
        manifest.family,
        manifest.levels,
        manifest.pool_version,
        "pool",
        "role",
        "kept",
        "generated",
        "diagnostic",
        "distinct",
        "dropped",
        "unbalanced"
    );
    // Writing to a String cannot fail.
    for pool in &manifest.pools {
        let (stats, share) = (&pool.stats, pool.diagnostic_share);
        let unbalanced = if stats.unbalanced.is_some() { "yes" } else { "" };
        let _ = writeln!(
            text,
            "{:24} {:13} {:>5} {:>9} {share:>10.3} {:>8} {:>7} {unbalanced:>10}",
            pool.name,
            pool.role.word(),
            pool.kept,
            stats.generated,
            stats.distinct,
            stats.dropped
        );
        let refused: Vec<String> = stats.refused.iter().map(|(reason, n)| format!("{n} {reason}")).collect();
        if !refused.is_empty() {
            let _ = writeln!(text, "    refused: {}", refused.join(", "));
        }
    }
    let _ = writeln!(text, "\nBLAKE3 over levels and twins, and the address in a run's pools/");
    for pool in &manifest.pools {
        let _ = writeln!(text, "{:24} {} {}", pool.name, pool.digest, pool.address.short());
    }
    let _ = writeln!(text, "\nTraining levels ({} from seed {}) and evaluation levels", TRAINING.levels, TRAINING.seed);
    for training in &manifest.training {
        let kept = match (training.overlap > 0.0, training.kept_apart) {
            (true, _) => format!(
                "the world is too small to keep them apart: {:.0} % are also evaluation levels",
                training.overlap * 100.0
            ),
            (false, 0) => "no evaluation level among them".to_owned(),
            (false, apart) => format!("{apart} candidates that are evaluation levels were replaced, overlap 0"),
        };
        let _ = writeln!(text, "{:24} {} different; {kept}", training.name, training.distinct);
    }
    let _ = writeln!(text, "\nEvaluation levels (+ aligned twins) that are also candidates for training levels of");
    let _ = write!(text, "{:24}", "pool");
    for training in &manifest.training {
        let _ = write!(text, " {:>15}", training.name);
    }
    text.push('\n');
    for pool in &manifest.pools {
        let _ = write!(text, "{:24}", pool.name);
        for (levels, twins) in pool.shared_levels.iter().zip(&pool.shared_twins) {
            let twins = if *twins > 0 { format!(" + {twins}") } else { String::new() };
            let _ = write!(text, " {:>15}", format!("{levels}{twins}"));
        }
        text.push('\n');
    }
    text
}
