"""PPO end to end in PyTorch, after CleanRL's ppo.py: python3 ppo_torch.py NET SECONDS THREADS

Prints environment frames a second of the best update, everything included: playing, advantages, minibatches, Adam. The environment is a
mark that moves on a board in numpy, two numbers of an observation changed a step, so that the learner is what is measured.
"""

import json
import sys

import numpy as np
import torch
from shared import ACTIONS, ADAM_EPS, CLIP, ENTROPY, GAMMA, GRAD_NORM, LAMBDA, NETS, RATE, VALUE, best
from torch import nn
from torch.distributions import Categorical


class Boards:
    """Boards stepped together: plane 0 holds the mark, plane 1 its target, the others are noise."""

    def __init__(self, envs, size, planes):
        self.rng = np.random.default_rng(0)
        self.size, self.cells, self.envs = size, size * size, np.arange(envs)
        self.obs = (self.rng.random((envs, planes * self.cells)) < 0.1).astype(np.float32)
        self.obs[:, : 2 * self.cells] = 0
        self.mark, self.target = self.rng.integers(0, self.cells, (2, envs))
        self.obs[self.envs, self.mark] = 1
        self.obs[self.envs, self.cells + self.target] = 1
        self.moves = np.array([[-1, 0], [0, -1], [1, 0], [0, 1], [0, 0]])

    def step(self, actions):
        rows, columns = np.divmod(self.mark, self.size)
        rows = np.clip(rows + self.moves[actions, 0], 0, self.size - 1)
        columns = np.clip(columns + self.moves[actions, 1], 0, self.size - 1)
        self.obs[self.envs, self.mark] = 0
        self.mark = rows * self.size + columns
        done = self.mark == self.target
        if done.any():
            ended = self.envs[done]
            self.obs[ended, self.cells + self.target[done]] = 0
            self.mark[done], self.target[done] = self.rng.integers(0, self.cells, (2, len(ended)))
            self.obs[ended, self.cells + self.target[done]] = 1
        self.obs[self.envs, self.mark] = 1
        return self.obs, done.astype(np.float32)


def layer(inputs, outputs, gain):
    linear = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(linear.weight, gain)
    nn.init.zeros_(linear.bias)
    return linear


class Net(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        layers = []
        for units in hidden:
            layers += [layer(inputs, units, 2**0.5), nn.Tanh()]
            inputs = units
        self.trunk, self.actor, self.critic = nn.Sequential(*layers), layer(inputs, ACTIONS, 0.01), layer(inputs, 1, 1.0)

    def forward(self, x):
        x = self.trunk(x)
        return Categorical(logits=self.actor(x)), self.critic(x).squeeze(-1)


def loss(net, obs, actions, old, advantages, returns):
    """The clipped loss of Schulman et al. 2017, advantages normalised over the minibatch."""
    policy, values = net(obs)
    ratio = (policy.log_prob(actions) - old).exp()
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    clipped = torch.min(ratio * advantages, ratio.clamp(1 - CLIP, 1 + CLIP) * advantages)
    return -clipped.mean() + VALUE * 0.5 * ((values - returns) ** 2).mean() - ENTROPY * policy.entropy().mean()


def training(of):
    """One rollout and its update, as a function that returns the frames they took."""
    inputs, envs, steps = of["planes"] * of["size"] ** 2, of["envs"], of["steps"]
    boards, net = Boards(envs, of["size"], of["planes"]), Net(inputs, of["hidden"])
    adam = torch.optim.Adam(net.parameters(), lr=RATE, eps=ADAM_EPS)
    obs = torch.zeros(steps, envs, inputs)
    actions = torch.zeros(steps, envs, dtype=torch.long)
    logs, values, rewards = (torch.zeros(steps, envs) for _ in range(3))
    seen = torch.from_numpy(boards.obs)

    def part():
        with torch.no_grad():
            for t in range(steps):
                obs[t] = seen
                policy, values[t] = net(seen)
                actions[t] = policy.sample()
                logs[t] = policy.log_prob(actions[t])
                _, reward = boards.step(actions[t].numpy())
                rewards[t] = torch.from_numpy(reward)
            following, advantages, last = net(seen)[1], torch.zeros_like(rewards), 0.0
            for t in reversed(range(steps)):
                going = 1.0 - rewards[t]  # the one reward ends an episode
                delta = rewards[t] + GAMMA * following * going - values[t]
                last = delta + GAMMA * LAMBDA * going * last
                advantages[t], following = last, values[t]
        flat = [x.reshape(steps * envs, *x.shape[2:]) for x in (obs, actions, logs, advantages, advantages + values)]
        for _ in range(of["epochs"]):
            for rows in torch.randperm(steps * envs).chunk(of["minibatches"]):
                adam.zero_grad()
                loss(net, *(x[rows] for x in flat)).backward()
                nn.utils.clip_grad_norm_(net.parameters(), GRAD_NORM)
                adam.step()
        return steps * envs

    return part


if __name__ == "__main__":
    name, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    print(json.dumps({"frames_per_second": best(seconds, training(NETS[name]))}))
