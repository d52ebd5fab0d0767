import subprocess
import sys
import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import misgen

FAMILIES = misgen.families()


def test_every_family_is_registered():
    assert len(FAMILIES) == 16
    assert misgen.env_id("keys-chests") == "misgen/KeysChests-v0"
    assert all(misgen.env_id(family) in gymnasium.registry for family in FAMILIES)


def test_gymnasium_imports_the_package_by_itself(tmp_path):
    code = "import gymnasium; print(gymnasium.make('misgen:misgen/Corner-v0').unwrapped.family)"
    out = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "corner"


@pytest.mark.parametrize("view", ["packed", "planes", "ego", "window-5", "pixels"])
@pytest.mark.parametrize("family", FAMILIES)
def test_gymnasiums_checker_has_nothing_to_say(family, view):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(misgen.env_id(family), view=view).unwrapped)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_shift_can_be_played(family):
    for shift in misgen.shifts(family):
        env = gymnasium.make(misgen.env_id(family), shift=shift)
        obs, info = env.reset(seed=1)
        assert obs in env.observation_space
        assert info["level_id"].startswith("train/1/0/")


def test_one_seed_split_and_index_are_one_level():
    env = gymnasium.make("misgen/Corner-v0", view="packed")
    first, info = env.reset(seed=7)
    second, after = env.reset()
    assert info["level_id"].startswith("train/7/0/") and after["level_id"].startswith("train/7/1/")
    again, _ = gymnasium.make("misgen/Corner-v0", view="packed").reset(seed=7, options={"index": 1})
    assert (again == second).all() and not (again == first).all()
    _, held = env.reset(seed=7, options={"split": "eval", "index": 3})
    assert held["level_id"].startswith("eval/7/3/")
    _, then = env.reset()
    assert then["level_id"].startswith("eval/7/4/")


def test_views_show_the_same_cells():
    views = ["packed", "planes", "ego"]
    seen = {view: misgen.MisgenEnv("follow", view=view).reset(seed=3)[0] for view in views}
    packed, planes = seen["packed"], seen["planes"]
    bits = (packed[None] >> np.arange(len(planes))[:, None, None]) & 1
    assert (bits == planes).all()
    agent = [channel["name"] for channel in misgen.describe("follow")["channels"]].index("agent")
    rows, columns = packed.shape
    place = seen["ego"][-rows * columns :].reshape(rows, columns)
    assert (place == planes[agent]).all()
    around = seen["ego"][: -rows * columns].reshape(2 * rows - 1, 2 * columns - 1, len(planes) - 1)
    row, column = np.argwhere(planes[agent])[0]
    top, left = rows - 1 - row, columns - 1 - column
    others = np.delete(planes, agent, axis=0).transpose(1, 2, 0)
    assert (around[top : top + rows, left : left + columns] == others).all()
    assert around.sum() == others.sum()


@pytest.mark.parametrize("side", [3, 7, 31])
def test_a_window_shows_the_cells_around_the_agent(side):
    planes, window = (misgen.MisgenEnv("follow", view=view).reset(seed=3)[0] for view in ("planes", f"window-{side}"))
    agent = [channel["name"] for channel in misgen.describe("follow")["channels"]].index("agent")
    row, column = np.argwhere(planes[agent])[0]
    planes[agent] = 0
    padded = np.pad(planes, ((0, 0), (side // 2, side // 2), (side // 2, side // 2)))
    padded[agent] = 1
    padded[agent, side // 2 : -(side // 2), side // 2 : -(side // 2)] = 0
    assert (window == padded[:, row : row + side, column : column + side]).all()


def test_pixels_have_the_declared_colours():
    env = misgen.MisgenEnv("corner", view="pixels", render_mode="rgb_array", knobs={"density": 0.2})
    obs, _ = env.reset(seed=0)
    assert (obs == env.render()).all()
    packed, _ = misgen.MisgenEnv("corner", view="packed", knobs={"density": 0.2}).reset(seed=0)
    channels = misgen.describe("corner")["channels"]
    colours = {channel["name"]: tuple(channel["color"]) for channel in channels}
    tiles = obs.reshape(9, 8, 9, 8, 3).swapaxes(1, 2).reshape(9, 9, 64, 3)
    for row, column in np.ndindex(9, 9):
        there = {channel["name"] for k, channel in enumerate(channels) if packed[row, column] >> k & 1}
        found = {tuple(map(int, pixel)) for pixel in tiles[row, column]} - {(0, 0, 0)}
        assert found == {colours[name] for name in there}
        if there == {"wall"}:
            assert (tiles[row, column] == colours["wall"]).all()
    assert (packed == 1 << list(colours).index("wall")).any()


def test_a_walker_gets_the_cheese(walker):
    env = gymnasium.make("misgen/Corner-v0")
    obs, info = env.reset(seed=0)
    step, terminated = 0, False
    while not terminated and step < 100:
        obs, reward, terminated, _, info = env.step(walker(obs[None])[0])
        step += 1
    assert terminated and reward == 1.0 and info["steps"] == step
    assert "reach-cheese" in info["events"] and info["first_cue"] == "cheese"
    gamma = misgen.describe("corner")["gamma"]
    assert info["cue_returns"][0] == pytest.approx(gamma ** (step - 1), rel=1e-12)
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.unwrapped.step(0)


def test_pictures():
    env = gymnasium.make("misgen/Corner-v0", render_mode="ansi")
    env.reset(seed=0)
    lines = env.render().splitlines()
    assert len(lines) == 9 and all(len(line) == 18 for line in lines)
    assert "@" in "".join(lines) and "%" in "".join(lines)
    env = gymnasium.make("misgen/Corner-v0", render_mode="rgb_array")
    env.reset(seed=0)
    assert env.render().shape == (72, 72, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shift": "cheese-anywere"}, "did you mean `cheese-anywhere`"),
        ({"law": "alined"}, "it has aligned"),
        ({"view": "plane"}, "did you mean `planes`"),
        ({"view": "window-4"}, "windows are odd, window-3 to window-31"),
        ({"mix": 2.0}, "expected a share from 0 to 1"),
        ({"knobs": {"sise": 9}}, "sise"),
        ({"split": "test"}, "expected one of train, eval, check"),
        ({"shift": "cheese-anywhere", "mix": 0.5}, "expected either"),
        ({"max_steps": 0}, "expected at least 1"),
    ],
)
def test_slips_are_told(options, said):
    with pytest.raises(ValueError, match=said):
        misgen.MisgenEnv("corner", **options)


def test_an_unknown_family_is_told():
    with pytest.raises(ValueError, match="did you mean `corner`"):
        misgen.MisgenEnv("cornr")


def test_an_action_that_there_is_not_is_told():
    env = misgen.MisgenEnv("corner")
    env.reset(seed=0)
    with pytest.raises(ValueError, match="action 9 in lane 0, expected 0 to 4"):
        env.step(9)
