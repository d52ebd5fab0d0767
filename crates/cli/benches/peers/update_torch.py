"""One update of a minibatch in PyTorch: python3 update_torch.py NET SECONDS THREADS

Forward, PPO loss, backward, clipping and Adam. Prints GFLOP/s by the operations of the products alone: 2·m·k·n for each of a
layer's products, of which there are three, and two in the first layer, whose input has no gradient.
"""

import json
import sys

import torch
from ppo_torch import Net, loss
from shared import ACTIONS, ADAM_EPS, GRAD_NORM, PLANES, RATE, ROWS, SIDE, best
from torch import nn


class Convolution(nn.Module):
    """A 3×3 layer with a margin: residual where the channels stay the same, else, the first aside, halving the sides."""

    def __init__(self, inputs, outputs, first, side):
        super().__init__()
        self.residual = not first and inputs == outputs
        stride = 1 if first or self.residual else 2
        self.layer = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)
        self.layer.side = -(-side // stride)

    def forward(self, x):
        y = torch.relu(self.layer(x))
        return x + y if self.residual else y


class Convolutions(nn.Module):
    """Convolutions, then a tanh layer, then the heads, as misgen's."""

    def __init__(self, channels, hidden=64):
        super().__init__()
        layers, inputs, side = [], PLANES, SIDE
        for outputs in channels:
            layers.append(Convolution(inputs, outputs, not layers, side))
            inputs, side = outputs, layers[-1].layer.side
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(inputs * side * side, hidden), nn.Tanh())
        self.actor, self.critic = nn.Linear(hidden, ACTIONS), nn.Linear(hidden, 1)
        self.forward = Net.forward.__get__(self)


def products(net, rows):
    """(m, k, n) of each layer's product, in order; of a convolution, as a product over columns."""
    for part in net.modules():
        if isinstance(part, nn.Conv2d):
            yield rows * part.side**2, part.in_channels * 9, part.out_channels
        elif isinstance(part, nn.Linear):
            yield rows, part.in_features, part.out_features


def flop(net, rows):
    return sum(2 * m * k * n * (2 if first == 0 else 3) for first, (m, k, n) in enumerate(products(net, rows)))


def update(name):
    kind, sizes = name.split()[:2]
    sizes = [int(size) for size in sizes.split("-")]
    net = Net(sizes[0], sizes[1:]) if kind == "mlp" else Convolutions(sizes)
    shape = (ROWS, sizes[0]) if kind == "mlp" else (ROWS, PLANES, SIDE, SIDE)
    obs = (torch.rand(shape) < 0.1).float()
    actions, old = torch.randint(ACTIONS, (ROWS,)), torch.full((ROWS,), -1.6)
    advantages, returns = torch.randn(ROWS), torch.randn(ROWS)
    adam = torch.optim.Adam(net.parameters(), lr=RATE, eps=ADAM_EPS)
    work = flop(net, ROWS)

    def part():
        adam.zero_grad()
        loss(net, obs, actions, old, advantages, returns).backward()
        nn.utils.clip_grad_norm_(net.parameters(), GRAD_NORM)
        adam.step()
        return work

    return part, work


if __name__ == "__main__":
    name, seconds, threads = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    part, work = update(name)
    speed = best(seconds, part)
    print(json.dumps({"gflops": speed / 1e9, "milliseconds": work / speed * 1e3}))
