"""Runs every command that documents show: python3 commands.py FILE...

A command is a line of a fenced block marked `sh`. Blocks marked `sh long` run with `--dry-run`; what several pages show, or
another step of CI has just run, is run once. Blocks of other kinds (output, TOML) are not commands.
"""

import re
import subprocess
import sys
import time

DONE = {"cargo test --workspace"}
failed = 0
count = 0
for name in sys.argv[1:]:
    text = open(name, encoding="utf-8").read()
    for mark, block in re.findall(r"^```(sh(?: long)?)\n(.*?)^```", text, re.M | re.S):
        for line in block.splitlines():
            command = line.split(" # ")[0].strip()
            if command and mark == "sh long":
                command += " --dry-run"
            if not command or command.startswith("#") or command in DONE:
                continue
            DONE.add(command)
            print(f"$ {command}", flush=True)
            count += 1
            begun = time.monotonic()
            result = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            print(f"  {time.monotonic() - begun:.1f} s", flush=True)
            if result.returncode != 0:
                failed += 1
                print(f"{name}: exit {result.returncode}\n{result.stdout[-2000:]}\n{result.stderr[-2000:]}")
print(f"{count - failed} passed, {failed} failed")
sys.exit(bool(failed) or count == 0)
