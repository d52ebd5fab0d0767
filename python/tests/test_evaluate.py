import json

import numpy as np
import pytest

import misgen
from misgen._native import Lanes

SHIFT = "cheese-anywhere"


def reference(root, world, agent):
    """Rows of the committed run of configs/quickstart.toml."""
    summary = json.loads((root / "results/reference/quickstart/summary.json").read_text())
    return [row for row in summary["rows"] if (row["world"], row["agent"]) == (world, agent)]


@pytest.mark.parametrize("agent", ["random", "pursuer:goal", "pursuer:corner"])
def test_scripted_players_have_the_committed_numbers(root, agent):
    rows = reference(root, "corner", agent)
    assert len(rows) > 3
    found = misgen.evaluate([f"scripted:{agent}"] * 5, "corner")
    for mine, committed in zip(found.summary["rows"], rows, strict=True):
        # What this machine's vector instructions are, and what only a suite knows.
        for name in set(committed) - {"world", "gap_to_control"}:
            assert mine[name] == committed[name], (mine["shift"], name)


# Scripted players draw the chance of `pause` from the solver's table of outcomes, everybody else from its own law.
@pytest.mark.parametrize("family", sorted(set(misgen.families()) - {"pause"}))
def test_probabilities_of_a_python_policy_are_drawn_as_those_of_a_scripted_player(family):
    told = misgen.describe(family)
    shifts, actions = [shift["name"] for shift in told["shifts"][:1]], len(told["actions"])
    uniform = lambda obs: np.full((len(obs), actions), 1 / actions)  # noqa: E731
    mine = misgen.evaluate(uniform, family, shifts=shifts, training_law=told["laws"][0]["name"], levels=16)
    random = misgen.evaluate("scripted:random", family, shifts=shifts, levels=16)
    for a, b in zip(mine.cells[0]["rows"], random.cells[0]["rows"], strict=True):
        assert {**a, "greedy": None} == {**b, "greedy": None}
        assert a["greedy"] is not None
    assert (mine.cells[0]["s_train"], mine.cells[0]["s_id"]) == (random.cells[0]["s_train"], random.cells[0]["s_id"])


def test_actions_of_a_python_policy_are_taken_as_those_of_a_scripted_player():
    def noop(obs):
        return np.full(len(obs), 4)

    mine = misgen.evaluate(noop, "corner", training_law="aligned", levels=64)
    scripted = misgen.evaluate("scripted:noop", "corner", levels=64)
    assert mine.cells[0]["rows"] == scripted.cells[0]["rows"]
    assert mine.cells[0]["agent"] == "noop"


def test_arrays_of_other_libraries_are_taken(walker):
    class Tensor:
        """What PyTorch's arrays have in common with this: they are to be detached, moved, and turned into NumPy's."""

        def __init__(self, array):
            self.array = array

        def detach(self):
            return self

        def cpu(self):
            return self.array

    mine = misgen.evaluate(lambda obs: {"logits": Tensor(50 * np.eye(5)[walker(obs)])}, "corner", shifts=[], levels=64)
    plain = misgen.evaluate(walker, "corner", shifts=[], levels=64)
    assert mine.cells[0]["rows"][0]["outcomes"] == plain.cells[0]["rows"][0]["outcomes"]


def test_a_policy_with_a_memory_is_told_of_beginnings():
    class Counts:
        """Plays up for two steps of each episode, then left: it has to know where one begins."""

        def __init__(self):
            self.steps = np.zeros(64, int)

        def begin(self, lanes):
            self.steps[lanes] = 0

        def __call__(self, obs):
            self.steps += 1
            return np.where(self.steps <= 2, 0, 1)

    found = misgen.evaluate(Counts(), "corner", shifts=[SHIFT], levels=100)
    for actions in found.episodes("arrow")["actions"].to_pylist():
        assert actions == ("aa" + "b" * len(actions))[: len(actions)]
    assert found.cells[0]["agent"] == "Counts"


def test_lanes_play_as_the_evaluator_does(walker):
    """Returns, events and levels of 64 levels stepped here are those of the evaluator's records."""
    found = misgen.evaluate(walker, "corner", shifts=[], training_law="aligned", levels=64)
    episodes = found.episodes("arrow").to_pylist()
    lanes = Lanes("corner", 64)
    lanes.restart(0, "eval", 0, 64, True)
    shape, _, _ = lanes.form()
    obs = np.empty((64, *shape), np.uint8)
    arrays = np.empty(64), np.empty(64, bool), np.empty(64, bool), np.empty(64, np.uint16)
    lanes.observe(obs.reshape(-1))
    happened, names = [[] for _ in range(64)], lanes.events()
    for step in range(1, lanes.max_steps() + 1):
        lanes.step(walker(obs), obs.reshape(-1), *arrays)
        for lane, bits in enumerate(arrays[-1]):
            if bits:
                happened[lane].append(f"{step}:" + "+".join(n for k, n in enumerate(names) if bits >> k & 1))
    returns, rest = np.empty(128), (np.empty(64, np.int8), np.empty(64, np.int64), np.empty(64, np.int32))
    lanes.finals(obs.reshape(-1), returns, *rest)
    returns = returns.reshape(64, 2)
    ids = lanes.level_ids()
    assert len(episodes) == 64
    for i, episode in enumerate(episodes):
        assert episode["level_id"] == ids[i]
        assert episode["events"] == ",".join(happened[i])
        assert (episode["return_goal"], episode["return:corner"]) == tuple(returns[i])
        assert episode["steps"] == rest[2][i]


def test_a_walker_to_the_cheese_transfers_and_five_seeds_bear_a_verdict(walker):
    found = misgen.evaluate([walker] * 5, "corner", shifts=[SHIFT], training_law="aligned", levels=64)
    assert found.verdict(SHIFT) == "transfers"
    assert found.row(SHIFT)["gt"] == pytest.approx(1.0)
    assert "transfers" in found.table().lower()
    alone = misgen.evaluate(walker, "corner", shifts=[SHIFT], training_law="aligned", levels=64)
    assert alone.verdict(SHIFT) == "insufficient"
    silent = misgen.evaluate([walker] * 5, "corner", shifts=[SHIFT], levels=64)
    assert silent.verdict(SHIFT) == "undertrained" and "training_law" in silent.summary["notes"][0]


def test_verdicts_are_those_of_the_pursuers():
    corner = misgen.evaluate(["scripted:pursuer:corner"] * 5, "corner", shifts=[SHIFT], levels=64)
    assert corner.verdict(SHIFT) == "misgeneralizes"


def test_a_saved_evaluation_is_read_back(tmp_path, walker):
    found = misgen.evaluate([walker] * 2, "corner", shifts=[SHIFT], training_law="aligned", levels=64)
    out = found.save(tmp_path / "mine")
    assert misgen.load(out, "summary") == found.summary
    assert misgen.load(out).equals(found.rows())
    episodes = misgen.load(out, "episodes")
    assert episodes.equals(found.episodes())
    assert (out / "report.html").read_bytes().startswith(b"<!DOCTYPE html>")
    told = episodes[(episodes["shift"] == SHIFT) & ~episodes["twin"]]
    by_hand = (told["return_goal"] - told["v_base_goal"]).sum() / (told["v_best_goal"] - told["v_base_goal"]).sum()
    assert by_hand == pytest.approx(found.row(SHIFT)["gt"], abs=1e-12)


@pytest.mark.parametrize("to", ["pandas", "polars", "arrow"])
def test_committed_runs_are_loaded(root, to):
    rows = misgen.load(root / "results/reference/quickstart", to=to)
    summary = misgen.load(root / "results/reference/quickstart", "summary")
    assert len(rows) == len(summary["rows"])
    agents = rows["agent"].to_pylist() if to == "arrow" else list(rows["agent"])
    assert agents == [row["agent"] for row in summary["rows"]]


def test_what_cannot_be_loaded_is_told(tmp_path):
    with pytest.raises(ValueError, match=r"summary\.csv: no such file"):
        misgen.load(tmp_path)
    with pytest.raises(ValueError, match="no cells"):
        misgen.load(tmp_path, "episodes")
    with pytest.raises(ValueError, match="expected one of pandas"):
        misgen.load(tmp_path, to="excel")


def test_attribution_tells_the_pursuers_apart():
    goal = misgen.attribute("scripted:pursuer:goal", "corner", levels=32)
    corner = misgen.attribute("scripted:pursuer:corner", "corner", levels=32)
    assert goal["cues"][0] == "cheese"
    assert goal["preference"] != corner["preference"]
    assert "cheese" in goal.text


def test_attribution_of_a_callable_says_what_it_lacks(walker):
    found = misgen.attribute(walker, "corner", levels=16)
    assert found["agent"] == "act" and found["preference"] is not None
    assert found["critic"] is None and found["decodability"] is None and "critic" in found["why_null"]


def shows(features, walker):
    """The walker to the cheese, with what it shows of itself."""
    return lambda obs: {"probs": np.eye(5)[walker(obs)], "values": np.zeros(len(obs)), "features": features(obs)}


def places(obs):
    """Row and column of the cheese, mixed."""
    spots = obs[:, 2].reshape(len(obs), -1).argmax(axis=1)
    rows, columns = np.divmod(spots, obs.shape[3])
    return np.stack([rows + columns, rows - 2 * columns, np.ones(len(obs))], axis=1)


def nothing(obs):
    """As many features, of which none has to do with the cheese."""
    return np.stack([np.arange(len(obs)) % 3, np.ones(len(obs)), obs[:, 0].sum(axis=(1, 2))], axis=1)


def test_what_a_callable_shows_of_itself_is_probed(walker):
    def probed(own, *untrained):
        fresh = [shows(one, walker) for one in untrained]
        return misgen.attribute(shows(own, walker), "corner", levels=64, untrained=fresh)

    found = probed(places, nothing, nothing)
    assert found["critic"] is not None
    told = found["decodability"]
    cheese = next(cue for cue in told["cues"] if cue["cue"] == "cheese")
    assert (told["units"], told["untrained"], told["levels"]) == (3, 2, 64)
    assert cheese["r2"] == pytest.approx(1, abs=1e-6), "two linear functions of the place give the place"
    assert cheese["untrained"] < 0.2 and cheese["learned"] > 0.8
    same = next(cue for cue in probed(places, places)["decodability"]["cues"] if cue["cue"] == "cheese")
    assert same["learned"] == 0, "nothing that was not there before"
    alone = next(cue for cue in probed(places)["decodability"]["cues"] if cue["cue"] == "cheese")
    assert (alone["r2"], alone["learned"]) == (cheese["r2"], None)
    blank = next(iter(probed(nothing)["decodability"]["cues"]))
    assert blank["r2"] < 0.2


def test_features_that_are_none_are_told(walker):
    widths = iter([2, 3])
    wrong = [
        (lambda obs: np.zeros(len(obs)), r"features of shape \(64,\), expected \(64, features\)"),
        (lambda obs: np.full((len(obs), 2), np.inf), "not finite"),
        (lambda obs: np.zeros((len(obs), next(widths))), "3 features a lane, expected 2"),
    ]
    for features, said in wrong:
        with pytest.raises(ValueError, match=said):
            misgen.attribute(shows(features, walker), "corner", levels=16)
    with pytest.raises(ValueError, match="compared by their `features`"):
        misgen.attribute(walker, "corner", levels=16, untrained=[walker])
    with pytest.raises(ValueError, match="0 features a lane, expected 3"):
        misgen.attribute(shows(places, walker), "corner", levels=16, untrained=[walker])


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda obs: np.zeros((len(obs), 4)), r"probabilities of shape \(64, 4\), expected \(64, 5\)"),
        (lambda obs: np.zeros((len(obs), 5)), "add up to 1 within"),
        (lambda obs: np.full(len(obs), 7), "chose action 7 in lane 0, expected 0 to 4"),
        (lambda obs: np.zeros(len(obs)), "actions of type float64"),
        (lambda obs: np.zeros(3, int), r"actions of shape \(3,\), expected \(64,\)"),
        (lambda obs: {"action": 1}, r"a dict of \['action'\]"),
        (lambda obs: {"logits": np.full((len(obs), 5), np.nan)}, "add up to 1 within"),
    ],
)
def test_wrong_answers_are_told(answer, said):
    with pytest.raises(ValueError, match=said):
        misgen.evaluate(answer, "corner", shifts=[], levels=64)


def test_what_a_policy_raises_goes_through():
    class OwnError(Exception):
        pass

    def fails(obs):
        raise OwnError("as it is")

    with pytest.raises(OwnError, match="as it is"):
        misgen.evaluate(fails, "corner", shifts=[], levels=64)


def test_slips_are_told(walker):
    with pytest.raises(ValueError, match="did you mean `cheese-anywhere`"):
        misgen.evaluate(walker, "corner", shifts=["cheese-anywher"])
    with pytest.raises(ValueError, match="has no law `fixed`"):
        misgen.evaluate(walker, "corner", training_law="fixed")
    with pytest.raises(ValueError, match="2 policies and 1 seeds"):
        misgen.evaluate([walker] * 2, "corner", seeds=[0])
    with pytest.raises(TypeError, match="a policy of type int"):
        misgen.evaluate(3, "corner")
    with pytest.raises(ValueError, match="expected a list of names"):
        misgen.evaluate(walker, "corner", shifts="cheese-anywhere")
    with pytest.raises(ValueError, match="scripted"):
        misgen.evaluate("scripted:nobody", "corner")
