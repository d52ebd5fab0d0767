"""Evaluation of any policy, by the rules of `misgen eval` and `misgen run`."""

import json
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from . import _native
from ._policy import adapt
from ._tables import Kind, episodes_table, rows_table, table_of
from ._world import Knobs, View

Policy = Callable[..., Any] | str | Any


class Evaluation:
    """What evaluation found; the records are those that the command line writes."""

    def __init__(self, native: _native.Evaluation) -> None:
        self._native = native
        self.summary: dict[str, Any] = json.loads(native.summary())
        """`summary.json`: a row for the training law and one a shift, over seeds."""
        self.cells: list[dict[str, Any]] = json.loads(native.cells())
        """One `result.json` a seed: what `misgen eval --json` prints."""

    def row(self, shift: str) -> dict[str, Any]:
        """The row of a shift, `training` for the training law."""
        for row in self.summary["rows"]:
            if row["shift"] == shift:
                return row
        names = ", ".join(row["shift"] for row in self.summary["rows"])
        raise ValueError(f"no shift `{shift}` was evaluated, there are {names}")

    def verdict(self, shift: str) -> str | None:
        """The verdict over seeds on a shift; None where its role has none."""
        return self.row(shift)["verdict"]

    def table(self) -> str:
        """The table and the sentences that the command line prints."""
        return self._native.table()

    def rows(self, to: Kind = "pandas") -> Any:
        """The rows of `summary.csv` as a table: `pandas`, `polars` or `arrow`."""
        return rows_table(self._native.csv(), to)

    def episodes(self, to: Kind = "pandas") -> Any:
        """Every episode of every seed as a table, with the columns of `episodes.parquet` (docs/records.md)."""
        return table_of(self._arrow(), to)

    def save(self, folder: str | PathLike[str]) -> Path:
        """Writes `summary.json`, `summary.csv`, `report.html`, `cells/<seed>/result.json` and `episodes.parquet` of
        each; `misgen.load` reads them."""
        import pyarrow.parquet

        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        (out / "summary.json").write_text(json.dumps(self.summary, indent=2) + "\n", encoding="utf-8")
        (out / "summary.csv").write_bytes(self._native.csv())
        (out / "report.html").write_bytes(self._native.html())
        for i, cell in enumerate(self.cells):
            place = out / "cells" / str(cell["seed"])
            place.mkdir(parents=True, exist_ok=True)
            (place / "result.json").write_text(json.dumps(cell, indent=2) + "\n", encoding="utf-8")
            table = episodes_table([self._native.episodes(i)])
            pyarrow.parquet.write_table(table, place / "episodes.parquet")
        return out

    def _arrow(self) -> Any:
        return episodes_table([self._native.episodes(i) for i in range(len(self.cells))])

    def __repr__(self) -> str:
        verdicts = {row["shift"]: row["verdict"] for row in self.summary["rows"]}
        agent, family = (self.cells[0][name] for name in ("agent", "family"))
        return f"<misgen.Evaluation of {agent} in {family}, {len(self.cells)} seeds: {verdicts}>"


def evaluate(
    policy: Policy | Sequence[Policy],
    family: str,
    *,
    shifts: Sequence[str] | None = None,
    training_law: str | None = None,
    mix: float = 0.0,
    knobs: Knobs | None = None,
    levels: int = 512,
    view: View = "planes",
    seeds: Sequence[int] | None = None,
    name: str | None = None,
) -> Evaluation:
    """Plays one policy, or one a seed, on the training law and on every shift, and judges what it pursues.

    Args:
        policy: A callable from a batch of observations `[lanes, ...]` to whole numbers `[lanes]` (actions), to numbers
            `[lanes, actions]` (probabilities, from which misgen draws and takes the greatest), or to a dict of
            `actions`, `probs` or `logits`, `values`, and `features` (`[lanes, n]`, which `attribute` probes); a
            Stable-Baselines3 model; or a scripted player's name, as `scripted:random`. Several of them are several
            seeds; verdicts need five. A batch always has 64 lanes; lanes that have nothing left to play are empty, and
            what is said of them is ignored. A policy with a memory has a method `begin`, which is called with a mask of
            the lanes that begin an episode.
        family: Name of the family.
        shifts: Names of shifts; by default all that the family declares one by one.
        training_law: The law that the policy was trained on. Without it competence is unknown, and with it every
            verdict.
        mix: Share of free levels in that law.
        knobs: Knobs that differ from the defaults.
        levels: Levels of each pool.
        view: What the policy sees; see `MisgenEnv`.
        seeds: Seeds of actions, one a policy: 0, 1, ... by default.
        name: What records call the agent.

    Raises:
        ValueError: Names that do not exist, and answers of the wrong form; what the policy raises goes through as it
            is.
    """
    policies = list(policy) if isinstance(policy, (list, tuple)) else [policy]
    chosen = list(range(len(policies))) if seeds is None else [int(seed) for seed in seeds]
    if isinstance(shifts, str):
        raise ValueError(f"shifts={shifts!r}, expected a list of names")
    native = _native.evaluate(
        [adapt(one) for one in policies],
        chosen,
        family,
        None if shifts is None else list(shifts),
        training_law,
        mix,
        json.dumps(dict(knobs or {})),
        levels,
        view,
        name or name_of(policies[0]),
    )
    return Evaluation(native)


def name_of(policy: Policy) -> str:
    """What records call a policy that nobody named."""
    if isinstance(policy, str):
        return policy.removeprefix("scripted:")
    return getattr(policy, "__name__", type(policy).__name__)
