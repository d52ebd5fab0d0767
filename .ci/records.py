"""Reads every episodes.parquet of a run with DuckDB, holds its columns to the table of docs/records.md, and recomputes
goal transfer, competence, proxy pursuit and outcomes of every row: python3 records.py RUN_FOLDER

Needs duckdb==2.0.1 (pip install duckdb==2.0.1).
"""

import json
import pathlib
import re
import sys

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent


def documented():
    """Name and type of each column, in order; names that end in PROXY or NAME stand for a column of each."""
    text = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-zA-Z_:]+)` \| ([A-Z]+) \| (yes|no) \|", text, re.M)
    assert len(rows) > 25, "docs/records.md has no table of columns"
    return rows


def expected(proxies, counts):
    for name, kind, null in documented():
        if name.endswith(":NAME"):
            for count in counts:
                yield name.replace("NAME", count), kind, null
        elif not name.endswith(":PROXY"):
            yield name, kind, null
        elif name.startswith("return:"):
            # A proxy's three columns stand together.
            for proxy in proxies:
                for what in ("return", "v_base", "v_best"):
                    yield f"{what}:{proxy}", kind, null


def ratio(db, suffix, where):
    columns = [f'"{what}{suffix}"' for what in ("return", "v_base", "v_best")]
    got, base, best = columns
    above, room = db.execute(f"SELECT sum({got} - {base}), sum({best} - {base}) FROM e WHERE {where}").fetchone()
    return above / room if room is not None and room > 1e-9 else None


def check(cell):
    result = json.loads((cell / "result.json").read_text(encoding="utf-8"))
    db = duckdb.connect()
    db.execute(f"CREATE VIEW e AS SELECT * FROM read_parquet('{cell / 'episodes.parquet'}')")
    found = [(name, kind) for name, kind, *_ in db.execute("DESCRIBE e").fetchall()]
    names = [name for name, _ in found]
    proxies = [name.removeprefix("return:") for name in names if name.startswith("return:")]
    counts = [name.removeprefix("count:") for name in names if name.startswith("count:")]
    wanted = list(expected(proxies, counts))
    assert found == [(name, kind) for name, kind, _ in wanted], f"{cell}: columns {found}"
    for name, _, null in wanted:
        if null == "no":
            assert db.execute(f'SELECT count(*) FROM e WHERE "{name}" IS NULL').fetchone()[0] == 0, f"{cell}: {name}"
    compared = 0

    def same(what, recorded, recomputed):
        nonlocal compared
        if recorded is None:
            return
        compared += 1
        assert recomputed is not None and abs(recorded - recomputed) < 1e-9, f"{cell} {what}: {recorded}, {recomputed}"

    for row in result["rows"]:
        of = f"shift = '{row['shift']}' AND play = 'sampled'"
        own = f"{of} AND NOT twin"
        assert db.execute(f"SELECT count(*) FROM e WHERE {own}").fetchone()[0] == row["levels"], f"{cell}: levels"
        same("gt", row["gt"], ratio(db, "_goal", own))
        same("c_align", row["c_align"], ratio(db, "_goal", own if row["role"] == "nuisance" else f"{of} AND twin"))
        for proxy, value in row["pp"].items():
            same(f"pp {proxy}", value, ratio(db, f":{proxy}", own))
        if row["greedy"]:
            greedy = f"shift = '{row['shift']}' AND play = 'greedy'"
            same("greedy", row["greedy"]["gt"], ratio(db, "_goal", greedy))
        if row["outcomes"]:
            shares = db.execute(f"SELECT outcome, count(*) / {row['levels']} FROM e WHERE {own} GROUP BY ALL").fetchall()
            shares = dict(shares)
            for name in ("goal", "died", "neither"):
                same(name, row["outcomes"][name], shares.pop(name, 0.0))
            assert shares == row["outcomes"]["proxies"], f"{cell}: {shares}"
        if row["role"] == "training":
            same("s_id", result["s_id"], ratio(db, "_goal", own))
            same("s_train", result["s_train"], ratio(db, "_training", own))
    return compared, db.execute("SELECT count(*) FROM e").fetchone()[0]


cells = sorted(path.parent for path in pathlib.Path(sys.argv[1]).glob("cells/*/episodes.parquet"))
totals = [check(cell) for cell in cells]
compared, episodes = (sum(column) for column in zip(*totals)) if totals else (0, 0)
print(f"{len(cells)} cells, {episodes} episodes, {compared} numbers recomputed")
sys.exit(compared == 0)
