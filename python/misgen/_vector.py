"""Many environments at once over the Rust batch, as a Gymnasium vector environment."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import ArrayLike, NDArray

from ._world import Knobs, Split, View, action_space, flat, lanes_of, level_options, observation_space

Info = dict[str, Any]


class MisgenVectorEnv(VectorEnv[NDArray[Any], NDArray[np.int64], NDArray[Any]]):
    """`num_envs` lanes of one family, which draw their levels from a pool without end.

    The pool holds levels `index` to `index + levels` of (seed, split); the same seed gives the same pool, the same
    draws and the same chance. `reset(seed=s)` makes the pool of s, `reset()` goes on with other draws from the same
    pool, `reset(options={"split": ..., "index": ...})` makes another.

    A lane in which an episode ends begins the next in the same step (`AutoresetMode.SAME_STEP`): its observation is
    the new episode's first, and `info["final_obs"]` and `info["final_info"]` have the end of the old one, for lanes
    where `info["_final_obs"]` is true.

    Args:
        family: Name of the family.
        num_envs: Number of lanes.
        shift, mix, law, knobs, view, split, max_steps: As in `MisgenEnv`.
        levels: Number of levels in the pool.
        index: Its first level.
        copy: Whether each step gives new arrays. With False all steps fill the same ones, which is faster for whoever
            is done with an observation before the next step.

    `info` has, one entry a lane: `events` (bit k is the k-th name of `event_names`, of the step just taken), and of
    the episode that the observation belongs to `cue_returns` (discounted, `[num_envs, cues]`, in the order of
    `cue_names`), `first_cue` (place in `cue_names`, −1 while none came), `level` (place in the pool), `level_id` and
    `steps`.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012

    def __init__(
        self,
        family: str,
        num_envs: int = 1,
        *,
        shift: str | None = None,
        mix: float = 0.0,
        law: str | None = None,
        knobs: Knobs | None = None,
        view: View = "planes",
        split: Split = "train",
        index: int = 0,
        levels: int = 4096,
        max_steps: int | None = None,
        copy: bool = True,
        render_mode: str | None = None,
    ) -> None:
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode {render_mode!r}, expected one of {', '.join(self.metadata['render_modes'])}")
        if levels < 1:
            raise ValueError(f"{levels} levels, expected at least 1")
        self._lanes = lanes_of(family, num_envs, shift, mix, law, knobs, view, max_steps)
        self.num_envs = num_envs
        self.single_observation_space = observation_space(self._lanes)
        self.single_action_space = action_space(self._lanes)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.render_mode = render_mode
        self.family = family
        self.levels = levels
        self.event_names, self.cue_names = self._lanes.events(), self._lanes.cues()
        self._split, self._index = level_options({"split": split, "index": index})
        self._pool: tuple[int, str, int] | None = None
        self._restarts = 0
        self._copy = copy
        self._buffers = self._new_buffers()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[NDArray[Any], Info]:
        """Starts every lane afresh; see the class for on which levels."""
        if seed is not None and not isinstance(seed, (int, np.integer)):
            raise ValueError(f"seed {seed!r}, expected one whole number: lanes share a pool of levels")
        super().reset(seed=seed)
        split, index = level_options(options)
        self._split = split or self._split
        self._index = self._index if index is None else index
        if seed is None:
            seed = self._pool[0] if self._pool else int(self.np_random.integers(2**63))
            self._restarts += 1
        else:
            self._restarts = 0
        pool = (int(seed), self._split, self._index)
        if pool != self._pool:
            self._lanes.restart(*pool, self.levels, False)
            self._ids = np.array(self._lanes.level_ids(), dtype=object)
            self._pool = pool
        # Draws of a later restart are another stream of the same seed.
        self._lanes.again((int(seed) + self._restarts * 0x9E3779B97F4A7C15) % 2**64, False)
        obs, *_ = self._fresh()
        self._lanes.observe(flat(obs))
        return obs, self._info(np.zeros(self.num_envs, np.uint16))

    def step(self, actions: ArrayLike) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any], Info]:
        """Takes one step in every lane; an action that there is not is a `ValueError`."""
        if self._pool is None:
            raise gymnasium.error.ResetNeeded("no episode has begun: call `reset` first")
        obs, rewards, terminated, truncated, events = self._fresh()
        chosen = np.ascontiguousarray(actions, dtype=np.int64)
        ends = self._lanes.step(chosen, flat(obs), rewards, terminated, truncated, events)
        info = self._info(events)
        if ends:
            self._add_finals(info, events, terminated | truncated)
        return obs, rewards, terminated, truncated, info

    def render(self) -> tuple[str, ...] | tuple[NDArray[np.uint8], ...] | None:
        """Each lane's grid as text or as a picture of 8 × 8 pixels a cell."""
        if self.render_mode == "ansi":
            return tuple("\n".join(self._lanes.ascii(lane, False)) for lane in range(self.num_envs))
        if self.render_mode == "rgb_array":
            rows, columns = self._lanes.grid()
            pictures = np.empty((self.num_envs, rows * 8, columns * 8, 3), np.uint8)
            for lane, picture in enumerate(pictures):
                self._lanes.picture(lane, False, flat(picture))
            return tuple(pictures)
        return None

    def level_ids(self) -> list[str]:
        """Ids of the levels of the pool, as `misgen show --level` takes them."""
        return self._lanes.level_ids()

    def _new_buffers(self) -> tuple[NDArray[Any], ...]:
        n, space = self.num_envs, self.single_observation_space
        room = np.empty((n, *space.shape), space.dtype)
        return room, np.empty(n), np.empty(n, bool), np.empty(n, bool), np.empty(n, np.uint16)

    def _fresh(self) -> tuple[NDArray[Any], ...]:
        return self._new_buffers() if self._copy else self._buffers

    def _tally(self) -> tuple[NDArray[Any], ...]:
        n = self.num_envs
        return np.empty((n, len(self.cue_names))), np.empty(n, np.int8), np.empty(n, np.int64), np.empty(n, np.int32)

    def _named(self, tally: tuple[NDArray[Any], ...]) -> Info:
        returns, first, level, steps = tally
        return {
            "cue_returns": returns,
            "first_cue": first,
            "level": level,
            "level_id": self._ids[level],
            "steps": steps,
        }

    def _info(self, events: NDArray[np.uint16]) -> Info:
        returns, *rest = tally = self._tally()
        self._lanes.tally(returns.reshape(-1), *rest)
        return {"events": events, **self._named(tally)}

    def _add_finals(self, info: Info, events: NDArray[np.uint16], ended: NDArray[np.bool_]) -> None:
        space = self.single_observation_space
        obs = np.zeros((self.num_envs, *space.shape), space.dtype)
        returns, *rest = tally = self._tally()
        self._lanes.finals(flat(obs), returns.reshape(-1), *rest)
        final = np.full(self.num_envs, None, dtype=object)
        for lane in np.flatnonzero(ended):
            final[lane] = obs[lane]
        finals = {"events": events.copy(), **self._named(tally)}
        info["final_obs"], info["_final_obs"] = final, ended
        info["final_info"] = finals | {f"_{name}": ended.copy() for name in finals}
        info["_final_info"] = ended.copy()


def make_vec(family: str, num_envs: int = 1, **options: Any) -> MisgenVectorEnv:
    """`num_envs` lanes of a family, by its name (`corner`) or its id (`misgen/Corner-v0`); options are those of
    `MisgenVectorEnv`."""
    if family.startswith("misgen/"):
        family = gymnasium.spec(family).kwargs["family"]
    return MisgenVectorEnv(family, num_envs, **options)
