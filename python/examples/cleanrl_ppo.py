"""PPO in PyTorch after CleanRL: python cleanrl_ppo.py [FAMILY] [--mix 0] [--frames N] [--seeds 5] [--onnx FILE]

Net, rollouts and settings are those of misgen's default agent (configs/agents/ppo.toml), so that their results can
stand side by side.
"""

import argparse
import json
import pathlib

import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical

import misgen

LANES, STEPS, EPOCHS, MINIBATCHES = 64, 64, 3, 4
LR, ENTROPY, GAMMA, LAMBDA, CLIP, VALUE, GRAD_NORM = 7e-4, 0.01, 0.97, 0.95, 0.2, 0.5, 0.5


def layer(inputs, outputs, gain):
    made = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(made.weight, gain)
    nn.init.zeros_(made.bias)
    return made


class Agent(nn.Module):
    """One trunk of two tanh layers, a head for logits and one for the value."""

    def __init__(self, features, actions):
        super().__init__()
        self.trunk = nn.Sequential(layer(features, 64, 2**0.5), nn.Tanh(), layer(64, 64, 2**0.5), nn.Tanh())
        self.actor, self.critic = layer(64, actions, 0.01), layer(64, 1, 1.0)

    def forward(self, obs):
        hidden = self.trunk(obs)
        return self.actor(hidden), self.critic(hidden).squeeze(-1)


def tensor(array):
    return torch.as_tensor(np.asarray(array), dtype=torch.float32)


def train(family, mix, frames, seed):
    """An agent that learned in `family` for so many frames."""
    torch.manual_seed(seed)
    envs = misgen.make_vec(family, LANES, mix=mix, view="ego")
    agent = Agent(envs.single_observation_space.shape[0], int(envs.single_action_space.n))
    optimizer = torch.optim.Adam(agent.parameters(), lr=LR, eps=1e-5)
    obs = torch.zeros((STEPS, LANES, *envs.single_observation_space.shape))
    actions = torch.zeros((STEPS, LANES), dtype=torch.long)
    logprobs, rewards, values, ends = (torch.zeros((STEPS, LANES)) for _ in range(4))
    now = tensor(envs.reset(seed=seed)[0])
    for _ in range(max(1, frames // (LANES * STEPS))):
        for t in range(STEPS):
            with torch.no_grad():
                logits, values[t] = agent(now)
            law = Categorical(logits=logits)
            obs[t], actions[t] = now, law.sample()
            logprobs[t] = law.log_prob(actions[t])
            after, reward, terminated, truncated, info = envs.step(actions[t].numpy())
            rewards[t], ends[t] = tensor(reward), tensor(terminated | truncated)
            cut = np.flatnonzero(truncated)
            if len(cut):  # value lies beyond a truncation
                with torch.no_grad():
                    beyond = agent(tensor(np.stack(list(info["final_obs"][cut]))))[1]
                rewards[t, cut] += GAMMA * beyond
            now = tensor(after)
        with torch.no_grad():
            following = agent(now)[1]
        advantages, gained = torch.zeros_like(rewards), torch.zeros(LANES)
        for t in reversed(range(STEPS)):
            delta = rewards[t] + GAMMA * following * (1 - ends[t]) - values[t]
            gained = delta + GAMMA * LAMBDA * (1 - ends[t]) * gained
            advantages[t], following = gained, values[t]
        returns = advantages + values
        batch = [part.reshape(STEPS * LANES, *part.shape[2:]) for part in (obs, actions, logprobs, advantages, returns)]
        for _ in range(EPOCHS):
            for rows in torch.randperm(STEPS * LANES).chunk(MINIBATCHES):
                seen, done, before, advantage, target = (part[rows] for part in batch)
                logits, value = agent(seen)
                law = Categorical(logits=logits)
                ratio = (law.log_prob(done) - before).exp()
                advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
                gain = torch.min(ratio * advantage, ratio.clamp(1 - CLIP, 1 + CLIP) * advantage).mean()
                loss = -gain + VALUE * 0.5 * (value - target).square().mean() - ENTROPY * law.entropy().mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), GRAD_NORM)
                optimizer.step()
    return agent.eval()


def policy(agent):
    """The agent as `misgen.evaluate` takes it."""

    @torch.no_grad()
    def ppo_torch(obs):
        seen = tensor(obs)
        logits, values = agent(seen)
        return {"logits": logits, "values": values, "features": agent.trunk(seen)}

    return ppo_torch


def export(agent, family, mix, file):
    """The agent as an ONNX file with the card that `misgen eval onnx:FILE` reads (docs/onnx.md)."""
    example = (torch.zeros((2, agent.trunk[0].in_features)),)
    shapes = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(agent, example, file, dynamo=True, external_data=False, opset_version=18, dynamic_shapes=shapes)
    told = misgen.describe(family)
    law = told["laws"][0]
    card = {"schema_version": 1, "family": told["id"], "knobs": told["knobs"]["defaults"], "law_name": law["name"]}
    card |= {"law": [{"ties": row["ties"], "weight": row["weight"]} for row in law["rows"]], "mix": mix, "seed": 0}
    pathlib.Path(file).with_suffix(".training.json").write_text(json.dumps(card))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("family", nargs="?", default="corner")
    parser.add_argument("--mix", type=float, default=0.0)
    parser.add_argument("--frames", type=int, default=300_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--onnx", metavar="FILE")
    parser.add_argument("--out", metavar="FOLDER", help="where to keep what evaluation found")
    args = parser.parse_args()
    torch.set_num_threads(1)
    agents = [train(args.family, args.mix, args.frames, seed) for seed in range(args.seeds)]
    policies = [policy(agent) for agent in agents]
    law = misgen.describe(args.family)["laws"][0]["name"]
    found = misgen.evaluate(policies, args.family, training_law=law, mix=args.mix, view="ego")
    print(found.table())
    if args.out:
        found.save(args.out)
    if args.onnx:
        if args.mix:
            parser.error("--onnx writes the card of mix 0 only")
        export(agents[0], args.family, args.mix, args.onnx)


if __name__ == "__main__":
    main()
