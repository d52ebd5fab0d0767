"""Trainers of other libraries, really trained: slow, and in need of requirements/clients.txt."""

import base64
import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import misgen

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]
FRAMES = {"corner": 300_000, "bright": 600_000}


def example(root, name):
    """A script of examples, as a module."""
    spec = importlib.util.spec_from_file_location(name, root / f"python/examples/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def program(root):
    """A command line that reads ONNX."""
    return os.environ.get("MISGEN_ONNX", str(root / "target/onnx/release/misgen"))


def built_in(root, family):
    """Rows of misgen's own PPO at mix 0, by shift."""
    rows = json.loads((root / "results/reference/quickstart/summary.json").read_text())["rows"]
    return {row["shift"]: row for row in rows if (row["world"], row["agent"], row["mix"]) == (family, "ppo", 0.0)}


@pytest.mark.parametrize("family", FRAMES)
@pytest.mark.parametrize("script", ["sb3_ppo", "cleanrl_ppo"])
def test_a_client_learns_what_the_built_in_agent_learns(root, script, family):
    client = example(root, script)
    agents = [client.train(family, 0.0, FRAMES[family], seed) for seed in range(5)]
    policies = agents if script == "sb3_ppo" else [client.policy(agent) for agent in agents]
    law = misgen.describe(family)["laws"][0]["name"]
    found = misgen.evaluate(policies, family, training_law=law, view="ego")
    assert min(cell["s_train"] for cell in found.cells) >= 0.9
    own = built_in(root, family)
    untrained = [client.train(family, 0.0, 0, 9)] if script == "sb3_ppo" else []
    inside = misgen.attribute(policies[0], family, levels=32, view="ego", untrained=untrained)
    assert inside["critic"] is not None and inside["decodability"]["units"] == 64
    conflicts = [row for row in found.summary["rows"] if row["role"] == "conflict"]
    assert conflicts
    for row in conflicts:
        committed = own[row["shift"]]
        assert row["gt_low"] <= committed["gt_high"] and committed["gt_low"] <= row["gt_high"], row["shift"]


def test_stable_baselines_checks_the_environments():
    from stable_baselines3.common.env_checker import check_env

    for family in misgen.families():
        check_env(misgen.MisgenEnv(family, view="ego"), skip_render_check=False)


def test_stable_baselines_sees_the_ends_of_episodes():
    from misgen.sb3 import Sb3VecEnv

    envs = Sb3VecEnv(misgen.make_vec("corner", 8, max_steps=4), seed=1)
    plain = misgen.make_vec("corner", 8, max_steps=4)
    obs, (same, _) = envs.reset(), plain.reset(seed=1)
    assert (obs == same).all()
    for _ in range(4):
        _, _, done, infos = envs.step(np.full(8, 4))
    assert done.all()
    for lane, info in enumerate(infos):
        assert info["TimeLimit.truncated"] and info["episode"]["l"] == 4
        assert (info["terminal_observation"] == obs[lane]).all(), "nobody moved"


def test_an_exported_policy_plays_in_the_command_line_as_it_does_here(root, tmp_path):
    """All draws agree, on every level of every shift: a logit that is off by 1e-4 moves one draw in ten thousand."""
    import torch

    client = example(root, "cleanrl_ppo")
    torch.manual_seed(0)
    agent = client.train("bright", 0.0, 50_000, 0)
    file = tmp_path / "agent.onnx"
    client.export(agent, "bright", 0.0, str(file))
    command = [program(root), "eval", f"onnx:{file}", "--family", "bright", "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    found = misgen.evaluate(client.policy(agent), "bright", training_law="aligned", view="ego", levels=512)
    mine = found.cells[0]
    assert mine["s_train"] == pytest.approx(told["s_train"], abs=1e-4)
    for ours, theirs in zip(mine["rows"], told["rows"], strict=True):
        assert ours["shift"] == theirs["shift"]
        # The most probable action is the same wherever two are apart by more than 1e-3.
        assert ours["greedy"]["outcomes"] == theirs["greedy"]["outcomes"], ours["shift"]
        for outcome in ("goal", "neither"):
            assert ours["outcomes"][outcome] == pytest.approx(theirs["outcomes"][outcome], abs=2 / 512), ours["shift"]


def test_an_exported_policy_has_the_same_logits_in_the_command_line(root, tmp_path):
    """Asked as a program is asked (docs/bring-your-own.md), it answers with the probabilities of the same net."""
    import torch

    client = example(root, "cleanrl_ppo")
    agent = client.train("bright", 0.0, 50_000, 0)
    file = tmp_path / "agent.onnx"
    client.export(agent, "bright", 0.0, str(file))
    cells, flat = (misgen.make_vec("bright", 64, view=view) for view in ("packed", "ego"))
    told = misgen.describe("bright")
    hello = {"type": "hello", "protocol": 1, "family": told["id"], "lanes": 64, "seed": 0, "play": "sampled"}
    hello |= {"height": 9, "width": 9, "actions": told["actions"]}
    hello["channels"] = [{"name": channel["name"], "glyph": channel["glyph"]} for channel in told["channels"]]
    command = [program(root), "serve", f"onnx:{file}"]
    asked, apart = 0, 0
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as served:

        def ask(message):
            print(json.dumps(message), file=served.stdin, flush=True)
            return json.loads(served.stdout.readline())

        assert ask(hello)["observations"] == "bits"
        packed, seen = cells.reset(seed=5)[0], flat.reset(seed=5)[0]
        for step in range(20):
            bits = [base64.b64encode(row.tobytes()).decode() for row in packed]
            rows = [{"lane": lane, "step": step, "random": 0.5, "obs": row} for lane, row in enumerate(bits)]
            answer = ask({"type": "act", "rows": rows})
            with torch.no_grad():
                logits, values = agent(client.tensor(seen))
            wanted = torch.log_softmax(logits.double(), -1).numpy()
            found = np.array(answer["probs"], dtype=np.float64)
            # The logarithm of a probability near 0 is the logit less that of all, at the resolution of its f32.
            assert np.abs(np.log(found) - wanted)[found > 1e-6].max() < 1e-4
            assert np.abs(np.array(answer["values"]) - values.numpy()).max() < 1e-4
            first, second = np.sort(wanted, axis=1)[:, :-3:-1].T
            sure = first - second > 1e-3
            assert (found.argmax(1) == wanted.argmax(1))[sure].all()
            asked, apart = asked + len(sure), apart + int(sure.sum())
            actions = np.full(64, step % 4)
            packed, seen = cells.step(actions)[0], flat.step(actions)[0]
        served.stdin.close()
    assert asked == 20 * 64 and apart > asked // 2


def test_the_benchmark_runs(root):
    command = [sys.executable, root / "python/benches/step.py", "--seconds", "0.5", "--json"]
    rows = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["rows"]
    speed = {(row["library"], row["world"], row["view"]): row["steps_per_second"] for row in rows}
    assert speed["misgen", "corner", "packed"] > 10 * speed["envpool", "MiniGrid-Empty-8x8-v0", ""]
