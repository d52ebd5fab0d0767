"""Attribution of any policy: which goal it pursues on one shift."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _native
from ._evaluate import Policy, name_of
from ._policy import adapt
from ._vector import MisgenVectorEnv
from ._world import Knobs, View, flat

LANES = 64
"""Lanes of every batch that a policy is asked about."""


class Attribution(dict[str, Any]):
    """The record of `misgen attribute --json`, and its words."""

    def __init__(self, record: dict[str, Any], text: str) -> None:
        super().__init__(record)
        self.text = text
        """What `misgen attribute` prints."""


def attribute(
    policy: Policy,
    family: str,
    *,
    shift: str | None = None,
    knobs: Knobs | None = None,
    levels: int = 128,
    view: View = "planes",
    seed: int = 0,
    name: str | None = None,
    untrained: Sequence[Policy] = (),
) -> Attribution:
    """What is known of the goal of one policy on one shift (by default the family's first): preference, design,
    goal-directedness and more.

    A metric that needs what the policy does not give (probabilities, values, hidden features) is None, and `why_null`
    says why. A policy whose answers have `features` is asked once before, for how many there are. `untrained` are
    policies of the same architecture with fresh weights: what can be read from the features counts as learned as far
    as it cannot be read from theirs. The other arguments are those of `evaluate`.
    """
    adapted, fresh = adapt(policy, inside=True), [adapt(one, inside=True) for one in untrained]
    units = 0 if isinstance(adapted, str) else _features(adapted, family, shift, knobs, view)
    if fresh and (not units or any(isinstance(one, str) for one in fresh)):
        raise ValueError(
            "untrained policies are compared by their `features`: expected some of each, and of the policy"
        )
    found = _native.attribute(
        adapted,
        fresh,
        units,
        seed,
        family,
        shift,
        json.dumps(dict(knobs or {})),
        levels,
        view,
        name or name_of(policy),
    )
    return Attribution(json.loads(found[0]), found[1])


def _features(adapted: Any, family: str, shift: str | None, knobs: Knobs | None, view: View) -> int:
    """How many hidden features a policy shows of a lane, told by its answer to the starts of a batch of levels."""
    envs = MisgenVectorEnv(family, LANES, shift=shift, knobs=knobs, view=view, levels=LANES)
    obs, _ = envs.reset(seed=0)
    begin = np.ones(LANES, bool)
    features = adapted(flat(obs), obs.shape[1:], obs.dtype, int(envs.single_action_space.n), [begin, begin])[3]
    return 0 if features is None else features.shape[1]
