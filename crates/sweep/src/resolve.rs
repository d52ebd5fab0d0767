//! Names of a suite to what they stand for, with every error at its place.

use crate::config::{ConfigError, Node, Read, Seg, check, extended, or_list, parse, path_text, segs, shown};
use crate::curriculum::misfit;
use crate::external::Program;
use crate::load::{AGENT_FILE_SCHEMA, AGENT_SCHEMA, settings};
use crate::shifts::{chosen, defined};
use crate::suite::{AgentFile, SuiteFile, World, WorldFile};
use misgen_agents::AgentConfig;
use misgen_core::{AnyFamily, FamilySpec, Law, Registry, ShiftSpec, nearest};
use misgen_solve::Script;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The word for the pursuers of all bound proxies.
pub(crate) const PURSUERS: &str = "pursuers";

/// The most cells that one suite can have.
const MOST_CELLS: u64 = 100_000;

/// Resolves a suite whose form is right. What cannot be resolved is reported and left out.
pub(crate) fn resolve(
    root: &Node,
    mut file: SuiteFile,
    registry: Registry,
    read: &Read<'_>,
    errors: &mut Vec<ConfigError>,
) -> Option<(SuiteFile, Vec<World>)> {
    let mut names = Names { root, errors };
    let agents: Vec<Option<Node>> =
        file.agents.iter().enumerate().map(|(i, agent)| names.agent(i, agent, read)).collect();
    names.unlike("agents", file.agents.iter().map(|agent| agent.name.clone()));
    names.scripted(&file);
    let mut worlds = Vec::new();
    let own = defined(names.root, &file.shifts, registry, names.errors);
    let learners: Vec<(&AgentFile, Option<&Node>)> =
        file.agents.iter().zip(agents.iter().map(Option::as_ref)).collect();
    for (i, world) in file.worlds.iter_mut().enumerate() {
        worlds.push(names.world(i, world, registry, &own, &file.references.scripted, &learners));
    }
    names.unlike("worlds", file.worlds.iter().map(|world| world.name.clone().unwrap_or_default()));
    names.whereabouts(&file);
    for (agent, node) in file.agents.iter_mut().zip(agents) {
        // Written out, so that the resolved suite needs no other file.
        agent.config = None;
        agent.settings = node.and_then(|mut node| settings(&mut node, &AGENT_SCHEMA, &mut Vec::new()));
    }
    let worlds = worlds.into_iter().collect::<Option<Vec<World>>>()?;
    let learned = |world: &World| -> u64 {
        let here = file.agents.iter().filter(|agent| agent.plays_in(&world.name));
        here.map(|agent| agent.mix.len() as u64 * u64::from(agent.seeds.unwrap_or(file.seeds))).sum()
    };
    let played = |world: &World| world.scripted.len() as u64 * u64::from(file.seeds);
    let cells: u64 = worlds.iter().map(|world| learned(world) + played(world)).sum();
    if cells > MOST_CELLS {
        let error =
            root.error(&[Seg::Key("seeds")], format!("a suite of {cells} cells"), format!("at most {MOST_CELLS}"));
        errors.push(error);
    }
    Some((file, worlds))
}

struct Names<'a> {
    root: &'a Node,
    errors: &'a mut Vec<ConfigError>,
}

impl Names<'_> {
    fn refuse(&mut self, path: &[Seg<'_>], found: impl Into<String>, expected: impl Into<String>) {
        self.errors.push(self.root.error(path, found, expected));
    }

    fn unknown<'n>(&mut self, path: &[Seg<'_>], what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) {
        let known: Vec<&str> = known.into_iter().collect();
        let found = format!("the unknown {what} `{}`", shown(name));
        let error = self.root.error(path, found, or_list(known.iter().copied()));
        self.errors.push(error.near(name, known));
    }

    /// Refuses a name that an earlier entry of the same list has.
    fn unlike(&mut self, list: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeSet::new();
        for (i, name) in names.enumerate() {
            if !name.is_empty() && !seen.insert(name.clone()) {
                let path = [Seg::Key(list), Seg::Index(i), Seg::Key("name")];
                self.refuse(&path, format!("the name `{name}` a second time"), "a `name` that no other entry has");
            }
        }
    }

    /// The tree of an agent's settings.
    fn agent(&mut self, i: usize, agent: &AgentFile, read: &Read<'_>) -> Option<Node> {
        let at = |key| [Seg::Key("agents"), Seg::Index(i), Seg::Key(key)];
        for (k, share) in agent.mix.iter().enumerate() {
            if agent.mix[..k].contains(share) {
                let path = [Seg::Key("agents"), Seg::Index(i), Seg::Key("mix"), Seg::Index(k)];
                self.refuse(&path, format!("the share {share} a second time"), "each share once");
            }
        }
        if agent.command.is_some() {
            self.program(i, agent);
            return None;
        }
        if agent.version.is_some() {
            self.refuse(&at("version"), "a `version` without `command`", "a version of programs only");
        }
        let mut node = match (&agent.config, self.root.get(&at("settings"))) {
            (Some(name), None) => match read(name) {
                Ok((label, bytes)) => match parse(&label, &bytes).and_then(|node| extended(node, name, read)) {
                    Ok(node) => node,
                    Err(error) => {
                        self.errors.push(error);
                        return None;
                    }
                },
                Err(unread) => {
                    let found = format!("{name:?}, which is {}", unread.reason);
                    let mut error = self.root.error(&at("config"), found, "the file of an agent's settings");
                    error.nearest = unread.meant(name);
                    self.errors.push(error);
                    return None;
                }
            },
            (None, Some(node)) => node.clone(),
            (None, None) => {
                self.refuse(&at("config")[..2], "neither `config`, `settings` nor `command`", "one of them");
                return None;
            }
            (Some(_), Some(_)) => {
                self.refuse(&at("settings"), "both `config` and `settings`", "one of them");
                return None;
            }
        };
        let mut errors = Vec::new();
        let schema = if agent.config.is_some() { &AGENT_FILE_SCHEMA } else { &AGENT_SCHEMA };
        let config = settings(&mut node, schema, &mut errors);
        let inline = path_text(&at("settings"));
        self.errors.extend(errors.into_iter().map(|e| if agent.config.is_none() { within(e, &inline) } else { e }));
        config.map(|_| node)
    }

    /// Checks an agent that is a program.
    fn program(&mut self, i: usize, agent: &AgentFile) {
        let at = |key| [Seg::Key("agents"), Seg::Index(i), Seg::Key(key)];
        for other in ["config", "settings"] {
            if self.root.get(&at(other)).is_some() {
                self.refuse(&at(other), format!("both `command` and `{other}`"), "one of them");
            }
        }
        if let Some(Err(error)) = agent.command.as_deref().map(str::parse::<Program>) {
            self.refuse(
                &at("command"),
                format!("a `command` that cannot be split ({error})"),
                "a program and its arguments",
            );
        }
        if agent.version.is_none() {
            self.refuse(
                &at("command"),
                "a `command` without `version`",
                "a version, to be changed when the program changes",
            );
        }
        // What a program was trained on nobody here knows.
        if self.root.get(&at("mix")).is_none() {
            self.refuse(
                &at("command"),
                "a `command` without `mix`",
                "the shares at which it was trained, as in `mix = [0.0]`",
            );
        }
    }

    /// Checks the worlds that agents name.
    fn whereabouts(&mut self, file: &SuiteFile) {
        let known: Vec<&str> = file.worlds.iter().filter_map(|world| world.name.as_deref()).collect();
        for (i, agent) in file.agents.iter().enumerate() {
            let named = agent.worlds.as_deref().unwrap_or_default();
            for (k, name) in named.iter().enumerate() {
                let path = [Seg::Key("agents"), Seg::Index(i), Seg::Key("worlds"), Seg::Index(k)];
                if named[..k].contains(name) {
                    self.refuse(&path, format!("the world `{}` a second time", shown(name)), "each world once");
                } else if !known.contains(&name.as_str()) {
                    self.unknown(&path, "world", name, known.iter().copied());
                }
            }
        }
    }

    /// Checks what does not depend on the world.
    fn scripted(&mut self, file: &SuiteFile) {
        if file.agents.is_empty() && file.references.scripted.is_empty() {
            self.refuse(&[], "neither agents nor references", "at least one player");
        }
        let mut seen = BTreeSet::new();
        for (i, name) in file.references.scripted.iter().enumerate() {
            let path = [Seg::Key("references"), Seg::Key("scripted"), Seg::Index(i)];
            if !seen.insert(name) {
                self.refuse(&path, format!("`{name}` a second time"), "each player once");
            }
            if name != PURSUERS
                && let Err(error) = name.parse::<Script>()
            {
                let known = misgen_solve::SCRIPTS.iter().copied().chain([PURSUERS]);
                let heads = known.clone().map(|form| form.split(':').next().unwrap_or(form));
                let mut refusal = self.root.error(&path, script_text(name, &error), or_list(known));
                refusal.nearest = nearest(name, heads).filter(|near| near != name).map(str::to_owned);
                self.errors.push(refusal);
            }
        }
    }

    fn world(
        &mut self,
        i: usize,
        world: &mut WorldFile,
        registry: Registry,
        defined: &[(&'static str, ShiftSpec)],
        scripted: &[String],
        agents: &[(&AgentFile, Option<&Node>)],
    ) -> Option<World> {
        let at = |key| [Seg::Key("worlds"), Seg::Index(i), Seg::Key(key)];
        let Some(family) = registry.get(&world.family) else {
            self.unknown(&at("family"), "family", &world.family, registry.names());
            return None;
        };
        let spec = family.spec();
        let default = match &world.law {
            Some(law) => format!("{}-{law}", spec.name),
            None => spec.name.to_owned(),
        };
        let name = world.name.get_or_insert(default).clone();
        let law_name = world.law.get_or_insert_with(|| spec.laws[0].name.to_owned()).clone();
        let law = Law::named(&spec, &law_name);
        if law.is_none() {
            self.unknown(&at("law"), "law", &law_name, spec.laws.iter().map(|law| law.name));
        }
        let knobs = self.knobs(&at("knobs"), family);
        if let Some(Value::Object(all)) = &knobs {
            world.knobs = all.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| (k.clone(), v.clone())).collect();
        }
        let shifts = chosen(self.root, i, world, &spec, defined, self.errors);
        world.shifts = Some(shifts.iter().map(|shift| shift.name.clone()).collect());
        let shifts = shifts
            .into_iter()
            .map(|shift| {
                let merged = merged(knobs.as_ref()?, &shift.knobs);
                match family.knobs(&merged) {
                    Ok(all) => Some((shift, all)),
                    Err(error) => {
                        let reason = format!("a world in which shift `{}` cannot be ({error})", shift.name);
                        self.refuse(
                            &at("knobs"),
                            reason,
                            format!("knobs that serve it, or `shifts` without `{}`", shift.name),
                        );
                        None
                    }
                }
            })
            .collect::<Option<Vec<_>>>();
        let learners = agents
            .iter()
            .map(|(agent, node)| match agent.plays_in(&name) && agent.command.is_none() {
                true => self.learner(i, (*node)?).map(Some),
                false => Some(None),
            })
            .collect::<Option<Vec<Option<AgentConfig>>>>();
        if let (Some(learners), Some(pool)) = (&learners, knobs.as_ref().and_then(|knobs| family.pool(knobs).ok())) {
            let misfits: BTreeSet<_> =
                learners.iter().flatten().filter_map(|config| misfit(config, &spec, pool.limit())).collect();
            for (found, expected) in misfits {
                self.refuse(&at("family"), format!("{found} in `{}`", spec.name), expected);
            }
        }
        let scripted = self.players(&spec, law.as_ref()?, scripted);
        let nobody = scripted.is_empty() && !agents.iter().any(|(agent, _)| agent.plays_in(&name));
        // A suite of no players at all is refused as such.
        if nobody && !agents.is_empty() {
            let found = format!("the world `{name}`, in which nobody plays");
            self.refuse(&at("family")[..2], found, "an agent that plays in it");
        }
        Some(World {
            name,
            family,
            spec,
            law_name,
            law: law?,
            knobs: knobs?,
            shifts: shifts?,
            learners: learners?,
            scripted,
        })
    }

    /// All knobs of a world.
    fn knobs(&mut self, path: &[Seg<'_>], family: &dyn AnyFamily) -> Option<Value> {
        let Some(given) = self.root.get(path) else {
            return family.knobs(&Value::Object(Map::new())).ok();
        };
        let (mut given, schema) = (given.clone(), family.knobs_schema());
        let known = |node: &Node| node.keys().filter(|key| schema["properties"].get(key).is_some()).count();
        let (all, mut errors) = (known(&given), Vec::new());
        check(&mut given, &schema, &mut errors);
        let knobs = family.knobs(&given.to_json());
        if let Err(error) = &knobs {
            let field = segs(&error.knob);
            let mut refusal = given.worded(&field, &error.reason);
            refusal.field.clone_from(&error.knob);
            // What knobs must be together cannot be judged while one of them was left out for what it is alone.
            if known(&given) == all && (errors.is_empty() || given.get(&field).is_some()) {
                errors.push(refusal);
            }
        }
        let failed = !errors.is_empty();
        let prefix = path_text(path);
        self.errors.extend(errors.into_iter().map(|error| within(error, &prefix)));
        knobs.ok().filter(|_| !failed)
    }

    /// An agent's settings in world `i`: its file, then the world's `learner`, then the world's `frames`.
    fn learner(&mut self, i: usize, agent: &Node) -> Option<AgentConfig> {
        let at = |key| [Seg::Key("worlds"), Seg::Index(i), Seg::Key(key)];
        let mut node = agent.clone();
        let over = self.root.get(&at("learner"));
        if let Some(over) = over {
            node.overlay(over);
        }
        if let Some(frames) = self.root.get(&at("frames")) {
            if over.is_some_and(|over| over.get(&[Seg::Key("frames")]).is_some()) {
                let mut path = at("learner").to_vec();
                path.push(Seg::Key("frames"));
                self.refuse(&path, "`frames` both in the world and in its `learner`", "one of them");
            }
            node.put("frames", frames);
        }
        // What is wrong with the agent itself is reported with the agent.
        let mut known = Vec::new();
        settings(&mut agent.clone(), &AGENT_SCHEMA, &mut known);
        let mut errors = Vec::new();
        let config = settings(&mut node, &AGENT_SCHEMA, &mut errors);
        let world = path_text(&at("learner")[..2]);
        for error in errors.into_iter().filter(|error| !known.contains(error)) {
            let prefix = if error.field == "frames" { world.clone() } else { format!("{world}.learner") };
            self.errors.push(within(error, &prefix));
        }
        config
    }

    /// The scripted players of a world.
    fn players(&mut self, spec: &FamilySpec, law: &Law, names: &[String]) -> Vec<Script> {
        let mut all: Vec<Script> = Vec::new();
        for (i, name) in names.iter().enumerate() {
            let path = [Seg::Key("references"), Seg::Key("scripted"), Seg::Index(i)];
            if name == PURSUERS {
                let bound = (0..spec.proxies()).filter(|proxy| spec.binds(law, *proxy));
                all.extend(bound.map(|proxy| Script::Pursuer(spec.cues[proxy + 1].name.to_owned())));
            } else if let Ok(script) = name.parse::<Script>() {
                if let Err(error) = script.parts(spec) {
                    self.refuse(&path, script_text(name, &error), "a player of every world of the suite");
                }
                all.push(script);
            }
        }
        let mut unlike: Vec<Script> = Vec::new();
        all.retain(|script| {
            !unlike.contains(script) && {
                unlike.push(script.clone());
                true
            }
        });
        all
    }
}

/// `over`'s fields over those of `under`.
fn merged(under: &Value, over: &Value) -> Value {
    let mut all = under.as_object().cloned().unwrap_or_default();
    all.extend(over.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

/// The error with its field put under `prefix`.
fn within(mut error: ConfigError, prefix: &str) -> ConfigError {
    error.field = match error.field.is_empty() {
        true => prefix.to_owned(),
        false => format!("{prefix}.{}", error.field),
    };
    error
}

fn script_text(name: &str, error: &misgen_solve::ScriptError) -> String {
    use misgen_solve::ScriptError;
    let name = shown(name);
    match error {
        ScriptError::Unknown { .. } => format!("the unknown player `{name}`"),
        ScriptError::Arguments { usage, .. } => format!("`{name}`, which has the form `{usage}`"),
        ScriptError::Probability { number, .. } => format!("`{name}`, where `{number}` is no share from 0 to 1"),
        ScriptError::UnknownCue { family, cue, known } => {
            format!("`{name}`, but family `{family}` has no cue `{cue}` (it has {})", known.join(", "))
        }
        ScriptError::NoStay { .. } | ScriptError::Planned { .. } => format!("`{name}` ({error})"),
    }
}
