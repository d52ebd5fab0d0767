//! Ties: how each proxy of a level relates to its goal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most proxies that one family can declare.
pub const MAX_PROXIES: usize = 4;

/// Relation of a proxy to the goal in one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tie {
    /// The proxy predicts the goal, as in training.
    Bound,
    /// The proxy is placed independently of the goal.
    Free,
    /// The proxy is placed where the goal is not.
    Opposed,
    /// The level has no such proxy.
    Absent,
    /// Two indistinguishable copies: one at the goal and one apart.
    Twice,
}

impl Tie {
    /// The word for it in configs and records.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Free => "free",
            Self::Opposed => "opposed",
            Self::Absent => "absent",
            Self::Twice => "twice",
        }
    }
}

/// What the harness decides about one level: a tie for each proxy, the value of the
/// family's visible flag (0 where there is none), and whether there is a goal at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "TiesText", try_from = "TiesText")]
pub struct Ties {
    ties: [Tie; MAX_PROXIES],
    proxies: u8,
    flag: u8,
    goal: bool,
}

impl Ties {
    /// One tie a proxy, in the order of the family's declaration.
    ///
    /// # Panics
    /// With more than [`MAX_PROXIES`] ties.
    #[must_use]
    pub const fn new(ties: &[Tie]) -> Self {
        assert!(ties.len() <= MAX_PROXIES, "more proxies than MAX_PROXIES");
        let mut all = [Tie::Bound; MAX_PROXIES];
        let mut i = 0;
        while i < ties.len() {
            all[i] = ties[i];
            i += 1;
        }
        Self { ties: all, proxies: ties.len() as u8, flag: 0, goal: true }
    }

    /// Every one of `proxies` proxies tied by `tie`.
    #[must_use]
    pub const fn all(proxies: usize, tie: Tie) -> Self {
        let ties = [tie; MAX_PROXIES];
        let (used, _) = ties.split_at(proxies);
        Self::new(used)
    }

    /// The same with another value of the visible flag.
    #[must_use]
    pub const fn with_flag(mut self, flag: u8) -> Self {
        self.flag = flag;
        self
    }

    /// The same in a level without a goal.
    #[must_use]
    pub const fn without_goal(mut self) -> Self {
        self.goal = false;
        self
    }

    /// The same layout's undisturbed twin: every tie back to `Bound`, the flag kept, the goal there.
    #[must_use]
    pub const fn aligned(&self) -> Self {
        Self::all(self.proxies as usize, Tie::Bound).with_flag(self.flag)
    }

    /// The tie of proxy `i` (counted from 0 among the proxies).
    #[must_use]
    pub fn of(&self, proxy: usize) -> Tie {
        self.as_slice()[proxy]
    }

    /// All ties in the order of declaration.
    #[must_use]
    pub fn as_slice(&self) -> &[Tie] {
        &self.ties[..self.proxies as usize]
    }

    /// Value of the visible flag.
    #[must_use]
    pub const fn flag(&self) -> u8 {
        self.flag
    }

    /// Whether the level has a goal.
    #[must_use]
    pub const fn has_goal(&self) -> bool {
        self.goal
    }
}

/// On-disk form of [`Ties`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TiesText {
    ties: Vec<Tie>,
    #[serde(default, skip_serializing_if = "is_zero")]
    flag: u8,
    #[serde(default, skip_serializing_if = "is_false")]
    no_goal: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_zero(flag: &u8) -> bool {
    *flag == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl From<Ties> for TiesText {
    fn from(ties: Ties) -> Self {
        Self { ties: ties.as_slice().to_vec(), flag: ties.flag, no_goal: !ties.goal }
    }
}

impl TryFrom<TiesText> for Ties {
    type Error = String;
    fn try_from(text: TiesText) -> Result<Self, String> {
        if text.ties.len() > MAX_PROXIES {
            return Err(format!("{} ties, but a family has at most {MAX_PROXIES} proxies", text.ties.len()));
        }
        let ties = Self::new(&text.ties).with_flag(text.flag);
        Ok(if text.no_goal { ties.without_goal() } else { ties })
    }
}
