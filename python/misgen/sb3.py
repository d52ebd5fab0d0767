"""Stable-Baselines3's own kind of vector environment over the Rust batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv

from ._vector import MisgenVectorEnv


class Sb3VecEnv(VecEnv):
    """A `MisgenVectorEnv` as Stable-Baselines3 takes it: `PPO("MlpPolicy", Sb3VecEnv(misgen.make_vec("corner", 64)))`.

    Infos are dictionaries, one a lane, with what Stable-Baselines3 reads: `terminal_observation`,
    `TimeLimit.truncated` and `episode` (undiscounted training return and length) where an episode ended; `level_id`
    and `first_cue` besides.
    """

    def __init__(self, envs: MisgenVectorEnv, seed: int = 0) -> None:
        # The base class asks for attributes.
        self.envs = envs
        super().__init__(envs.num_envs, envs.single_observation_space, envs.single_action_space)
        self._begin_at: int | None = seed
        self._actions = np.zeros(envs.num_envs, np.int64)
        self._returns = np.zeros(envs.num_envs)
        self.render_mode = envs.render_mode

    def reset(self) -> Any:
        """Starts every lane afresh: the first time under the seed, then on other draws of the same pool."""
        obs, _ = self.envs.reset(seed=self._begin_at)
        self._begin_at = None
        self._returns[:] = 0
        return obs

    def step_async(self, actions: np.ndarray) -> None:
        """Keeps the actions for `step_wait`."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Takes one step in every lane."""
        obs, rewards, terminated, truncated, info = self.envs.step(self._actions)
        self._returns += rewards
        done = terminated | truncated
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        for lane in np.flatnonzero(done):
            final = info["final_info"]
            first = final["first_cue"][lane]
            infos[lane] = {
                "terminal_observation": info["final_obs"][lane],
                "TimeLimit.truncated": bool(truncated[lane]),
                "episode": {"r": float(self._returns[lane]), "l": int(final["steps"][lane]), "t": 0.0},
                "level_id": final["level_id"][lane],
                "first_cue": self.envs.cue_names[first] if first >= 0 else None,
            }
        self._returns[done] = 0
        return obs, rewards.astype(np.float32), done, infos

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """The seed of the next reset; lanes share a pool of levels, so that it is one for all."""
        self._begin_at = seed
        return [seed] * self.num_envs

    def close(self) -> None:
        """Closes the environment below."""
        self.envs.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the environment below, once for each lane asked for."""
        return [getattr(self.envs, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Lanes have no attributes of their own."""
        raise NotImplementedError("lanes share one environment: set attributes of `envs`")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Lanes have no methods of their own."""
        raise NotImplementedError("lanes share one environment: call methods of `envs`")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """No lane is wrapped."""
        return [False for _ in self._get_indices(indices)]
