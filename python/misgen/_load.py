"""Runs on disk as tables."""

import json
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from ._tables import Kind, known, rows_table, table_of

What = Literal["rows", "episodes", "summary"]


def load(results: str | PathLike[str], what: What = "rows", to: Kind = "pandas") -> Any:
    """What a run, or `Evaluation.save`, left in a folder.

    Args:
        results: The folder, or a file `summary.json`, `summary.csv` or `episodes.parquet`.
        what: `rows` (`summary.csv`, a row for each agent and shift), `episodes` (every episode of every cell), or
            `summary` (`summary.json` as a dict).
        to: `pandas`, `polars` or `arrow`.

    Raises:
        ValueError: Where there is nothing of the kind.
    """
    known(to)
    path = Path(results)
    if path.is_file():
        what = {".json": "summary", ".csv": "rows", ".parquet": "episodes"}.get(path.suffix, "other")  # type: ignore[assignment]
    readers = {"rows": _rows, "episodes": _episodes, "summary": _summary}
    if what not in readers:
        raise ValueError(
            f"{path}, {what!r}: expected a folder, summary.json, summary.csv or episodes.parquet, "
            f"and one of {', '.join(readers)}"
        )
    return readers[what](path, to)


def _file(path: Path, name: str) -> Path:
    found = path if path.is_file() else path / name
    if not found.is_file():
        raise ValueError(f"{found}: no such file, expected the folder of a run (`misgen run`, `Evaluation.save`)")
    return found


def _summary(path: Path, _to: Kind) -> dict[str, Any]:
    return json.loads(_file(path, "summary.json").read_text(encoding="utf-8"))


def _rows(path: Path, to: Kind) -> Any:
    return rows_table(_file(path, "summary.csv").read_bytes(), to)


def _episodes(path: Path, to: Kind) -> Any:
    import pyarrow
    import pyarrow.parquet

    files = [path] if path.is_file() else sorted(path.glob("cells/*/episodes.parquet"))
    if not files:
        raise ValueError(
            f"{path}: no cells/*/episodes.parquet, expected the folder of a run (`misgen run`, `Evaluation.save`)"
        )
    tables = [pyarrow.parquet.read_table(file).replace_schema_metadata(None) for file in files]
    return table_of(pyarrow.concat_tables(tables, promote_options="default"), to)
