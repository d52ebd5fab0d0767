"""Any callable as a policy: what it may return, and how that is checked."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Answer = tuple[NDArray[np.int64] | None, Floats | None, Floats | None, Floats | None]

FIELDS = ("actions", "probs", "logits", "values", "features")
EXPECTED = (
    "expected whole numbers [lanes] (actions), numbers [lanes, actions] (probabilities), or a dict of "
    + ", ".join(f"`{field}`" for field in FIELDS)
)
TOLERANCE = 1e-3


def adapt(policy: Any, *, inside: bool = False) -> Any:
    """What the native side calls for `policy`: the name of a scripted player stays one, everything else becomes a
    checked callable. `inside`: one that shows hidden features where they have to be asked for."""
    if isinstance(policy, str):
        return policy
    chosen = from_sb3(policy, inside) if _is_sb3(policy) else policy
    if not callable(chosen):
        raise TypeError(
            f"a policy of type {type(policy).__name__}, "
            "expected a callable, a Stable-Baselines3 model, or the name of a scripted player"
        )

    begin = getattr(policy, "begin", None)

    def act(
        obs: NDArray[np.uint8], shape: list[int], dtype: str, actions: int, lanes: list[NDArray[np.bool_]]
    ) -> Answer:
        busy, began = lanes
        if begin is not None and began.any():
            begin(began)
        batch = obs.view(dtype).reshape(-1, *shape)
        return checked(chosen(batch), actions, busy)

    return act


def _is_sb3(policy: Any) -> bool:
    own = getattr(policy, "policy", None)
    return not callable(policy) and hasattr(policy, "predict") and hasattr(own, "obs_to_tensor")


def from_sb3(model: Any, inside: bool) -> Callable[[NDArray[Any]], dict[str, Any]]:
    """A Stable-Baselines3 model as a callable; where its policy has them, probabilities, values, and, where `inside` is
    asked for, what the last hidden layer before its actions holds."""

    def act(obs: NDArray[Any]) -> dict[str, Any]:
        policy = model.policy
        policy.set_training_mode(False)
        if not hasattr(policy, "get_distribution"):
            return {"actions": model.predict(obs, deterministic=True)[0]}
        tensor, _ = policy.obs_to_tensor(obs)
        distribution = policy.get_distribution(tensor).distribution
        said = {"probs": distribution.probs, "values": policy.predict_values(tensor).reshape(-1)}
        if inside:
            seen = policy.extract_features(tensor, policy.pi_features_extractor)
            said["features"] = policy.mlp_extractor.forward_actor(seen)
        return said

    return act


def as_array(value: Any) -> NDArray[Any]:
    """A NumPy array of what PyTorch, JAX, TensorFlow or Python calls one."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    return np.asarray(value)


def checked(said: Any, actions: int, busy: NDArray[np.bool_]) -> Answer:
    """Actions, probabilities, values and features of an answer; a `ValueError` says what is wrong with it."""
    lanes = len(busy)
    if isinstance(said, dict):
        unknown = sorted(set(said) - set(FIELDS))
        if unknown or not set(said) & {"actions", "probs", "logits"}:
            raise ValueError(f"the policy returned a dict of {sorted(said)}, {EXPECTED}")
        if "probs" in said and "logits" in said:
            raise ValueError("the policy returned `probs` and `logits`, expected one of the two")
        parts = {name: as_array(value) for name, value in said.items() if value is not None}
    else:
        array = as_array(said)
        parts = {"probs" if array.ndim == 2 else "actions": array}
    if "logits" in parts:
        parts["probs"] = softmax(_shaped("logits", parts["logits"], (lanes, actions)))
    chosen, probs, values, features = (parts.get(name) for name in ("actions", "probs", "values", "features"))
    if chosen is not None:
        chosen = _chosen(_shaped("actions", chosen, (lanes,)), actions, busy)
    if probs is not None:
        probs = _probabilities(_shaped("probabilities", probs, (lanes, actions)), busy)
    if values is not None:
        values = np.ascontiguousarray(_shaped("values", values.reshape(-1), (lanes,)), np.float32)
    if features is not None:
        features = _features(features, busy)
    return chosen, probs, values, features


def softmax(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities of logits, in double precision."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def _shaped(what: str, array: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    if array.shape != shape:
        raise ValueError(f"the policy returned {what} of shape {array.shape}, expected {shape}; {EXPECTED}")
    return array


def _chosen(array: NDArray[Any], actions: int, busy: NDArray[np.bool_]) -> NDArray[np.int64]:
    if array.dtype.kind not in "iu":
        raise ValueError(f"the policy returned actions of type {array.dtype}, {EXPECTED}")
    wrong = np.flatnonzero(busy & ((array < 0) | (array >= actions)))
    if len(wrong):
        raise ValueError(f"the policy chose action {array[wrong[0]]} in lane {wrong[0]}, expected 0 to {actions - 1}")
    return np.ascontiguousarray(np.where(busy, array, 0), np.int64)


def _features(array: NDArray[Any], busy: NDArray[np.bool_]) -> Floats:
    if array.ndim != 2 or len(array) != len(busy):
        raise ValueError(f"the policy returned features of shape {array.shape}, expected ({len(busy)}, features)")
    numbers = np.ascontiguousarray(array, np.float32)
    if not np.isfinite(numbers[busy]).all():
        raise ValueError("the policy returned features that are not finite")
    return numbers


def _probabilities(array: NDArray[Any], busy: NDArray[np.bool_]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore"):
        good = (array >= 0).all(axis=1) & (np.abs(array.sum(axis=1) - 1) <= TOLERANCE)
    wrong = np.flatnonzero(busy & ~good)
    if len(wrong):
        lane = wrong[0]
        raise ValueError(
            f"the policy's probabilities in lane {lane} are {array[lane].tolist()}, "
            f"expected numbers from 0 on that add up to 1 within {TOLERANCE}"
        )
    return np.ascontiguousarray(array, np.float32)
