//! A program as a policy.

use super::answer::{Answer, answer, hello};
use super::fault::ExternalError;
use super::message::{Act, AgentHello, Bye, Hello, PROTOCOL, Play, Row, Sign};
use super::observation::observation;
use super::process::{Interrupted, Notice, Process};
use super::program::Program;
use misgen_core::{Decisions, FamilySpec, Law, ObsSpec, Policy, PolicyError, Rng, Said, StepView, did_you_mean};
use serde::Serialize;
use std::time::Duration;

/// What a program is told, and how it is treated.
#[derive(Clone)]
pub struct Terms {
    /// The program.
    pub program: Program,
    /// Where it plays.
    pub family: FamilySpec,
    /// What it sees.
    pub spec: ObsSpec,
    /// The most lanes that it is asked about at a time.
    pub lanes: usize,
    /// Seed of its actions.
    pub seed: u64,
    /// The longest that an answer may take.
    pub deadline: Duration,
    /// Asked all the time that an answer is waited for: once it says yes, the program is ended.
    pub interrupted: Interrupted,
    /// Who else has to know which process groups there are.
    pub notice: Notice,
}

/// The training law that a program declares.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// Its name.
    pub name: &'static str,
    /// The law, mix included.
    pub law: Law,
    /// The mix.
    pub mix: f64,
}

/// An agent that is a program. It is started when it is first asked for anything, and ended when it is dropped.
pub struct ExternalAgent {
    terms: Terms,
    play: Play,
    started: Option<Started>,
    failure: Option<ExternalError>,
    /// Whether it has said how probable its actions are.
    lawful: bool,
}

struct Started {
    process: Process,
    hello: AgentHello,
    declared: Option<Declared>,
}

impl ExternalAgent {
    /// An agent that is not started yet.
    #[must_use]
    pub const fn new(terms: Terms, play: Play) -> Self {
        Self { terms, play, started: None, failure: None, lawful: false }
    }

    /// Starts the program, unless it runs, and exchanges greetings.
    ///
    /// # Errors
    /// When it cannot be started, or does not greet as the protocol says.
    pub fn start(&mut self) -> Result<&AgentHello, ExternalError> {
        Ok(&self.running()?.hello)
    }

    /// The training law that the program declared in its greeting.
    #[must_use]
    pub fn declared(&self) -> Option<&Declared> {
        self.started.as_ref()?.declared.as_ref()
    }

    /// Ends the program because of what it said.
    pub fn refuse(&mut self, message: String) -> Option<ExternalError> {
        let mut started = self.started.take()?;
        self.failure = Some(started.process.refuse(message));
        self.failure.clone()
    }

    /// Why it failed, where it did.
    #[must_use]
    pub const fn failure(&self) -> Option<&ExternalError> {
        self.failure.as_ref()
    }

    /// Lets the program end in good order.
    ///
    /// # Errors
    /// When it has said more than it was asked for.
    pub fn finish(&mut self) -> Result<(), ExternalError> {
        let Some(started) = self.started.take() else { return Ok(()) };
        let ended = started.process.finish(line(&Bye::default()));
        self.failure = ended.as_ref().err().cloned();
        ended
    }

    fn running(&mut self) -> Result<&mut Started, ExternalError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let started = match self.started.take() {
            Some(started) => started,
            None => begin(&self.terms, self.play).inspect_err(|error| self.failure = Some(error.clone()))?,
        };
        Ok(self.started.insert(started))
    }

    /// What the program wants done in the rows that have something to do.
    fn decide(&mut self, view: &StepView<'_>, rngs: &[Rng], busy: &[usize]) -> Result<Answer, ExternalError> {
        let names = self.terms.family.actions;
        let (play, lawful) = (self.play, self.lawful);
        let Started { process, hello, .. } = self.running()?;
        let row = |&lane: &usize| Row {
            lane,
            step: view.steps[lane],
            // A look at the draw to come.
            random: { rngs[lane] }.uniform(),
            obs: observation(view.spec, view.lane(lane), hello.observations),
        };
        let act = Act { rows: busy.iter().map(row).collect(), ..Act::default() };
        let said = process.ask(line(&act), false).and_then(|said| {
            let answer = answer(&said, busy.len(), names).map_err(|wrong| process.refuse(wrong))?;
            match (&answer.probs, play) {
                (None, Play::Greedy) => Err(process.refuse("sent no probabilities in greedy play".into())),
                (None, Play::Sampled) if lawful => {
                    Err(process.refuse("sent no probabilities, as it did before".into()))
                }
                _ => Ok(answer),
            }
        });
        said.inspect(|answer| self.lawful |= answer.probs.is_some()).inspect_err(|error| {
            self.failure = Some(error.clone());
            self.started = None;
        })
    }
}

fn begin(terms: &Terms, play: Play) -> Result<Started, ExternalError> {
    let mut process = Process::start(&terms.program, terms.deadline, terms.interrupted.clone(), terms.notice.clone())?;
    let sign = |channel: &misgen_core::Channel| Sign { name: channel.name.to_owned(), glyph: channel.glyph };
    let greeting = Hello {
        r#type: Default::default(),
        protocol: PROTOCOL,
        family: terms.family.id(),
        height: terms.spec.height,
        width: terms.spec.width,
        channels: terms.spec.channels.iter().map(sign).collect(),
        actions: terms.family.actions.iter().map(|name| (*name).to_owned()).collect(),
        lanes: terms.lanes,
        seed: terms.seed,
        play,
    };
    let said = process.ask(line(&greeting), true)?;
    let hello = hello(&said).map_err(|wrong| process.refuse(wrong))?;
    let declared = declared(&hello, &terms.family).map_err(|wrong| process.refuse(wrong))?;
    Ok(Started { process, hello, declared })
}

fn declared(hello: &AgentHello, family: &FamilySpec) -> Result<Option<Declared>, String> {
    let Some(training) = &hello.training else { return Ok(None) };
    let names: Vec<&'static str> = family.laws.iter().map(|law| law.name).collect();
    let known = names.iter().find(|name| **name == training.law);
    let law = known.and_then(|name| Some((*name, Law::named(family, name)?)));
    let (name, law) = law.ok_or_else(|| {
        let hint = did_you_mean(&training.law, names.iter().copied());
        let found = crate::config::one_line(&training.law);
        format!("declares law `{found}`, but `{}` has {}{hint}", family.name, names.join(", "))
    })?;
    Ok(Some(Declared { name, law: law.mixed(training.mix), mix: training.mix }))
}

/// A message as it is written.
fn line(message: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).expect("a message is plain data");
    line.push(b'\n');
    line
}

impl Policy for ExternalAgent {
    fn shows_probabilities(&self) -> bool {
        self.lawful
    }

    /// Every lane's stream moves by one draw a step, whoever makes use of it. An idle lane gets action 0.
    fn act(&mut self, view: &StepView<'_>, rngs: &mut [Rng], out: &mut Decisions<'_>) -> Result<(), PolicyError> {
        let (told, shown) = (&self.terms.spec, view.spec);
        if (told.height, told.width) != (shown.height, shown.width) || told.channels != shown.channels {
            return Err(PolicyError(format!(
                "the agent `{}` was told of a grid of {}x{}, the world shows {}x{}",
                self.terms.program, told.height, told.width, shown.height, shown.width
            )));
        }
        let busy: Vec<usize> = (0..view.lanes()).filter(|lane| view.level[*lane] != StepView::NO_LEVEL).collect();
        let answer = self.decide(view, rngs, &busy)?;
        let n = self.terms.family.actions.len();
        out.actions.fill(0);
        for (row, &lane) in busy.iter().enumerate() {
            let said = Said {
                action: answer.actions.as_ref().map(|actions| actions[row]),
                probs: answer.probs.as_ref().map(|probs| &probs[row * n..][..n]),
                value: answer.values.as_ref().map(|values| values[row]),
            };
            out.take(lane, &said, self.play == Play::Greedy, &mut rngs[lane]);
        }
        Ok(())
    }
}
