"""What families there are, and what they declare."""

import json
from functools import cache
from typing import Any

from . import _native


def families() -> list[str]:
    """Names of all families."""
    return _native.families()


def describe(family: str) -> dict[str, Any]:
    """Everything that a family declares: events, goal and proxies, laws, shifts, channels, actions, knobs with their
    schema.

    The same as `misgen describe FAMILY --json`. An unknown name is a `ValueError` that lists all of them.
    """
    return json.loads(_native.describe(family))


def shifts(family: str) -> list[str]:
    """Names of the shifts of a family, the rungs of its ladders included."""
    declared = describe(family)
    return [shift["name"] for shift in declared["shifts"]] + [
        rung["name"] for ladder in declared["ladders"] for rung in ladder
    ]


@cache
def env_id(family: str) -> str:
    """The name under which a family is registered with Gymnasium: `misgen/KeysChests-v0` of `keys-chests`."""
    name = "".join(word.capitalize() for word in family.split("-"))
    return f"misgen/{name}-v{describe(family)['version']}"
