//! One level of a family whose states are too many to enumerate: values as means of keyed rollouts of its declared planner.

use crate::{ActionSet, Behaviour, Exact, Finish, LevelValues, Process, SampledValues};
use misgen_core::{Advice, Ended, Pool, Reward, Rng, Walk, discounted};

/// Rollouts behind every value of a level that is planned.
pub const ROLLOUTS: u64 = 64;

/// A level that can be played, though not solved. Rewards stand as in [`crate::Playbook::rewards`].
pub struct Planned<'a> {
    pool: &'a dyn Pool,
    level: usize,
    process: Process,
    rewards: Vec<Reward>,
    stay: Option<u8>,
    actions: u32,
    /// The level's content, so that its values do not depend on its place in a pool.
    seed: u64,
}

impl<'a> Planned<'a> {
    /// Level `level` of `pool` under `process`.
    #[must_use]
    pub fn new(pool: &'a dyn Pool, level: usize, process: &Process) -> Self {
        let spec = pool.spec();
        let digest = pool.digest(level);
        let seed = u64::from_le_bytes(digest[..8].try_into().expect("eight bytes"));
        let actions = spec.actions.len() as u32;
        Self { pool, level, process: *process, rewards: spec.all_rewards(), stay: spec.stay, actions, seed }
    }

    /// Plays one episode; `other` is the level on which [`Behaviour::Elsewhere`] watches a pursuer.
    pub fn play(&self, behaviour: Behaviour, other: Option<&Self>, acts: &mut Rng, chance: &mut Rng) -> Walk {
        let tape = match (behaviour, other) {
            (Behaviour::Elsewhere(cue), Some(other)) => Some(other.tape(cue)),
            _ => None,
        };
        let (actions, stay) = (self.actions, self.stay);
        let mut law = |advice: &dyn Advice, step: u16| {
            let best = |cue, acts: &mut Rng| pick(ActionSet(advice.plan(cue)), acts);
            match behaviour {
                Behaviour::Uniform | Behaviour::Avoid(_) => acts.below(actions) as u8,
                Behaviour::Repeat(action) => action,
                Behaviour::Pursue(cue) => best(cue, acts),
                Behaviour::Noisy { epsilon, cue } => {
                    if acts.chance(epsilon) {
                        acts.below(actions) as u8
                    } else {
                        best(cue, acts)
                    }
                }
                Behaviour::Elsewhere(cue) => match &tape {
                    None => best(cue, acts),
                    Some(tape) => {
                        tape.get(usize::from(step)).copied().or(stay).unwrap_or_else(|| acts.below(actions) as u8)
                    }
                },
            }
        };
        self.pool.walk(self.level, self.process.limit, self.process.stop, &mut law, chance)
    }

    /// One episode's actions of the pursuer of `cue`, a function of the level alone.
    fn tape(&self, cue: usize) -> Vec<u8> {
        let stream = Rng::keyed(self.seed, "elsewhere", cue as u64);
        self.play(Behaviour::Pursue(cue), None, &mut stream.derive("acts", 0), &mut stream.derive("chance", 0)).actions
    }

    /// What a player brings, as the mean over [`ROLLOUTS`] episodes keyed by the level and `purpose`.
    #[must_use]
    pub fn expected(&self, parts: &[(f64, Behaviour)], other: Option<&Self>, purpose: &str) -> Exact {
        let mut mean = Exact {
            values: vec![0.0; self.rewards.len()],
            errors: Vec::new(),
            finishes: Vec::new(),
            truncated: 0.0,
            length: 0.0,
            counts: [0.0; 16],
        };
        let share = 1.0 / ROLLOUTS as f64;
        let mut squares = vec![0.0; self.rewards.len()];
        for k in 0..ROLLOUTS {
            let stream = Rng::keyed(self.seed, purpose, k);
            let (mut acts, mut chance) = (stream.derive("acts", 0), stream.derive("chance", 0));
            let walk = self.play(crate::draw_part(parts, &mut acts), other, &mut acts, &mut chance);
            for (i, reward) in self.rewards.iter().enumerate() {
                let got = discounted(&walk.events, reward, self.process.gamma);
                mean.values[i] += share * got;
                squares[i] += share * got * got;
            }
            for (_, events) in &walk.events {
                for (bit, count) in mean.counts.iter_mut().enumerate() {
                    *count += share * f64::from(events.0 >> bit & 1);
                }
            }
            mean.length += share * walk.actions.len() as f64;
            if walk.ended == Ended::Terminated {
                let events = walk.events.last().map_or_else(Default::default, |(_, events)| *events);
                mean.finishes.push(Finish { events, steps: walk.actions.len() as u16, probability: share });
            } else {
                mean.truncated += share;
            }
        }
        mean.finishes.sort_by_key(|finish| (finish.steps, finish.events.0));
        // Standard error of a mean of n draws, from their own spread.
        let error = |(square, value): (&f64, &f64)| ((square - value * value).max(0.0) / (ROLLOUTS - 1) as f64).sqrt();
        mean.errors = squares.iter().zip(&mean.values).map(error).collect();
        mean
    }

    /// The values that metrics compare an agent with.
    #[must_use]
    pub fn values(&self) -> LevelValues {
        let random = self.expected(&[(1.0, Behaviour::Uniform)], None, "value/random");
        let pursuer = |i: usize| self.expected(&[(1.0, Behaviour::Pursue(i))], None, &format!("value/{i}"));
        let pursuers: Vec<Exact> = (0..self.rewards.len()).map(pursuer).collect();
        LevelValues {
            sampled: Some(SampledValues {
                random: random.errors,
                pursuers: pursuers.iter().map(|e| e.errors.clone()).collect(),
                random_counts: random.counts,
                pursuer_counts: pursuers.iter().map(|e| e.counts).collect(),
            }),
            random: random.values,
            pursuers: pursuers.into_iter().map(|e| e.values).collect(),
            shortest: None,
        }
    }
}

/// One action of a set, drawn uniformly.
fn pick(set: ActionSet, rng: &mut Rng) -> u8 {
    let drawn = if set.len() == 1 { 0 } else { rng.below(set.len()) };
    set.iter().nth(drawn as usize).expect("a planner advises at least one action")
}
