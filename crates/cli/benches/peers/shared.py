"""What the learners of other libraries have in common: nets, sizes of rollouts, and a clock."""

import time

ACTIONS = 5
CLIP, VALUE, ENTROPY, GAMMA, LAMBDA, GRAD_NORM, RATE, ADAM_EPS = 0.2, 0.5, 0.01, 0.97, 0.95, 0.5, 7e-4, 1e-5

# Observations are planes of 0 and 1 of a square grid, flat; every net is one tanh trunk with a policy and a value head,
# as misgen's are. (In CleanRL's and purejaxrl's scripts for small inputs actor and critic share nothing.)
GRID = ("size", "planes", "hidden", "envs", "steps", "epochs", "minibatches")
NETS = {
    "mlp 845-256-256": dict(zip(GRID, (13, 5, [256, 256], 128, 128, 4, 16))),
    "mlp 405-64-64": dict(zip(GRID, (9, 5, [64, 64], 64, 64, 3, 4))),
    "mlp 507-128-128-128": dict(zip(GRID, (13, 3, [128, 128, 128], 256, 128, 5, 8))),
}
UPDATES = ["mlp 1352-256-256", "cnn 16-32-32 on 13x13x8"]
# Rows of an update's minibatch, and sides and planes of its observations.
ROWS, SIDE, PLANES = 1024, 13, 8


def best(seconds, part):
    """The best rate of `part`, which does some work and returns how much it was; its first run is not counted."""
    part()
    rate, begun = 0.0, time.perf_counter()
    while True:
        start = time.perf_counter()
        work = part()
        end = time.perf_counter()
        rate = max(rate, work / (end - start))
        if end - begun >= seconds:
            return rate
