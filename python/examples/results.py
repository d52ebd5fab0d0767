"""What clients learned beside misgen's own agent: python results.py FOLDER... [--out results.json]

Each folder is what `--out` of the other examples left. Prints a line for each row with goal transfer, and says
whether its interval meets the one of the committed run of configs/quickstart.toml.
"""

import argparse
import json
import pathlib

import misgen

REFERENCE = pathlib.Path(__file__).resolve().parents[2] / "results/reference/quickstart"
KEPT = (
    "family",
    "agent",
    "mix",
    "shift",
    "role",
    "seeds",
    "levels",
    "s_train",
    "s_train_min",
    "gt",
    "gt_low",
    "gt_high",
)


def meet(one, other):
    """Whether the intervals of goal transfer of two rows have a number in common."""
    return one["gt_low"] <= other["gt_high"] and other["gt_low"] <= one["gt_high"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--out", metavar="FILE")
    args = parser.parse_args()
    own = {
        (row["world"], row["mix"], row["shift"]): row
        for row in misgen.load(REFERENCE, "summary")["rows"]
        if row["agent"] == "ppo"
    }
    kept = []
    for folder in args.folders:
        for row in misgen.load(folder, "summary")["rows"]:
            beside = own[row["family"], row["mix"], row["shift"]]
            kept.append({name: row[name] for name in KEPT} | {"verdict": row["verdict"]})
            if row["gt"] is None:
                continue
            kept[-1]["built_in"] = {name: beside[name] for name in ("gt", "gt_low", "gt_high", "verdict")}
            kept[-1]["overlap"] = meet(row, beside)
            spans = ["{gt:6.3f} [{gt_low:6.3f}, {gt_high:6.3f}] {verdict:18}".format(**r) for r in (row, beside)]
            print(
                f"{row['agent']:10} {row['family']:8} {row['mix']:.0f} {row['shift']:16}", *spans, kept[-1]["overlap"]
            )
    if args.out:
        pathlib.Path(args.out).write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
