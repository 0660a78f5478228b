"""A small simulated population holds to the rules; benchmarks/population.py has the large one.

The package of the benchmarks would bring Home Assistant with it, so the file is read alone.
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
import sys

import pytest

RUNNERS = 60
FILE = Path(__file__).parents[2] / "benchmarks" / "population.py"


@pytest.fixture(scope="module")
def population():
    spec = spec_from_file_location("population", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def lives(population):
    return [population.Runner(seed).live() for seed in range(RUNNERS)]


def test_everything_holds_that_must(population, lives):
    assert [each for life in lives for each in life.violations] == []


def test_it_is_a_population_in_which_there_is_something_to_hold(population, lives):
    outcomes = {outcome for life in lives for outcome in life.outcomes}
    kinds = {kind for life in lives for kind in life.kinds}
    assert outcomes == set(population.Outcome)
    assert kinds == set(population.Kinds)
    assert {life.who for life in lives} == set(population.Who)
    assert any(life.is_always_hard for life in lives)
    assert all(life.best == 8 for life in lives if life.who is population.Who.REGULAR)


def test_a_seed_is_one_life(population, lives):
    again = population.Runner(4).live()
    assert (again.walks, again.kinds) == (lives[4].walks, lives[4].kinds)
