"""Writes the nets of this folder and what PyTorch computes with them: python3 export.py

    pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2 numpy==2.4.6 packaging==26.4

- planes.onnx: convolutions over [batch, channels, height, width], any batch; logits and values [batch, 1]
- grid.onnx: layers over the flat `grid` view, batch 3; logits alone
- single.onnx: the same, batch 1; logits and values [batch, 1]
- ego.onnx: layers over the flat `ego` view, any batch, exported by tracing; logits and values [batch]
- mixing.onnx: logits less their mean over the batch, so that what a row gets depends on the rows beside it

The last layers' weights are large, so that no logit is near another one's by chance. Observations are bytes, one a cell, one bit a
channel; their form is that of the family `bright`.
"""

import json
import pathlib
import random

import onnx
import torch
from torch import nn

HERE = pathlib.Path(__file__).parent
HEIGHT, WIDTH, CHANNELS, ACTIONS, AGENT = 9, 9, 5, 5, 1
CELLS = HEIGHT * WIDTH
EGO = (2 * HEIGHT - 1) * (2 * WIDTH - 1) * (CHANNELS - 1) + CELLS


class ActorCritic(nn.Module):
    """A trunk with two heads; `critic` says in which form values come, if they do."""

    def __init__(self, trunk, features, critic):
        super().__init__()
        self.trunk, self.critic = trunk, critic
        self.policy = nn.Linear(features, ACTIONS)
        self.value = nn.Linear(features, 1)
        nn.init.normal_(self.policy.weight, std=0.5)

    def forward(self, x):
        x = self.trunk(x)
        if self.critic is None:
            return self.policy(x)
        value = self.value(x)
        return self.policy(x), value.squeeze(-1) if self.critic == "flat" else value


class Mixing(nn.Module):
    """What no agent may do."""

    critic = None

    def __init__(self):
        super().__init__()
        self.policy = nn.Linear(CELLS * CHANNELS, ACTIONS)

    def forward(self, x):
        logits = self.policy(x)
        return logits - logits.mean(0)


def observation(rng):
    """One byte a cell: an agent somewhere, other things here and there."""
    cells = [sum((rng.random() < 0.2) << c for c in range(CHANNELS) if c != AGENT) for _ in range(CELLS)]
    cells[rng.randrange(CELLS)] |= 1 << AGENT
    return cells


def planes(cells):
    return [[[cells[r * WIDTH + c] >> k & 1 for c in range(WIDTH)] for r in range(HEIGHT)] for k in range(CHANNELS)]


def grid(cells):
    return [cell >> k & 1 for cell in cells for k in range(CHANNELS)]


def ego(cells):
    agent = next(i for i, cell in enumerate(cells) if cell >> AGENT & 1)
    row, column = divmod(agent, WIDTH)
    others = [k for k in range(CHANNELS) if k != AGENT]
    out = [0] * EGO
    for i, cell in enumerate(cells):
        r, c = i // WIDTH - row + HEIGHT - 1, i % WIDTH - column + WIDTH - 1
        for rank, k in enumerate(others):
            out[(r * (2 * WIDTH - 1) + c) * len(others) + rank] = cell >> k & 1
    out[EGO - CELLS + agent] = 1
    return out


def nets():
    """Name, view, net, and rows of a batch: a number, None for any, or -1 for any by tracing."""
    torch.manual_seed(0)
    convolutions = [nn.Conv2d(CHANNELS, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU(), nn.Flatten()]
    yield "planes", planes, ActorCritic(nn.Sequential(*convolutions), 8 * 7 * 7, "column"), None
    yield "grid", grid, ActorCritic(nn.Sequential(nn.Linear(CELLS * CHANNELS, 8), nn.Tanh()), 8, None), 3
    yield "single", grid, ActorCritic(nn.Sequential(nn.Linear(CELLS * CHANNELS, 8), nn.ELU()), 8, "column"), 1
    yield "ego", ego, ActorCritic(nn.Sequential(nn.Linear(EGO, 4), nn.GELU()), 4, "flat"), -1
    yield "mixing", grid, Mixing(), None


def export(net, rows, batch, path):
    outputs = ["logits"] if net.critic is None else ["logits", "values"]
    names = {"input_names": ["observations"], "output_names": outputs}
    if batch == -1:
        axes = {part: {0: "batch"} for part in ["observations", *outputs]}
        torch.onnx.export(net, rows, path, dynamo=False, opset_version=17, dynamic_axes=axes, **names)
    else:
        shapes = ({0: torch.export.Dim("batch")},) if batch is None else None
        torch.onnx.export(
            net,
            (rows[:batch],),
            path,
            dynamo=True,
            external_data=False,
            opset_version=18,
            dynamic_shapes=shapes,
            **names,
        )
    # The exporter's notes on where a node came from: paths of a machine, and most of the file.
    model = onnx.load(path)
    for part in [*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info]:
        del part.metadata_props[:]
        part.doc_string = ""
    del model.graph.metadata_props[:], model.metadata_props[:]
    onnx.save(model, path)


def main():
    rng = random.Random(0)
    seen = [observation(rng) for _ in range(32)]
    expected = {"observations": [bytes(cells).hex() for cells in seen]}
    for name, view, net, batch in nets():
        net.eval()
        rows = torch.tensor([view(cells) for cells in seen], dtype=torch.float32)
        export(net, rows, batch, HERE / f"{name}.onnx")
        with torch.no_grad():
            found = net(rows)
        logits, values = (found, None) if net.critic is None else (found[0], found[1].reshape(-1).tolist())
        if name != "mixing":
            expected[name] = {"logits": logits.tolist(), "values": values}
    (HERE / "expected.json").write_text(json.dumps(expected) + "\n")


main()
