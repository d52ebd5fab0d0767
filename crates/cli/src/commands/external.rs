//! An agent that is a program, as commands use it.

use crate::args::AnswerArgs;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use misgen_core::AnyFamily;
use misgen_evaluate::rollout::LANES;
use misgen_evaluate::row::Agent;
use misgen_sweep::external::message::{AgentHello, Play};
use misgen_sweep::external::{Declared, ExternalAgent, ExternalError, Fault, Program, Terms};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A program, and the processes that play for it once it is known where: one draws, one (started only if it is needed) plays its
/// most probable actions.
pub(crate) struct External {
    program: Program,
    deadline: Duration,
    interrupt: Interrupt,
    playing: Option<Playing>,
}

struct Playing {
    hello: AgentHello,
    sampled: ExternalAgent,
    greedy: ExternalAgent,
}

impl External {
    /// The program of a command line; it does not run yet.
    pub(super) fn new(text: &str, answers: &AnswerArgs) -> Result<Self, Failure> {
        let program = text.parse().map_err(|error| Failure::usage(format!("cmd:{text}: {error}")))?;
        Ok(Self { program, deadline: answers.answer_time, interrupt: Interrupt::listen()?, playing: None })
    }

    /// Starts it in a world of `family`.
    pub(super) fn begin(&mut self, family: &dyn AnyFamily, knobs: &Value, seed: u64) -> Result<(), Failure> {
        let interrupt = self.interrupt.clone();
        let terms = Terms {
            program: self.program.clone(),
            family: family.spec(),
            spec: family.obs_spec(knobs).map_err(Failure::usage)?,
            lanes: LANES,
            seed,
            deadline: self.deadline,
            interrupted: Arc::new(move || interrupt.exit_code().is_some()),
            notice: Arc::new(|_, _| ()),
        };
        let mut sampled = ExternalAgent::new(terms.clone(), Play::Sampled);
        let hello = sampled.start().cloned().map_err(|error| self.because(error))?;
        self.playing = Some(Playing { hello, sampled, greedy: ExternalAgent::new(terms, Play::Greedy) });
        Ok(())
    }

    fn playing(&mut self) -> &mut Playing {
        self.playing.as_mut().expect("a command begins before it plays")
    }

    /// The player.
    pub(super) fn player(&mut self) -> Agent<'_> {
        let Playing { sampled, greedy, .. } = self.playing();
        Agent::Learned { sampled, greedy: Some(greedy) }
    }

    /// The one of its processes that plays so.
    pub(super) fn policy(&mut self, greedy: bool) -> &mut ExternalAgent {
        let playing = self.playing();
        if greedy { &mut playing.greedy } else { &mut playing.sampled }
    }

    /// What reports call it.
    pub(super) fn name(&mut self) -> String {
        self.playing().hello.name.clone().unwrap_or_else(|| self.program.to_string())
    }

    /// The arithmetic that it depends on.
    pub(super) fn kernels(&mut self) -> Option<String> {
        self.playing().hello.kernels.clone()
    }

    /// The training law that it declares.
    pub(super) fn declared(&mut self) -> Option<Declared> {
        self.playing().sampled.declared().cloned()
    }

    /// Tells its processes that nothing more comes, and ends them.
    pub(super) fn finish(&mut self) -> Result<(), Failure> {
        let Playing { sampled, greedy, .. } = self.playing();
        sampled.finish().and_then(|()| greedy.finish()).map_err(|error| self.because(error))
    }

    /// Why it failed, where it did.
    pub(super) fn failure(&self) -> Option<Failure> {
        let playing = self.playing.as_ref()?;
        let error = playing.sampled.failure().or(playing.greedy.failure())?;
        Some(self.because(error.clone()))
    }

    /// Gives up where whoever waits was told to stop.
    pub(super) fn goes_on(&self) -> Result<(), Failure> {
        self.interrupt.exit_code().map_or(Ok(()), |code| Err(Failure::Interrupted(code)))
    }

    fn because(&self, error: ExternalError) -> Failure {
        match (error.fault, self.interrupt.exit_code()) {
            (Fault::Interrupted, Some(code)) => Failure::Interrupted(code),
            (Fault::NotStarted, _) => Failure::usage(error),
            _ => Failure::Agent(Box::new(error)),
        }
    }
}
