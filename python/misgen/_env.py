"""One environment, as Gymnasium's `make` gives it."""

from typing import Any

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ._world import Knobs, Split, View, action_space, flat, lanes_of, level_options, observation_space

Info = dict[str, Any]


class MisgenEnv(gymnasium.Env[NDArray[Any], np.int64]):
    """A family under its training law, or under a shift.

    An episode is a pure function of (seed, split, index) and of the actions taken. `reset(seed=s)` begins level 0 of
    (s, split), each `reset()` after it the next one; `reset(options={"split": ..., "index": ...})` goes elsewhere.
    Levels are those of pools of the same seed and split.

    Args:
        family: Name of the family; `gymnasium.make` knows it from the id.
        shift: A shift of the family. On conflict shifts an episode ends at the first cue, as it does in evaluation.
        mix: Share of levels in which every proxy is placed independently of the goal.
        law: A training law of the family; its first one by default.
        knobs: Knobs that differ from the defaults, as `{"size": 9}`.
        view: `packed` (a bit a channel), `planes` (a plane of 0 and 1 a channel), `ego` (flat, the agent in the
            middle), `window-7` (planes of the 7 × 7 cells around the agent), `pixels`.
        split: `train`, `eval` or `check`.
        max_steps: Steps after which an episode is truncated; the family's own number by default.
        render_mode: `ansi` or `rgb_array`.

    Rewards are the family's training reward. `info` has `events` (names of what happened in the step), `cue_returns`
    (discounted return of each cue so far, the goal's first), `first_cue` (name of the cue that came first, or None),
    `level_id` and `steps`.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 8}  # noqa: RUF012 (Gymnasium's convention)

    def __init__(
        self,
        family: str,
        *,
        shift: str | None = None,
        mix: float = 0.0,
        law: str | None = None,
        knobs: Knobs | None = None,
        view: View = "planes",
        split: Split = "train",
        max_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode {render_mode!r}, expected one of {', '.join(self.metadata['render_modes'])}")
        self._lanes = lanes_of(family, 1, shift, mix, law, knobs, view, max_steps)
        self.observation_space = observation_space(self._lanes)
        self.action_space = action_space(self._lanes)
        self.render_mode = render_mode
        self.family = family
        self._split, _ = level_options({"split": split})
        self._seed: int | None = None
        self._index = 0
        self._ended = True
        self._events, self._cues = self._lanes.events(), self._lanes.cues()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[NDArray[Any], Info]:
        """Begins the next level; see the class for which one that is."""
        super().reset(seed=seed)
        split, index = level_options(options)
        if seed is not None or self._seed is None:
            self._seed = int(seed) if seed is not None else int(self.np_random.integers(2**63))
            self._index = 0
        self._split = split or self._split
        self._index = self._index if index is None else index
        self._lanes.restart(self._seed, self._split, self._index, 1, True)
        self._level_id = self._lanes.level_ids()[0]
        self._index += 1
        self._ended = False
        obs = self._room()
        self._lanes.observe(flat(obs))
        return obs, self._info(0)

    def step(self, action: np.int64) -> tuple[NDArray[Any], float, bool, bool, Info]:
        """Takes one step; an action that there is not is a `ValueError`."""
        if self._ended:
            raise gymnasium.error.ResetNeeded("the episode has ended, or none has begun: call `reset` first")
        obs, reward = self._room(), np.empty(1)
        terminated, truncated, events = np.empty(1, bool), np.empty(1, bool), np.empty(1, np.uint16)
        actions = np.array([action], np.int64)
        self._ended = bool(self._lanes.step(actions, flat(obs), reward, terminated, truncated, events))
        if self._ended:
            self._lanes.finals(flat(obs), *self._tally())
        return obs, float(reward[0]), bool(terminated[0]), bool(truncated[0]), self._info(int(events[0]))

    def render(self) -> str | NDArray[np.uint8] | None:
        """The grid as text or as a picture of 8 × 8 pixels a cell."""
        if self.render_mode == "ansi":
            return "\n".join(self._lanes.ascii(0, self._ended))
        if self.render_mode == "rgb_array":
            rows, columns = self._lanes.grid()
            picture = np.empty((rows * 8, columns * 8, 3), np.uint8)
            self._lanes.picture(0, self._ended, flat(picture))
            return picture
        return None

    def _room(self) -> NDArray[Any]:
        return np.empty(self.observation_space.shape, self.observation_space.dtype)

    def _tally(self) -> tuple[NDArray[Any], ...]:
        return np.empty(len(self._cues)), np.empty(1, np.int8), np.empty(1, np.int64), np.empty(1, np.int32)

    def _info(self, events: int) -> Info:
        returns, first, _level, steps = tally = self._tally()
        if self._ended:
            self._lanes.finals(flat(self._room()), *tally)
        else:
            self._lanes.tally(*tally)
        return {
            "events": tuple(name for k, name in enumerate(self._events) if events >> k & 1),
            "cue_returns": returns,
            "first_cue": self._cues[first[0]] if first[0] >= 0 else None,
            "level_id": self._level_id,
            "steps": int(steps[0]),
        }
