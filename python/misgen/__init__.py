"""misgen: which goal did an agent learn?

Environments in which a proxy predicts the goal (`gymnasium.make("misgen/Corner-v0")`, `make_vec`), evaluation of any
policy under shifts that part the two (`evaluate`, `attribute`), and results as tables (`load`).
"""

from ._attribute import Attribution, attribute
from ._env import MisgenEnv
from ._evaluate import Evaluation, evaluate
from ._families import describe, env_id, families, shifts
from ._load import load
from ._register import register_all
from ._vector import MisgenVectorEnv, make_vec

__all__ = [
    "Attribution",
    "Evaluation",
    "MisgenEnv",
    "MisgenVectorEnv",
    "attribute",
    "describe",
    "env_id",
    "evaluate",
    "families",
    "load",
    "make_vec",
    "shifts",
]

register_all()
