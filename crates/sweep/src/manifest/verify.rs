//! Holding a manifest against this program.

use super::{MANIFEST_VERSION, MOST_LEVELS, Manifest, ManifestError, PoolEntry, wanted};
use misgen_core::AnyFamily;
use misgen_evaluate::POOL_VERSION;
use misgen_evaluate::pools::digest;
use serde::Serialize;

/// Something in which a manifest and this program differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The pool; empty where the whole manifest differs.
    pub pool: String,
    /// What was found and what the manifest says.
    pub what: String,
}

impl Difference {
    fn new(pool: &str, what: impl Into<String>) -> Self {
        Self { pool: pool.to_owned(), what: what.into() }
    }
}

/// In what the manifest and this program differ: nothing where they agree.
///
/// With `quick` only the listed levels are generated again and held against the digests; else all pools are made anew,
/// screening, solving and overlaps included, `workers` at a time.
///
/// # Errors
/// When this program cannot make the pools at all.
pub fn verify(
    family: &dyn AnyFamily,
    manifest: &Manifest,
    quick: bool,
    workers: usize,
    made: &(dyn Fn(&PoolEntry) + Sync),
) -> Result<Vec<Difference>, ManifestError> {
    let whole = |what: &str, found: String, said: String| {
        Difference::new("", format!("this program has {what} {found}, the manifest {said}: make it again"))
    };
    let id = family.spec().id();
    let (schema, pools) = (manifest.schema_version, manifest.pool_version);
    if manifest.family != id {
        return Ok(vec![whole("family", id, manifest.family.clone())]);
    }
    if schema != MANIFEST_VERSION {
        return Ok(vec![whole("manifest version", MANIFEST_VERSION.to_string(), schema.to_string())]);
    }
    if pools != POOL_VERSION {
        return Ok(vec![whole("pool version", POOL_VERSION.to_string(), pools.to_string())]);
    }
    if manifest.levels > MOST_LEVELS {
        return Ok(vec![Difference::new(
            "",
            format!("{} levels a pool, expected at most {MOST_LEVELS}", manifest.levels),
        )]);
    }
    if quick { quickly(family, manifest) } else { thoroughly(family, manifest, workers, made) }
}

fn quickly(family: &dyn AnyFamily, manifest: &Manifest) -> Result<Vec<Difference>, ManifestError> {
    let wanted = wanted(family, manifest.levels).unwrap_or_default();
    let mut found = names(manifest, wanted.iter().map(|(name, _)| name.as_str()));
    for (name, inputs) in &wanted {
        let Some(entry) = manifest.pool(name) else { continue };
        if entry.inputs != *inputs || entry.address != inputs.address()? {
            found.push(Difference::new(name, "it is determined by other inputs (knobs, ties, versions or seed)"));
            continue;
        }
        match entry.levels(family) {
            Ok((levels, twins)) => {
                found.extend(unequal(name, "digest", &digest(&levels, twins.as_ref()), &entry.digest));
            }
            Err(error) => found.push(Difference::new(name, error.to_string())),
        }
    }
    Ok(found)
}

fn thoroughly(
    family: &dyn AnyFamily,
    manifest: &Manifest,
    workers: usize,
    made: &(dyn Fn(&PoolEntry) + Sync),
) -> Result<Vec<Difference>, ManifestError> {
    let own = Manifest::make(family, manifest.levels, workers, made)?;
    let mut found = names(manifest, own.pools.iter().map(|pool| pool.name.as_str()));
    for entry in &own.pools {
        let Some(said) = manifest.pool(&entry.name) else { continue };
        if entry == said {
            continue;
        }
        let before = found.len();
        found.extend(unequal(&entry.name, "digest", &entry.digest, &said.digest));
        if entry.ids != said.ids {
            let pair = entry.ids.split(' ').zip(said.ids.split(' ')).find(|(one, other)| one != other);
            let (one, other) = pair.unwrap_or(("another number of ids", ""));
            found.push(Difference::new(&entry.name, format!("levels: found {one}, the manifest says {other}")));
        }
        if found.len() == before {
            found.push(Difference::new(&entry.name, "the same levels, but other inputs, counts or overlaps"));
        }
    }
    if (&own.training, &own.knobs) != (&manifest.training, &manifest.knobs) {
        found.push(Difference::new("", "the training levels, or their overlap with the pools, are not the manifest's"));
    }
    Ok(found)
}

/// Pools that only one side has.
fn names<'a>(manifest: &Manifest, own: impl Iterator<Item = &'a str>) -> Vec<Difference> {
    let own: Vec<&str> = own.collect();
    let missing = own.iter().filter(|name| manifest.pool(name).is_none());
    let missing = missing.map(|name| Difference::new(name, "the manifest has no such pool"));
    let more = manifest.pools.iter().filter(|pool| !own.contains(&pool.name.as_str()));
    missing.chain(more.map(|pool| Difference::new(&pool.name, "this program has no such pool"))).collect()
}

fn unequal(pool: &str, what: &str, found: &str, said: &str) -> Option<Difference> {
    (found != said).then(|| Difference::new(pool, format!("{what}: found {found}, the manifest says {said}")))
}
