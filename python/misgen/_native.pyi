"""The native half; the package's other modules are what is meant to be used."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

def families() -> list[str]: ...
def describe(family: str) -> str: ...
def evaluate(
    policies: list[Callable[..., Any] | str],
    seeds: list[int],
    family: str,
    shifts: list[str] | None,
    training_law: str | None,
    mix: float,
    knobs: str,
    levels: int,
    view: str,
    name: str,
) -> Evaluation: ...
def attribute(
    policy: Callable[..., Any] | str,
    untrained: list[Callable[..., Any]],
    units: int,
    seed: int,
    family: str,
    shift: str | None,
    knobs: str,
    levels: int,
    view: str,
    name: str,
) -> tuple[str, str]: ...

class Evaluation:
    def summary(self) -> str: ...
    def cells(self) -> str: ...
    def csv(self) -> bytes: ...
    def table(self) -> str: ...
    def html(self) -> bytes: ...
    def episodes(self, i: int) -> dict[str, list[Any]]: ...

class Lanes:
    def __init__(
        self,
        family: str,
        lanes: int,
        *,
        knobs: str = "{}",
        law: str | None = None,
        mix: float = 0.0,
        shift: str | None = None,
        view: str = "planes",
        max_steps: int | None = None,
    ) -> None: ...
    def form(self) -> tuple[list[int], str, int]: ...
    def grid(self) -> tuple[int, int]: ...
    def actions(self) -> list[str]: ...
    def cues(self) -> list[str]: ...
    def events(self) -> list[str]: ...
    def knobs(self) -> str: ...
    def max_steps(self) -> int: ...
    def level_ids(self) -> list[str]: ...
    def restart(self, seed: int, split: str, index: int, levels: int, once: bool) -> None: ...
    def again(self, seed: int, once: bool) -> None: ...
    def step(
        self,
        actions: NDArray[np.int64],
        obs: NDArray[np.uint8],
        rewards: NDArray[np.float64],
        terminated: NDArray[np.bool_],
        truncated: NDArray[np.bool_],
        events: NDArray[np.uint16],
    ) -> int: ...
    def observe(self, obs: NDArray[np.uint8]) -> None: ...
    def tally(
        self,
        returns: NDArray[np.float64],
        first: NDArray[np.int8],
        level: NDArray[np.int64],
        steps: NDArray[np.int32],
    ) -> None: ...
    def finals(
        self,
        obs: NDArray[np.uint8],
        returns: NDArray[np.float64],
        first: NDArray[np.int8],
        level: NDArray[np.int64],
        steps: NDArray[np.int32],
    ) -> None: ...
    def ascii(self, lane: int, last: bool) -> list[str]: ...
    def picture(self, lane: int, last: bool, out: NDArray[np.uint8]) -> None: ...
