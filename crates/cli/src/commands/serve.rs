//! `misgen serve`: one of misgen's agents as a program that answers.

#[cfg(feature = "onnx")]
use super::train::{CARD, read_card, read_file};
use super::train::{Card, read_checkpoint};
use super::world::family;
use crate::args::ServeArgs;
use crate::failure::Failure;
use misgen_agents::{NetPolicy, ObsShape, Play, kernel_set};
use misgen_core::{FamilySpec, Law, ObsSpec, Policy, Registry};
use misgen_store::RealFs;
use misgen_sweep::external::message::{DeclaredTraining, Hello};
use misgen_sweep::external::{ServeError, Served, serve as answer};
use serde_json::Value;
use std::io::ErrorKind;
use std::path::Path;

/// The longest name that a greeting may hold, characters.
const LONGEST_NAME: usize = 64;

pub(crate) fn serve(args: &ServeArgs, registry: Registry) -> Result<u8, Failure> {
    let only = args.family.as_deref().map(|name| family(registry, name)).transpose()?.map(|family| family.spec().id());
    let mut agent = Some(source(args)?);
    let mut open = |hello: &Hello| -> Result<Served, String> {
        let (source, card) = agent.take().ok_or("was greeted twice")?;
        if let Some(only) = only.as_ref().filter(|only| **only != hello.family) {
            return Err(format!("asked about {}, but it serves in {only} alone", hello.family));
        }
        let family = registry.iter().find(|family| family.spec().id() == hello.family);
        let family = family.ok_or_else(|| format!("there is no family {} in this program", hello.family))?;
        let spec = family.spec();
        if let Some(card) = card.as_ref().filter(|card| card.family != hello.family) {
            return Err(format!("the agent was trained in {}, not in {}", card.family, hello.family));
        }
        let plain = family.obs_spec(&Value::Null).map_err(|error| error.to_string())?;
        let seen = ObsSpec { height: hello.height, width: hello.width, ..plain };
        let told = hello.channels.iter().map(|channel| channel.name.as_str());
        let acts = hello.actions.iter().map(String::as_str);
        if !told.eq(spec.channels.iter().map(|channel| channel.name)) || !acts.eq(spec.actions.iter().copied()) {
            return Err(format!("the channels or actions that were announced are not those of {}", hello.family));
        }
        let policy = source.open(&seen)?;
        let short = args.agent.chars().count() <= LONGEST_NAME && !args.agent.chars().any(misgen_sweep::config::obeyed);
        Ok(Served {
            spec: seen,
            name: short.then(|| args.agent.clone()),
            training: card.as_ref().and_then(|card| training(card, &spec)),
            kernels: Some(kernel_set().to_owned()),
            policy,
        })
    };
    // Whole lines go out, and nothing else does: the logs of this program go to stderr.
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    match answer(&mut std::io::stdin().lock(), &mut output, &mut open) {
        Ok(()) => Ok(0),
        Err(ServeError::Io(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(0),
        Err(error @ ServeError::Refused(_)) => Err(Failure::usage(error)),
        Err(error @ ServeError::Io(_)) => Err(Failure::environment(error)),
        Err(error) => Err(Failure::job(error)),
    }
}

/// What is served, before it is known what it will see.
enum Source {
    Net(Box<NetPolicy>),
    #[cfg(feature = "onnx")]
    Onnx(Vec<u8>),
}

impl Source {
    /// The policy of a world that shows `seen`.
    fn open(self, seen: &ObsSpec) -> Result<Box<dyn Policy>, String> {
        match self {
            Self::Net(policy) => {
                let reads = policy.observations();
                if reads.matches(seen) {
                    return Ok(policy);
                }
                let (reads, shown) = (ObsShape { looks: None, ..reads.clone() }, ObsShape::from(seen));
                Err(format!("the net reads {reads:?}, the world shows {shown:?}"))
            }
            #[cfg(feature = "onnx")]
            Self::Onnx(bytes) => match misgen_agents::OnnxPolicy::load(&bytes, seen, Play::Sampled) {
                Ok(policy) => Ok(Box::new(policy)),
                Err(error) => Err(error.to_string()),
            },
        }
    }
}

/// The agent that a command line names, and what it says that it was trained on.
fn source(args: &ServeArgs) -> Result<(Source, Option<Card>), Failure> {
    #[cfg(feature = "onnx")]
    if let Some(file) = args.agent.strip_prefix("onnx:").map(Path::new) {
        let bytes = read_file(&RealFs, file)?;
        let bytes = bytes.ok_or_else(|| Failure::usage(format!("no file {}", file.display())))?;
        return Ok((Source::Onnx(bytes), read_card(&RealFs, &file.with_extension(CARD))?));
    }
    let Some((checkpoint, card)) = read_checkpoint(&RealFs, Path::new(&args.agent))? else {
        let also = if cfg!(feature = "onnx") { " or onnx:FILE" } else { "" };
        return Err(Failure::usage(format!("`{}` cannot be served: expected a checkpoint folder{also}", args.agent)));
    };
    let policy = NetPolicy::load(&checkpoint, Play::Sampled).map_err(Failure::usage)?;
    if policy.sees_pixels() {
        return Err(Failure::usage(
            "an agent that sees pixels cannot be served: its palettes go by the number of a level, which no message tells",
        ));
    }
    Ok((Source::Net(Box::new(policy)), card))
}

/// What a card says, where the family's law of that name is the one that it holds.
fn training(card: &Card, spec: &FamilySpec) -> Option<DeclaredTraining> {
    let same = Law::named(spec, &card.law_name).is_some_and(|law| law.mixed(card.mix) == card.law);
    same.then(|| DeclaredTraining { law: card.law_name.clone(), mix: card.mix })
}
