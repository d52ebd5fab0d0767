"""What an environment is made of, whether it has one lane or many."""

import json
from collections.abc import Mapping
from typing import Any, Literal

import gymnasium
import numpy as np
from numpy.typing import NDArray

from ._native import Lanes

View = Literal["packed", "planes", "ego", "window-3", "window-5", "window-7", "window-9", "pixels"] | str
Split = Literal["train", "eval", "check"]
Knobs = Mapping[str, Any]

SPLITS = ("train", "eval", "check")


def lanes_of(
    family: str,
    lanes: int,
    shift: str | None,
    mix: float,
    law: str | None,
    knobs: Knobs | None,
    view: str,
    max_steps: int | None,
) -> Lanes:
    """The native lanes of a world; what it refuses is a `ValueError`."""
    text = json.dumps(dict(knobs or {}))
    return Lanes(family, lanes, knobs=text, law=law, mix=mix, shift=shift, view=view, max_steps=max_steps)


def observation_space(lanes: Lanes) -> gymnasium.spaces.Box:
    """The space of one lane's observations."""
    shape, dtype, most = lanes.form()
    return gymnasium.spaces.Box(0, most, tuple(shape), np.dtype(dtype).type)


def action_space(lanes: Lanes) -> gymnasium.spaces.Discrete:
    """The space of one lane's actions."""
    return gymnasium.spaces.Discrete(len(lanes.actions()))


def flat(array: NDArray[Any]) -> NDArray[np.uint8]:
    """The bytes of a contiguous array, without a copy."""
    return array.reshape(-1).view(np.uint8)


def level_options(options: Mapping[str, Any] | None) -> tuple[str | None, int | None]:
    """The split and the index that the options of a reset ask for."""
    given = dict(options or {})
    split, index = given.pop("split", None), given.pop("index", None)
    if given:
        raise ValueError(f"options {sorted(given)}: expected `split` and `index` only")
    if split is not None and split not in SPLITS:
        raise ValueError(f"split {split!r}, expected one of {', '.join(SPLITS)}")
    if index is not None and (not isinstance(index, (int, np.integer)) or index < 0):
        raise ValueError(f"index {index!r}, expected a whole number from 0 on")
    return split, None if index is None else int(index)
