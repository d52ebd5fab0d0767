//! The agent's side: a policy of ours that answers.

use super::line::{Line, read_line};
use super::message::{Act, Actions, AgentHello, DeclaredTraining, Hello, LONGEST_LINE, Obs, Observations, PROTOCOL};
use super::observation::unpacked;
use misgen_core::{Decisions, Ended, Events, ObsSpec, Policy, PolicyError, Rng, StepView};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, Write};

/// The most lanes that are answered for.
const MOST_LANES: usize = 4096;

/// What answers, once it is known where it is.
pub struct Served {
    /// The policy.
    pub policy: Box<dyn Policy>,
    /// What it sees.
    pub spec: ObsSpec,
    /// What reports call it.
    pub name: Option<String>,
    /// What it was trained on.
    pub training: Option<DeclaredTraining>,
    /// The arithmetic that it depends on.
    pub kernels: Option<String>,
}

/// Why serving ended early.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The other side does not speak this protocol.
    #[error("whoever asks {0}")]
    Protocol(String),
    /// There is no answer in the world that was described.
    #[error("{0}")]
    Refused(String),
    /// The policy failed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A pipe failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

/// Answers from `input` to `output` until told `bye`, or nobody asks any more. `open` makes the policy from the greeting.
///
/// # Errors
/// When the other side does not speak the protocol, or the policy has no answer.
pub fn serve(
    input: &mut impl BufRead,
    output: &mut impl Write,
    open: &mut dyn FnMut(&Hello) -> Result<Served, String>,
) -> Result<(), ServeError> {
    let Some((_, line)) = heard(input, &["hello"])? else { return Ok(()) };
    let hello: Hello = strict(&line)?;
    if hello.lanes > MOST_LANES {
        return Err(ServeError::Protocol(format!("announces {} lanes, at most {MOST_LANES} are served", hello.lanes)));
    }
    let mut served = open(&hello).map_err(ServeError::Refused)?;
    let greeting = AgentHello {
        r#type: Default::default(),
        protocol: PROTOCOL,
        observations: Observations::Bits,
        name: served.name.take(),
        training: served.training.take(),
        kernels: served.kernels.take(),
    };
    say(output, &greeting)?;
    while let Some((kind, line)) = heard(input, &["act", "bye"])? {
        if kind == "bye" {
            break;
        }
        let act: Act = strict(&line)?;
        say(output, &decided(&act, &hello, &mut served)?)?;
    }
    Ok(())
}

/// What the policy thinks of every row.
fn decided(act: &Act, hello: &Hello, served: &mut Served) -> Result<Actions, ServeError> {
    let (lanes, spec) = (hello.lanes, served.spec);
    // A lane keeps its place: what a policy remembers of it lies there.
    let (mut obs, mut level, mut steps) =
        (vec![0; lanes * spec.bytes()], vec![StepView::NO_LEVEL; lanes], vec![0; lanes]);
    let mut next = 0;
    for row in &act.rows {
        let lane = row.lane;
        if !(next..lanes).contains(&lane) {
            let found = format!("sent a row of lane {lane}, expected rising numbers below {lanes}");
            return Err(ServeError::Protocol(found));
        }
        next = lane + 1;
        let Obs::Bits(bits) = &row.obs else {
            return Err(ServeError::Protocol("sent an observation in a form that was not asked for".into()));
        };
        let cells = unpacked(&spec, bits).map_err(|wrong| ServeError::Protocol(format!("sent {wrong}")))?;
        obs[lane * spec.bytes()..][..spec.bytes()].copy_from_slice(&cells);
        (level[lane], steps[lane]) = (lane as u32, row.step);
    }
    let (events, ended) = (vec![Events::NONE; lanes], vec![Ended::No; lanes]);
    let view = StepView {
        spec: &spec,
        obs: &obs,
        last_obs: &obs,
        events: &events,
        ended: &ended,
        level: &level,
        last_level: &level,
        steps: &steps,
        palette: None,
    };
    // Whoever asks draws the actions.
    let mut rngs = vec![Rng::keyed(0, "served", 0); lanes];
    let (mut actions, mut values) = (vec![0; lanes], vec![f32::NAN; lanes]);
    let mut probs = vec![f32::NAN; lanes * spec.actions];
    let mut decisions =
        Decisions { actions: &mut actions, probs: Some(&mut probs), values: Some(&mut values), features: None };
    served.policy.act(&view, &mut rngs, &mut decisions)?;
    let rows = || act.rows.iter().map(|row| row.lane);
    let values: Vec<f32> = rows().map(|lane| values[lane]).collect();
    Ok(Actions {
        probs: Some(rows().map(|lane| probs[lane * spec.actions..][..spec.actions].to_vec()).collect()),
        values: values.iter().all(|value| value.is_finite()).then_some(values),
        ..Actions::default()
    })
}

#[derive(Deserialize)]
struct Head {
    r#type: String,
    #[serde(default = "ours")]
    protocol: u32,
}

const fn ours() -> u32 {
    PROTOCOL
}

/// The next message, which is one of `wanted`; `None` where there is none any more.
fn heard(input: &mut impl BufRead, wanted: &[&str]) -> Result<Option<(String, Vec<u8>)>, ServeError> {
    let line = match read_line(input, LONGEST_LINE)? {
        Line::Whole(line) => line,
        Line::End => return Ok(None),
        Line::Half(_) => return Err(ServeError::Protocol("stopped in the middle of a line".into())),
        Line::TooLong => return Err(ServeError::Protocol(format!("sent a line of more than {LONGEST_LINE} bytes"))),
    };
    let head: Head = strict(&line)?;
    if head.protocol != PROTOCOL {
        let found = head.protocol;
        return Err(ServeError::Protocol(format!("speaks version {found} of the protocol, expected {PROTOCOL}")));
    }
    if !wanted.contains(&head.r#type.as_str()) {
        let (found, wanted) = (crate::config::one_line(&head.r#type), wanted.join(" or "));
        return Err(ServeError::Protocol(format!("sent a message of type `{found}`, expected {wanted}")));
    }
    Ok(Some((head.r#type, line)))
}

fn strict<T: DeserializeOwned>(line: &[u8]) -> Result<T, ServeError> {
    serde_json::from_slice(line).map_err(|error| {
        let error = crate::config::one_line(&error.to_string());
        ServeError::Protocol(format!("sent no message of this protocol: {error}"))
    })
}

fn say(output: &mut impl Write, message: &impl Serialize) -> Result<(), ServeError> {
    serde_json::to_writer(&mut *output, message).map_err(std::io::Error::from)?;
    output.write_all(b"\n")?;
    output.flush()?;
    Ok(())
}
