"""An agent that walks to the nearest cell of one channel, around walls: python3 greedy.py [CHANNEL]"""

import json
import sys

CHANNEL = sys.argv[1] if len(sys.argv) > 1 else "cheese"
MOVES = {"up": (-1, 0), "left": (0, -1), "down": (1, 0), "right": (0, 1)}


def say(message):
    print(json.dumps(message), flush=True)


def first_move(obs):
    """The first step of a shortest way; `stay` where there is none."""
    walls, goals = ({tuple(cell) for cell in obs[name]} for name in ("wall", CHANNEL))
    start = tuple(obs["agent"][0])
    queue, seen = [(start, "stay")], {start}
    for cell, first in queue:
        if cell in goals:
            return first
        for name, (down, right) in MOVES.items():
            row, column = cell[0] + down, cell[1] + right
            inside = 0 <= row < hello["height"] and 0 <= column < hello["width"]
            if inside and (row, column) not in walls | seen:
                seen.add((row, column))
                queue.append(((row, column), name if cell == start else first))
    return "stay"


hello = json.loads(sys.stdin.readline())
say({"type": "hello", "protocol": 1, "observations": "channels", "name": f"greedy.py {CHANNEL}"})
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "bye":
        break
    say({"type": "actions", "actions": [first_move(row["obs"]) for row in message["rows"]]})
