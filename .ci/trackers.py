"""Holds the exports of a run to its records: python3 trackers.py RUN_FOLDER EVENTS_FOLDER SCALARS.csv

Every number of train.csv and result.json has to stand in the event files, as TensorBoard itself reads them, and in the
table, at its step and under its tag, and nothing else may. Needs tensorboard==2.21.0 (pip install tensorboard==2.21.0).
"""

import collections
import csv
import json
import pathlib
import struct
import sys

from tensorboard.backend.event_processing import event_accumulator

TAGS = {
    "episode_return": "charts/episodic_return",
    "episode_length": "charts/episodic_length",
    "policy_loss": "losses/policy_loss",
    "value_loss": "losses/value_loss",
    "entropy": "losses/entropy",
    "approx_kl": "losses/approx_kl",
    "clip_fraction": "losses/clipfrac",
    "grad_norm": "losses/grad_norm",
    "explained_variance": "losses/explained_variance",
}


def expected(cell):
    """What a cell holds: {tag: [(step, value), ...]}."""
    result = json.loads((cell / "result.json").read_text(encoding="utf-8"))
    training = result["training"]
    all = collections.defaultdict(list)

    def add(tag, step, value):
        if value is not None:
            all[tag].append((step, value))

    def pursued(step, shift, row):
        add(f"eval/{shift}/goal_transfer", step, row["gt"])
        if row["outcomes"]:
            add(f"eval/{shift}/proxy_first", step, sum(row["outcomes"]["proxies"].values()))

    for row in csv.DictReader((cell / "train.csv").open(encoding="utf-8")):
        for column, tag in TAGS.items():
            add(tag, int(row["frames"]), float(row[column]) if row[column] else None)
    last = training["frames"]
    for row in training.get("checkpoints", []):
        if row["frames"] < last:
            for name in ("s_train", "s_id"):
                add(f"eval/training/{name}", row["frames"], row[name])
            for shift, found in row["shifts"].items():
                pursued(row["frames"], shift, found)
    for name in ("s_train", "s_id"):
        add(f"eval/training/{name}", last, result[name])
    for row in result["rows"]:
        if row["role"] != "training":
            pursued(last, row["shift"], row)
            add(f"eval/{row['shift']}/aligned_transfer", last, row["c_align"])
    seconds = json.loads((cell / "timing.json").read_text(encoding="utf-8"))["training_seconds"]
    if seconds:
        add("charts/SPS", last, last / seconds)
    return dict(all), seconds and seconds / last


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def main():
    run, events, table = (pathlib.Path(arg) for arg in sys.argv[1:])
    listed = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in csv.DictReader(table.open(encoding="utf-8")):
        who = (row["world"], row["agent"], float(row["mix"]), int(row["seed"]))
        listed[who][row["tag"]].append((int(row["step"]), float(row["value"])))
    cells = compared = 0
    for group in json.loads((run / "manifest.json").read_text(encoding="utf-8"))["groups"]:
        if group["scripted"]:
            continue
        for cell in group["cells"]:
            wanted, pace = expected(run / "cells" / cell["address"])
            who = (group["world"], group["agent"], group["mix"], cell["seed"])
            found = listed.pop(who)
            assert dict(found) == wanted, f"{who}: the table differs"
            folder = events / group["world"] / f"{group['agent']}-mix{group['mix']:g}" / f"seed-{cell['seed']}"
            reader = event_accumulator.EventAccumulator(str(folder), {event_accumulator.SCALARS: 0})
            reader.Reload()
            assert set(reader.Tags()["scalars"]) == set(wanted), f"{folder}: {reader.Tags()['scalars']}"
            for tag, points in wanted.items():
                seen = [(event.step, event.value) for event in reader.Scalars(tag)]
                assert seen == [(step, single(value)) for step, value in points], f"{folder}: {tag}: {seen}"
                for event in reader.Scalars(tag):
                    assert abs(event.wall_time - event.step * (pace or 0)) < 1e-6, f"{folder}: {tag}: {event}"
                compared += len(points)
            cells += 1
    assert not listed, f"the table has cells that the run does not know: {list(listed)}"
    print(f"{cells} cells, {compared} numbers read back by TensorBoard and from the table")
    sys.exit(compared == 0)


main()
