//! A learner's look at its environment: observations to what its net says, with the present weights.

use crate::net::{Frozen, Net};
use crate::view::{AGENT, Features, Palette, View};
use misgen_core::{ObsSpec, Rng};

/// Hides channels of training levels: each but the agent's with the same chance, drawn once a level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CueDropout {
    chance: f64,
    channels: usize,
    agent: usize,
    cell_bytes: usize,
}

impl CueDropout {
    pub(crate) fn new(chance: f64, spec: &ObsSpec) -> Self {
        let agent = spec.channel(AGENT).expect("every family has the agent's channel");
        Self { chance, channels: spec.channels.len(), agent, cell_bytes: spec.cell_bytes }
    }

    /// The bits of a cell that stay in `level`.
    fn kept(&self, level: u32) -> u16 {
        let mut rng = Rng::keyed(u64::from(level), "cue dropout", 0);
        (0..self.channels).fold(u16::MAX, |kept, bit| {
            let hidden = rng.chance(self.chance);
            if hidden && bit != self.agent { kept & !(1 << bit) } else { kept }
        })
    }

    /// Hides what is hidden in `level` from one observation.
    pub(crate) fn hide(&self, level: u32, obs: &mut [u8]) {
        if self.chance == 0.0 {
            return;
        }
        let kept = self.kept(level).to_ne_bytes();
        match self.cell_bytes {
            1 => obs.iter_mut().for_each(|cell| *cell &= u16::from_ne_bytes(kept) as u8),
            _ => obs.chunks_exact_mut(2).for_each(|cell| {
                cell[0] &= kept[0];
                cell[1] &= kept[1];
            }),
        }
    }
}

/// The present weights, ready to look.
pub(crate) struct Eye<'a> {
    view: &'a View,
    net: Frozen,
    dropout: CueDropout,
    seen: Vec<u8>,
    rows: Features,
    policy: Vec<f32>,
    values: Vec<f32>,
}

/// One look.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// The observations, with what is hidden from a learner hidden.
    pub(crate) obs: &'a [u8],
    /// What the policy head says, `[rows, outputs]`.
    pub(crate) policy: &'a [f32],
    /// What the value head says, `[rows]`; NaN where there is none.
    pub(crate) values: &'a [f32],
}

impl<'a> Eye<'a> {
    pub(crate) fn new(view: &'a View, net: &Net, dropout: CueDropout) -> Self {
        let net = Frozen::new(net.spec(), net.values());
        Self { view, net, dropout, seen: Vec::new(), rows: view.rows(), policy: Vec::new(), values: Vec::new() }
    }

    /// Numbers that the net remembers of each lane.
    pub(crate) fn memory(&self) -> usize {
        self.net.memory()
    }

    /// What the net remembers after the last look, `[rows, memory]`.
    pub(crate) fn remembered(&self) -> &[f32] {
        self.net.hidden()
    }

    /// Looks at the observations of `lanes`. The error names what is not finite.
    pub(crate) fn look<'b>(
        &mut self,
        lanes: impl Iterator<Item = (&'b [u8], u32)>,
        memory: &[f32],
    ) -> Result<Seen<'_>, &'static str> {
        self.rows.clear();
        self.seen.clear();
        for (obs, level) in lanes {
            let start = self.seen.len();
            self.seen.extend_from_slice(obs);
            self.dropout.hide(level, &mut self.seen[start..]);
            self.view.push(&self.seen[start..], Palette::training(level), &mut self.rows);
        }
        self.net.forward(&self.rows, memory, &mut self.policy, &mut self.values);
        if !self.policy.iter().all(|z| z.is_finite()) {
            return Err("logits");
        }
        if self.net.spec().value && !self.values.iter().all(|v| v.is_finite()) {
            return Err("values");
        }
        Ok(Seen { obs: &self.seen, policy: &self.policy, values: &self.values })
    }
}
