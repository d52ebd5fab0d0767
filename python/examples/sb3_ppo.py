"""Stable-Baselines3's PPO: python sb3_ppo.py [FAMILY] [--mix 0] [--frames N] [--seeds 5] [--out FOLDER]"""

import argparse

import torch
from stable_baselines3 import PPO

import misgen
from misgen.sb3 import Sb3VecEnv


def train(family, mix, frames, seed):
    """A model that learned in `family`; its settings are those of misgen's default agent where there are such."""
    envs = Sb3VecEnv(misgen.make_vec(family, 64, mix=mix, view="ego"), seed=seed)
    model = PPO(
        "MlpPolicy", envs, seed=seed, device="cpu", n_steps=64, batch_size=1024, n_epochs=3, learning_rate=7e-4,
        gamma=0.97, gae_lambda=0.95, ent_coef=0.01, policy_kwargs={"net_arch": [64, 64]},
    )  # fmt: skip
    return model.learn(frames)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("family", nargs="?", default="corner")
    parser.add_argument("--mix", type=float, default=0.0)
    parser.add_argument("--frames", type=int, default=300_000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--out", metavar="FOLDER", help="where to keep what evaluation found")
    args = parser.parse_args()
    torch.set_num_threads(1)
    models = [train(args.family, args.mix, args.frames, seed) for seed in range(args.seeds)]
    law = misgen.describe(args.family)["laws"][0]["name"]
    found = misgen.evaluate(models, args.family, training_law=law, mix=args.mix, view="ego", name="ppo-sb3")
    print(found.table())
    if args.out:
        found.save(args.out)


if __name__ == "__main__":
    main()
