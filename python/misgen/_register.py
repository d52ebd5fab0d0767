"""Registration of every family with Gymnasium."""

from gymnasium.envs.registration import register, registry

from ._families import env_id, families


def register_all() -> None:
    """Registers every family that is not registered yet. `import misgen` does it, and so does
    `gymnasium.make("misgen:misgen/Corner-v0")`."""
    for family in families():
        name = env_id(family)
        if name not in registry:
            register(
                id=name,
                entry_point="misgen._env:MisgenEnv",
                vector_entry_point="misgen._vector:MisgenVectorEnv",
                kwargs={"family": family},
                disable_env_checker=False,
            )
