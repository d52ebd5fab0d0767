"""PPO end to end in JAX, as purejaxrl does it, environment and update in one compiled function: python3 ppo_jax.py NET SECONDS THREADS

Prints environment frames a second of the best update and the seconds of compilation. Threads are limited by whoever starts this. The
environment is that of ppo_torch.py.
"""

import json
import sys
import time
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
from flax.linen.initializers import orthogonal
from flax.training.train_state import TrainState
from shared import ACTIONS, ADAM_EPS, CLIP, ENTROPY, GAMMA, GRAD_NORM, LAMBDA, NETS, RATE, VALUE, best

MOVES = jnp.array([[-1, 0], [0, -1], [1, 0], [0, 1], [0, 0]])


class Net(nn.Module):
    hidden: Any

    @nn.compact
    def __call__(self, x):
        for units in self.hidden:
            x = nn.tanh(nn.Dense(units, kernel_init=orthogonal(2**0.5))(x))
        logits = nn.Dense(ACTIONS, kernel_init=orthogonal(0.01))(x)
        return logits, nn.Dense(1, kernel_init=orthogonal(1.0))(x).squeeze(-1)


class Boards(NamedTuple):
    """Boards stepped together: plane 0 holds the mark, plane 1 its target, the others are noise."""

    mark: jax.Array
    target: jax.Array
    noise: jax.Array


class Frame(NamedTuple):
    obs: jax.Array
    action: jax.Array
    log: jax.Array
    value: jax.Array
    reward: jax.Array


def observe(boards, cells):
    planes = [jax.nn.one_hot(boards.mark, cells), jax.nn.one_hot(boards.target, cells), boards.noise]
    return jnp.concatenate(planes, axis=-1)


def move(key, boards, actions, size):
    rows, columns = jnp.divmod(boards.mark, size)
    rows = jnp.clip(rows + MOVES[actions, 0], 0, size - 1)
    columns = jnp.clip(columns + MOVES[actions, 1], 0, size - 1)
    mark = rows * size + columns
    done = mark == boards.target
    fresh = jax.random.randint(key, (2, *mark.shape), 0, size * size)
    mark, target = jnp.where(done, fresh[0], mark), jnp.where(done, fresh[1], boards.target)
    return Boards(mark, target, boards.noise), done.astype(jnp.float32)


def log_prob(logits, actions):
    return jnp.take_along_axis(jax.nn.log_softmax(logits), actions[..., None], -1).squeeze(-1)


def loss(params, apply, frame, advantages, returns):
    """The clipped loss of Schulman et al. 2017, advantages normalised over the minibatch."""
    logits, values = apply(params, frame.obs)
    ratio = jnp.exp(log_prob(logits, frame.action) - frame.log)
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    clipped = jnp.minimum(ratio * advantages, jnp.clip(ratio, 1 - CLIP, 1 + CLIP) * advantages)
    entropy = -(jax.nn.softmax(logits) * jax.nn.log_softmax(logits)).sum(-1)
    return -clipped.mean() + VALUE * 0.5 * ((values - returns) ** 2).mean() - ENTROPY * entropy.mean()


def training(of):
    """The first state, and one rollout with its update as a function of a state."""
    size, envs, steps, minibatches = of["size"], of["envs"], of["steps"], of["minibatches"]
    cells = size * size
    frames = envs * steps

    def play(carry, _):
        key, state, boards = carry
        key, draw, fresh = jax.random.split(key, 3)
        obs = observe(boards, cells)
        logits, value = state.apply_fn(state.params, obs)
        action = jax.random.categorical(draw, logits)
        boards, reward = move(fresh, boards, action, size)
        return (key, state, boards), Frame(obs, action, log_prob(logits, action), value, reward)

    def advantage(carry, frame):
        last, following = carry
        going = 1.0 - frame.reward  # the one reward ends an episode
        delta = frame.reward + GAMMA * following * going - frame.value
        last = delta + GAMMA * LAMBDA * going * last
        return (last, frame.value), last

    def minibatch(state, batch):
        gradients = jax.grad(loss)(state.params, state.apply_fn, *batch)
        return state.apply_gradients(grads=gradients), None

    def update(carry, _):
        carry, played = jax.lax.scan(play, carry, None, steps)
        key, state, boards = carry
        _, last = state.apply_fn(state.params, observe(boards, cells))
        _, advantages = jax.lax.scan(advantage, (jnp.zeros_like(last), last), played, reverse=True)
        batch = (played, advantages, advantages + played.value)
        batch = jax.tree.map(lambda x: x.reshape(frames, *x.shape[2:]), batch)

        def epoch(carry, _):
            key, state = carry
            key, order = jax.random.split(key)
            order = jax.random.permutation(order, frames)
            parts = jax.tree.map(lambda x: x[order].reshape(minibatches, -1, *x.shape[1:]), batch)
            state, _ = jax.lax.scan(minibatch, state, parts)
            return (key, state), None

        (key, state), _ = jax.lax.scan(epoch, (key, state), None, of["epochs"])
        return (key, state, boards), None

    net = Net(of["hidden"])
    key, first, noise, places = jax.random.split(jax.random.PRNGKey(0), 4)
    params = net.init(first, jnp.zeros((1, of["planes"] * cells)))
    clipped = optax.chain(optax.clip_by_global_norm(GRAD_NORM), optax.adam(RATE, eps=ADAM_EPS))
    mark, target = jax.random.randint(places, (2, envs), 0, cells)
    noise = jax.random.bernoulli(noise, 0.1, (envs, (of["planes"] - 2) * cells)).astype(jnp.float32)
    state = TrainState.create(apply_fn=net.apply, params=params, tx=clipped)
    return (key, state, Boards(mark, target, noise)), lambda carry: update(carry, None)[0], frames


if __name__ == "__main__":
    carry, update, frames = training(NETS[sys.argv[1]])
    begun = time.perf_counter()
    compiled = jax.jit(update).lower(carry).compile()
    took = time.perf_counter() - begun

    def part():
        global carry
        carry = jax.block_until_ready(compiled(carry))
        return frames

    print(json.dumps({"frames_per_second": best(float(sys.argv[2]), part), "compilation_seconds": took}))
