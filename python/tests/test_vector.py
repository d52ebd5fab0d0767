import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_returned_data_not_reused, data_equivalence
from gymnasium.vector import AutoresetMode

import misgen

FAMILIES = misgen.families()


@pytest.mark.parametrize("family", FAMILIES)
def test_gymnasiums_rules_for_vectors(family):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        envs = gymnasium.make_vec(misgen.env_id(family), 5, vectorization_mode="vector_entry_point")
        assert envs.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
        # Gymnasium's check asks one environment whether it has ended.
        check_returned_data_not_reused(misgen.make_vec(family, 1))
        obs, info = envs.reset(seed=3)
        again, info_again = envs.reset(seed=3)
        assert data_equivalence(obs, again, exact=True) and data_equivalence(info, info_again, exact=True)
        envs.action_space.seed(0)
        for _ in range(50):
            obs, rewards, terminated, truncated, info = envs.step(envs.action_space.sample())
            assert obs in envs.observation_space
            assert rewards.shape == terminated.shape == truncated.shape == (5,)
            assert terminated.dtype == truncated.dtype == np.bool_
        envs.close()


def test_wrappers_of_gymnasium_take_it():
    envs = gymnasium.wrappers.vector.RecordEpisodeStatistics(misgen.make_vec("corner", 8))
    envs.reset(seed=0)
    rng = np.random.default_rng(0)
    ended = 0
    for _ in range(300):
        *_, info = envs.step(rng.integers(0, 5, 8))
        ended += int(info.get("_episode", np.zeros(1)).sum())
    assert ended > 8


def test_gymnasium_makes_vectors_of_single_environments():
    envs = gymnasium.make_vec("misgen/Corner-v0", 3, vectorization_mode="sync")
    obs, info = envs.reset(seed=5)
    for lane in range(3):
        one, alone = misgen.MisgenEnv("corner").reset(seed=5 + lane)
        assert (obs[lane] == one).all() and info["level_id"][lane] == alone["level_id"]


def test_lanes_play_the_levels_of_the_pool():
    envs = misgen.make_vec("corner", 64, view="packed", levels=16, split="eval", index=100)
    obs, info = envs.reset(seed=5)
    ids = envs.level_ids()
    assert len(ids) == 16 and all(name.startswith(f"eval/5/{100 + i}/") for i, name in enumerate(ids))
    alone = misgen.MisgenEnv("corner", view="packed")
    for lane in range(64):
        level = info["level"][lane]
        assert info["level_id"][lane] == ids[level]
        one, _ = alone.reset(seed=5, options={"split": "eval", "index": 100 + int(level)})
        assert (one == obs[lane]).all()
    assert len(set(info["level"].tolist())) > 8


def test_an_end_is_followed_by_a_beginning(walker):
    envs = misgen.make_vec("corner", 16)
    obs, info = envs.reset(seed=0)
    before = info["level"]
    seen = 0
    for _ in range(60):
        was = obs
        actions = walker(obs)
        obs, rewards, terminated, _, info = envs.step(actions)
        if not terminated.any():
            assert "final_obs" not in info
            continue
        assert (info["_final_obs"] == terminated).all()
        for lane in np.flatnonzero(terminated):
            seen += 1
            final = info["final_obs"][lane]
            assert final.shape == was[lane].shape and (final != was[lane]).any()
            assert rewards[lane] == 1.0
            assert info["final_info"]["first_cue"][lane] == 0 and info["first_cue"][lane] == -1
            assert info["final_info"]["cue_returns"][lane, 0] > 0 and info["cue_returns"][lane, 0] == 0
            assert info["final_info"]["level"][lane] == before[lane]
            assert info["steps"][lane] == 0 and info["final_info"]["steps"][lane] > 0
        assert all(info["final_obs"][lane] is None for lane in np.flatnonzero(~terminated))
        before = np.where(terminated, info["level"], before)
    assert seen > 32


def test_truncation_is_told_apart():
    envs = misgen.make_vec("corner", 4, max_steps=3)
    envs.reset(seed=0)
    stay = np.full(4, 4)
    for _ in range(2):
        assert not envs.step(stay)[3].any()
    _, _, terminated, truncated, info = envs.step(stay)
    assert truncated.all() and not terminated.any() and (info["final_info"]["steps"] == 3).all()


def test_a_restart_goes_on_elsewhere_and_a_seed_does_not():
    envs = misgen.make_vec("corner", 32)
    _, first = envs.reset(seed=1)
    _, second = envs.reset()
    _, third = envs.reset(seed=1)
    assert (first["level"] == third["level"]).all() and (first["level"] != second["level"]).any()


def test_without_copies_the_buffers_stay():
    envs = misgen.make_vec("corner", 4, copy=False)
    obs, _ = envs.reset(seed=0)
    after, *_ = envs.step(np.zeros(4, int))
    assert after is obs
    fresh = misgen.make_vec("corner", 4)
    fresh.reset(seed=0)
    same, *_ = fresh.step(np.zeros(4, int))
    assert (same == after).all()


def test_slips_are_told():
    envs = misgen.make_vec("corner", 4)
    with pytest.raises(gymnasium.error.ResetNeeded):
        envs.step(np.zeros(4, int))
    envs.reset(seed=0)
    with pytest.raises(ValueError, match="3 actions, expected one for each of 4 lanes"):
        envs.step(np.zeros(3, int))
    with pytest.raises(ValueError, match="action -1 in lane 2"):
        envs.step(np.array([0, 0, -1, 0]))
    with pytest.raises(ValueError, match="expected one whole number"):
        envs.reset(seed=[1, 2, 3, 4])
    with pytest.raises(ValueError, match="expected `split` and `index` only"):
        envs.reset(options={"splits": "eval"})
    with pytest.raises(ValueError, match="0 lanes"):
        misgen.make_vec("corner", 0)
