from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def root() -> Path:
    """The clone that the package was built from."""
    return ROOT


MOVES = [(-1, 0), (0, -1), (1, 0), (0, 1)]


def nearest(planes: np.ndarray, walls: int, agent: int, wanted: int) -> int:
    """The first move of a shortest way to a cell of a channel; 4 (stay) where there is none."""
    rows, columns = planes.shape[1:]
    if not planes[agent].any():
        return 4
    start = tuple(np.argwhere(planes[agent])[0])
    queue, seen = [(start, 4)], {start}
    for cell, first in queue:
        if planes[wanted][cell]:
            return first
        for move, (down, right) in enumerate(MOVES):
            there = (cell[0] + down, cell[1] + right)
            inside = 0 <= there[0] < rows and 0 <= there[1] < columns
            if inside and not planes[walls][there] and there not in seen:
                seen.add(there)
                queue.append((there, move if cell == start else first))
    return 4


@pytest.fixture
def walker():
    """A policy that walks to the nearest cell of a channel of `corner`: wall, agent, cheese."""

    def act(obs: np.ndarray) -> np.ndarray:
        return np.array([nearest(planes, 0, 1, 2) for planes in obs])

    return act
