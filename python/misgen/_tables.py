"""Records as pandas, Polars or Arrow tables."""

import io
from typing import Any, Literal

Kind = Literal["pandas", "polars", "arrow"]
KINDS = ("pandas", "polars", "arrow")

# Types of the columns of `episodes.parquet` that are not text or numbers.
WHOLE = {"family_version": 32, "seed": 64, "level": 32, "steps": 32, "first_cue_step": 32, "shortest": 32}
TEXT = {
    "family", "agent", "shift", "role", "play", "level_id", "knobs", "ended", "outcome", "actions", "chances", "events",
}  # fmt: skip


def known(to: str) -> None:
    """Refuses kinds of tables that there are not."""
    if to not in KINDS:
        raise ValueError(f"to={to!r}, expected one of {', '.join(KINDS)}")


def table_of(table: Any, to: Kind) -> Any:
    """An Arrow table as what was asked for."""
    known(to)
    if to == "polars":
        import polars

        return polars.from_arrow(table)
    return table.to_pandas() if to == "pandas" else table


def rows_table(csv: bytes, to: Kind) -> Any:
    """The rows of `summary.csv`; empty fields are nulls."""
    known(to)
    import pyarrow.csv

    return table_of(pyarrow.csv.read_csv(io.BytesIO(csv)), to)


def episodes_table(cells: list[dict[str, list[Any]]]) -> Any:
    """The episodes of cells as one Arrow table, of the types that docs/records.md names."""
    import pyarrow

    def type_of(name: str) -> Any:
        if name in WHOLE:
            return pyarrow.uint64() if WHOLE[name] == 64 else pyarrow.uint32()
        if name == "twin":
            return pyarrow.bool_()
        return pyarrow.string() if name in TEXT else pyarrow.float64()

    def table(columns: dict[str, list[Any]]) -> Any:
        return pyarrow.table({name: pyarrow.array(values, type_of(name)) for name, values in columns.items()})

    return pyarrow.concat_tables([table(cell) for cell in cells], promote_options="default")
