"""Attribution of any policy: which goal it pursues on one shift."""

import json
from typing import Any

from . import _native
from ._evaluate import Policy, name_of
from ._policy import adapt
from ._world import Knobs, View


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
) -> Attribution:
    """What is known of the goal of one policy on one shift (by default the family's first): preference, design,
    goal-directedness and more.

    A metric that needs what the policy does not give (probabilities, values, hidden features) is None, and `why_null`
    says why. Arguments are those of `evaluate`.
    """
    found = _native.attribute(
        adapt(policy), seed, family, shift, json.dumps(dict(knobs or {})), levels, view, name or name_of(policy)
    )
    return Attribution(json.loads(found[0]), found[1])
