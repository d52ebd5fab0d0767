"""misgen beside other libraries, in one run: stepping of grid worlds, and PPO.

    python3 crates/cli/benches/peers.py [--only stepping|training] [--seconds 5] [--cores 1] [--json]

Installs the peers at the versions below into target/peers and target/peers-training and measures each in a process of its own. The best
of repeated parts counts (a shared machine only ever takes time away). Compilation is not counted; where there is any it is
shown. misgen is measured before and after the peers, so that one sees how much the machine itself moved.

- Stepping: one core each, uniformly random actions, automatic restarts, observations made at every step.
- Training: `--cores` cores and as many threads each; frames a second of PPO end to end (peers/ppo_torch.py, peers/ppo_jax.py), and one
  update of a minibatch in GFLOP/s (peers/update_torch.py). Same nets, observations of the same size, environments that cost next to nothing.
  misgen has one thread a learner whatever `--cores` says.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
SCRIPTS = pathlib.Path(__file__).resolve().parent / "peers"
STEPPING = "peers"
TRAINING = "peers-training"
PINNED = {
    STEPPING: ["minigrid==3.2.0", "envpool==1.2.5", "navix==0.7.4", "gymnasium==1.4.0"],
    TRAINING: ["torch==2.15.0", "numpy==2.4.6", "jax==0.10.2", "flax==0.12.8", "optax==0.2.8"],
}
PEERS = [
    ("minigrid", "MiniGrid-Empty-8x8-v0"),
    ("minigrid", "MiniGrid-FourRooms-v0"),
    ("envpool", "MiniGrid-Empty-8x8-v0"),
    ("envpool", "MiniGrid-FourRooms-v0"),
    ("navix", "Navix-Empty-8x8-v0"),
    ("navix", "Navix-FourRooms-v0"),
]
LEARNERS = [("torch", "ppo_torch.py"), ("jax", "ppo_jax.py")]
# Where `misgen bench --json` has speeds of the same nets: [{"net": ..., "frames_per_second": ...}] and
# [{"net": ..., "gflops": ..., "of_peak": ...}], nets named as in peers/shared.py; and where it has the limit of the processor.
OUR_TRAINING, OUR_UPDATES, OUR_LEARNING, OUR_PEAK = "training", "updates", "learning", "peak_gflops"
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


def misgen(options, count, binary=None):
    """Ours, by the release build unless told otherwise."""
    command = [binary] if binary else ["cargo", "run", "--quiet", "--release", "--"]
    out = run([*command, "bench", "--json", *options], count, check=True)
    return json.loads(out.stdout)


def run(command, count, **options):
    """Runs `command` on the last `count` of the cores that this process may use, with as many threads."""
    threads = dict.fromkeys(["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"], str(count))
    # JAX has as many threads as it may use cores, but for what Eigen adds.
    flags = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=" + ("true" if count > 1 else "false"), "JAX_PLATFORMS": "cpu"}
    return subprocess.run(
        command,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        env={**os.environ, **threads, **flags, "CUDA_VISIBLE_DEVICES": ""},
        preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-count:]),
        **options,
    )


def installed(place):
    """A Python that has the peers of `place`."""
    folder = ROOT / "target" / place
    python, done, pins = folder / "bin" / "python", folder / "installed.txt", PINNED[place]
    if not done.exists() or done.read_text().split() != pins:
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *pins]
        subprocess.run(pip, check=True, stdout=sys.stderr)
        done.write_text("\n".join(pins))
    return python


def measure(command, count):
    result = run(command, count, stderr=subprocess.PIPE)
    if result.returncode != 0:
        return {"error": (result.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(result.stdout.splitlines()[-1])


def stepping(args):
    """Speeds of ours before and after, and of the peers."""
    python = installed(STEPPING)
    options = ["--stepping", *(part for name in OURS for part in ("--family", name))]
    before = misgen(options, 1, args.misgen)
    one = lambda library, name: measure([python, __file__, "--one", library, name, "--seconds", str(args.seconds)], 1)
    peers = [{"library": library, "world": name, **one(library, name)} for library, name in PEERS]
    return {"misgen": [before, misgen(options, 1, args.misgen)], "peers": peers}


def training(args):
    """The same of learners: nets end to end, and updates."""
    python = installed(TRAINING)
    sys.path.insert(0, str(SCRIPTS))
    from shared import NETS, UPDATES

    options = ["--family", OURS[0]]
    before = misgen(options, args.cores, args.misgen)
    one = lambda script, net: measure([python, SCRIPTS / script, net, str(args.seconds), str(args.cores)], args.cores)
    end_to_end = [
        {"library": library, "net": net, **one(script, net)} for net in NETS for library, script in LEARNERS
    ]
    updates = [{"library": "torch", "net": net, **one("update_torch.py", net)} for net in UPDATES]
    after = misgen(options, args.cores, args.misgen)
    return {"misgen": [before, after], OUR_TRAINING: end_to_end, OUR_UPDATES: updates}


def titled(library, place):
    versions = dict(pin.split("==") for pin in PINNED[place])
    return f"{library} {versions[library]}"


def span(speeds, unit):
    low, high = (f"{speed / unit:.1f}" for speed in (min(speeds), max(speeds)))
    return f"{low} to {high}"


def show_stepping(found):
    before, after = found["misgen"]
    print(f"{before['machine']['cpu']}; one core each, random actions, best of repeated parts\n")
    print(f"{'':16} {'world':28} {'envs':>5} {'steps/s':>14} {'beside':>9}")
    unit = min(before["families"][0]["steps_per_second"], after["families"][0]["steps_per_second"])
    for first, second in zip(before["families"], after["families"]):
        speeds = [family["steps_per_second"] for family in (first, second)]
        shape = "×".join(map(str, first["shape"]))
        shown = span(speeds, 1e6) + " M"
        beside = min(speeds) / unit
        print(f"{'misgen':16} {first['family'] + ' ' + shape:28} {first['lanes']:5} {shown:>14} {beside:9.2g}")
    for peer in found["peers"]:
        title = titled(peer["library"], STEPPING)
        if "error" in peer:
            print(f"{title:16} {peer['world']:28} failed: {peer['error']}")
            continue
        speed = peer["steps_per_second"]
        print(
            f"{title:16} {peer['world']:28} {peer['envs']:5} {speed / 1e6:12.3f} M {speed / unit:9.2g}{compiled(peer)}"
        )


def compiled(peer):
    took = peer.get("compilation_seconds")
    return f"  (compiled in {took:.0f} s)" if took else ""


def ours_of(found, key, net, field):
    """What ours reached before and after, where it measures this net."""
    learned = [speeds.get(OUR_LEARNING) or {} for speeds in found["misgen"]]
    rows = [row for speeds in learned for row in speeds.get(key, []) if row["net"] == net]
    return [row[field] for row in rows]


def show_training(found, cores):
    cpu = found["misgen"][0]["machine"]["cpu"]
    print(f"{cpu}; {cores} core(s) and as many threads each, best of repeated parts\n")
    print(f"{'':16} {'net':28} {'measured':12} {'rate':>16} {'beside':>9}")
    peaks = [speeds[OUR_LEARNING][OUR_PEAK] for speeds in found["misgen"] if speeds.get(OUR_LEARNING)]
    kinds = [
        (OUR_TRAINING, "end to end", "frames_per_second", 1e3, "k frames/s"),
        (OUR_UPDATES, "update", "gflops", 1, "GFLOP/s"),
    ]
    for key, measured, field, unit, of in kinds:
        for net in dict.fromkeys(peer["net"] for peer in found[key]):
            ours = ours_of(found, key, net, field)
            shown = f"{span(ours, unit)} {of}" if ours else "not measured"
            shares = ours_of(found, key, net, "of_peak") if key == OUR_UPDATES else []
            share = f"  {min(shares) * 100:.0f} % of peak" if shares else ""
            print(f"{'misgen':16} {net:28} {measured:12} {shown:>24} {1 if ours else '-':>7}{share}")
            for peer in (peer for peer in found[key] if peer["net"] == net):
                title = titled(peer["library"], TRAINING)
                if "error" in peer:
                    print(f"{title:16} {net:28} {measured:12} failed: {peer['error']}")
                    continue
                beside = f"{peer[field] / min(ours):.2g}" if ours else "-"
                share = "" if key == OUR_TRAINING or not peaks else f"  {peer[field] / max(peaks) * 100:.0f} % of peak"
                shown = f"{peer[field] / unit:.1f} {of}"
                print(f"{title:16} {net:28} {measured:12} {shown:>24} {beside:>7}{share}{compiled(peer)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["stepping", "training"], help="one of the two parts")
    parser.add_argument("--seconds", type=float, default=5.0, help="time for each measurement")
    parser.add_argument("--cores", type=int, default=1, help="cores and threads of each learner")
    parser.add_argument("--misgen", metavar="FILE", help="a misgen that is built already")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        library, name = args.one
        print(json.dumps(globals()[library](name, args.seconds)))
        return

    parts = [part for part in ("stepping", "training") if args.only in (None, part)]
    found = {part: globals()[part](args) for part in parts}
    if args.json:
        print(json.dumps({"cores": args.cores, **found}, indent=2))
        return
    if "stepping" in found:
        show_stepping(found["stepping"])
    if len(found) == 2:
        print()
    if "training" in found:
        show_training(found["training"], args.cores)


main()
