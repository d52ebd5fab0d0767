"""Holds the instruction counts of stepping, level generation and updates to a committed baseline.

    python3 .ci/perf_gate.py            compare; exit 1 where a count grew by more than the tolerance
    python3 .ci/perf_gate.py --update   write the baseline

Counts come from valgrind's callgrind, whose virtual processor has AVX2 and not AVX-512, whatever the machine has. They
do not depend on load, and repeat within a hundredth of a per cent; another compiler gives other counts, which is
said. Needs valgrind and the Rust toolchain.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BASELINE = ROOT / "crates/cli/benches/instructions.json"
TOLERANCE = 0.03


def build():
    command = ["cargo", "bench", "--package", "misgen-cli", "--bench", "instructions", "--no-run"]
    out = subprocess.run([*command, "--message-format=json"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    made = [json.loads(line) for line in out.stdout.splitlines() if line.startswith("{")]
    return next(m["executable"] for m in made if m.get("executable") and m["target"]["name"] == "instructions")


def count(program, name):
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        profile = pathlib.Path(folder) / "profile"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", "--toggle-collect=*measured*"]
        result = subprocess.run([*command, program, name], env=environment, capture_output=True, text=True)
        if result.returncode != 0:
            sys.exit(f"{name}: exit {result.returncode}\n{result.stderr[-2000:]}")
        return int(re.search(r"^(?:summary|totals): (\d+)", profile.read_text(), re.M).group(1))


def main():
    if shutil.which("valgrind") is None:
        sys.exit("valgrind is not installed (Debian: apt-get install valgrind)")
    program = build()
    names = subprocess.run([program, "--list"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    rustc = subprocess.run(["rustc", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        # The last ones take longest and begin first, so that no processor waits for them at the end.
        found = {name: workers.submit(count, program, name) for name in reversed(names)}
    counts = {name: found[name].result() for name in names}
    if "--update" in sys.argv[1:]:
        BASELINE.write_text(json.dumps({"rustc": rustc, "counts": counts}, indent=2) + "\n")
        print(f"{len(counts)} counts written to {BASELINE.relative_to(ROOT)}")
        return
    baseline = json.loads(BASELINE.read_text())
    slower = 0
    print(f"{'work':24} {'baseline':>14} {'now':>14} {'change':>8}")
    for name, now in counts.items():
        before = baseline["counts"].get(name)
        if before is None:
            print(f"{name:24} {'-':>14} {now:14,}      new")
            continue
        change = now / before - 1
        grew = change > TOLERANCE
        slower += grew
        print(f"{name:24} {before:14,} {now:14,} {change:+8.2%}{'  SLOWER' if grew else ''}")
    gone = sorted(set(baseline["counts"]) - set(counts))
    if gone:
        print(f"no longer counted: {', '.join(gone)}")
    if rustc != baseline["rustc"]:
        print(f"the baseline is of {baseline['rustc']}, this is {rustc}: if nothing else changed, --update it")
    print(f"{len(counts) - slower} passed, {slower} failed (tolerance {TOLERANCE:.0%})")
    sys.exit(bool(slower or gone))


main()
