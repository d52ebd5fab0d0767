"""Steps a second of misgen's vector environment beside envpool's MiniGrid and minigrid itself, in one run.

    python benches/step.py [--seconds 5] [--json]

Needs the peers of requirements/peers.txt. Each line is a process of its own on the last core that this one may use:
uniformly random actions prepared beforehand, automatic restarts, observations made at every step, the best of repeated
parts (a shared machine only ever takes time away). misgen's packed `corner` is measured before and after the peers, so
that one sees how far the machine itself moved.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

LANES = 1024
OURS = [
    ("corner", "packed"),
    ("corner", "planes"),
    ("corner", "ego"),
    ("corner", "pixels"),
    ("keys-chests", "packed"),
    ("monsters", "packed"),
]
PEERS = [
    ("envpool", "MiniGrid-Empty-8x8-v0"),
    ("envpool", "MiniGrid-FourRooms-v0"),
    ("minigrid", "MiniGrid-Empty-8x8-v0"),
    ("minigrid", "MiniGrid-FourRooms-v0"),
]


def best(seconds: float, part: Callable[[], int]) -> float:
    """The best rate of `part`, which takes steps and says how many."""
    part()
    rate, begun = 0.0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        steps = part()
        rate = max(rate, steps / (time.perf_counter() - start))
    return rate


def many(env, lanes: int, actions: int, dtype: type, seconds: float) -> float:
    rows = np.random.default_rng(0).integers(0, actions, (100, lanes)).astype(dtype)

    def part() -> int:
        for row in rows:
            env.step(row)
        return rows.size

    return best(seconds, part)


def misgen(world: str, view: str, seconds: float) -> dict:
    import misgen as package

    env = package.make_vec(world, LANES, view=view, knobs={"size": 13})
    env.reset(seed=0)
    return {"envs": LANES, "steps_per_second": many(env, LANES, int(env.single_action_space.n), np.int64, seconds)}


def envpool(world: str, _: str, seconds: float) -> dict:
    import envpool as pool

    env = pool.make(world, env_type="gymnasium", num_envs=LANES, num_threads=1, seed=0)
    env.reset()
    return {"envs": LANES, "steps_per_second": many(env, LANES, int(env.action_space.n), np.int32, seconds)}


def minigrid(world: str, _: str, seconds: float) -> dict:
    import gymnasium
    import minigrid as worlds  # noqa: F401 (registers its worlds)

    env = gymnasium.make(world)
    env.reset(seed=0)
    actions = np.random.default_rng(0).integers(0, int(env.action_space.n), 1000).tolist()

    def part() -> int:
        for action in actions:
            *_, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return len(actions)

    return {"envs": 1, "steps_per_second": best(seconds, part)}


LIBRARIES = {"misgen": misgen, "envpool": envpool, "minigrid": minigrid}


def measured(library: str, world: str, view: str, seconds: float) -> dict:
    command = [sys.executable, __file__, "--one", library, world, view, "--seconds", str(seconds)]
    threads = dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"], "1")
    out = subprocess.run(
        command,
        env={**os.environ, **threads},
        text=True,
        capture_output=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {max(os.sched_getaffinity(0))}),
    )
    found = (
        json.loads(out.stdout.splitlines()[-1])
        if out.returncode == 0
        else {"error": (out.stderr.strip().splitlines() or ["no message"])[-1]}
    )
    return {"library": library, "world": world, "view": view, **found}


def cpu() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown CPU")


def show(rows: list[dict]) -> None:
    unit = rows[0].get("steps_per_second", float("nan"))
    print(f"{cpu()}; one core each, random actions, best of repeated parts\n")
    print(f"{'library':10} {'world':24} {'view':8} {'envs':>5} {'steps/s':>12} {'beside':>9}")
    for row in rows:
        head = f"{row['library']:10} {row['world']:24} {row['view']:8}"
        if "error" in row:
            print(f"{head} failed: {row['error']}")
            continue
        speed = row["steps_per_second"]
        print(f"{head} {row['envs']:5} {speed / 1e6:10.3f} M {speed / unit:9.2g}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each measurement")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        library, world, view = args.one
        print(json.dumps(LIBRARIES[library](world, view, args.seconds)))
        return
    jobs = [("misgen", *ours) for ours in OURS] + [(*peer, "") for peer in PEERS] + [("misgen", *OURS[0])]
    rows = [measured(*job, args.seconds) for job in jobs]
    if args.json:
        print(json.dumps({"cpu": cpu(), "rows": rows}, indent=2))
    else:
        show(rows)


if __name__ == "__main__":
    main()
