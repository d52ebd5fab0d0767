"""Steps a second of misgen's worlds beside other grid worlds, on one core, in one run.

    python3 crates/cli/benches/peers.py [--seconds 5] [--json]

Installs the peers at the versions below into target/peers and measures each in a process of its own that may use one
core: uniformly random actions, automatic restarts, observations made at every step, the best of repeated parts (a shared
machine only ever takes time away). Compilation is not counted; where there is any it is shown. misgen is measured before
and after the peers, so that one sees how much the machine itself moved.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PLACE = ROOT / "target" / "peers"
PINNED = ["minigrid==3.2.0", "envpool==1.2.5", "navix==0.7.4", "gymnasium==1.4.0"]
PEERS = [
    ("minigrid", "MiniGrid-Empty-8x8-v0"),
    ("minigrid", "MiniGrid-FourRooms-v0"),
    ("envpool", "MiniGrid-Empty-8x8-v0"),
    ("envpool", "MiniGrid-FourRooms-v0"),
    ("navix", "Navix-Empty-8x8-v0"),
    ("navix", "Navix-FourRooms-v0"),
]
OURS = ["corner", "doorway", "keys-chests", "coin", "monsters"]


def best(seconds, part):
    """The best rate of `part`, which does some work and returns how many steps it took."""
    part()
    rate, begun = 0.0, time.perf_counter()
    while time.perf_counter() - begun < seconds:
        start = time.perf_counter()
        steps = part()
        rate = max(rate, steps / (time.perf_counter() - start))
    return rate


def minigrid(name, seconds):
    import gymnasium
    import minigrid  # noqa: F401 (registers its worlds)

    env = gymnasium.make(name)
    env.reset(seed=0)
    env.action_space.seed(0)
    actions = [int(env.action_space.sample()) for _ in range(2000)]

    def part():
        for action in actions:
            _, _, terminated, truncated, _ = env.step(action)
            if terminated or truncated:
                env.reset()
        return len(actions)

    return {"envs": 1, "steps_per_second": best(seconds, part)}


def envpool(name, seconds):
    import envpool as pool
    import numpy

    envs = 64
    env = pool.make(name, env_type="gymnasium", num_envs=envs, num_threads=1, seed=0)
    env.reset()
    rng = numpy.random.default_rng(0)
    actions = rng.integers(0, env.action_space.n, (200, envs)).astype(numpy.int32)

    def part():
        for row in actions:
            env.step(row)
        return actions.size

    return {"envs": envs, "steps_per_second": best(seconds, part)}


def navix(name, seconds):
    import jax
    import navix as nx

    envs, steps = 1024, 200
    env = nx.make(name)

    def run(key):
        first = jax.vmap(env.reset)(jax.random.split(key, envs))

        def one(carry, key):
            actions = jax.random.randint(key, (envs,), 0, env.action_space.n)
            return jax.vmap(env.step)(carry, actions), ()

        return jax.lax.scan(one, first, jax.random.split(key, steps))[0]

    key = jax.random.PRNGKey(0)
    begun = time.perf_counter()
    compiled = jax.jit(run).lower(key).compile()
    took = time.perf_counter() - begun

    def part():
        jax.block_until_ready(compiled(key))
        return envs * steps

    return {"envs": envs, "steps_per_second": best(seconds, part), "compilation_seconds": took}


def misgen(seconds):
    """Ours, by the release build."""
    names = [part for name in OURS for part in ("--family", name)]
    command = ["cargo", "run", "--quiet", "--release", "--", "bench", "--stepping", "--json", *names]
    out = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, preexec_fn=one_core)
    return json.loads(out.stdout)


def one_core():
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})


def installed():
    """A Python that has the peers."""
    python = PLACE / "bin" / "python"
    done = PLACE / "installed.txt"
    if not done.exists() or done.read_text().split() != PINNED:
        subprocess.run([sys.executable, "-m", "venv", "--clear", PLACE], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINNED]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        done.write_text("\n".join(PINNED))
    return python


def measure(python, library, name, seconds):
    command = [python, __file__, "--one", library, name, "--seconds", str(seconds)]
    result = subprocess.run(command, capture_output=True, text=True, preexec_fn=one_core)
    if result.returncode != 0:
        return {"error": (result.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(result.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each measurement")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        library, name = args.one
        print(json.dumps(globals()[library](name, args.seconds)))
        return

    python = installed()
    before = misgen(args.seconds)
    peers = [(library, name, measure(python, library, name, args.seconds)) for library, name in PEERS]
    after = misgen(args.seconds)
    if args.json:
        rows = [{"library": library, "world": name, **found} for library, name, found in peers]
        print(json.dumps({"machine": before["machine"], "misgen": [before, after], "peers": rows}, indent=2))
        return

    versions = dict(pin.split("==") for pin in PINNED)
    print(f"{before['machine']['cpu']}; one core each, random actions, best of repeated parts\n")
    print(f"{'':16} {'world':28} {'envs':>5} {'steps/s':>14} {'beside':>9}")
    unit = min(before["families"][0]["steps_per_second"], after["families"][0]["steps_per_second"])
    for first, second in zip(before["families"], after["families"]):
        speeds = sorted(family["steps_per_second"] for family in (first, second))
        shape = "×".join(map(str, first["shape"]))
        shown = " to ".join(f"{speed / 1e6:.1f}" for speed in speeds) + " M"
        print(f"{'misgen':16} {first['family'] + ' ' + shape:28} {first['lanes']:5} {shown:>14} {speeds[0] / unit:9.2g}")
    for library, name, found in peers:
        title = f"{library} {versions[library]}"
        if "error" in found:
            print(f"{title:16} {name:28} failed: {found['error']}")
            continue
        compiled = found.get("compilation_seconds")
        note = f"  (compiled in {compiled:.0f} s)" if compiled else ""
        speed = found["steps_per_second"]
        print(f"{title:16} {name:28} {found['envs']:5} {speed / 1e6:12.3f} M {speed / unit:9.2g}{note}")


main()
