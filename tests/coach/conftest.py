"""Lets the coach be tested without Home Assistant.

Importing the integration would run its `__init__`, and with that Home Assistant. So an empty
package stands in its place, from which only the coach is ever read. `script/test` keeps Home
Assistant's plugin and the fixtures that build on it out of this process.
"""

from collections.abc import Iterator
from pathlib import Path
import sys
from types import ModuleType

from hypothesis import Phase, settings
import pytest

INTEGRATION = Path(__file__).parents[2] / "custom_components" / "retrowalk"

_stand_in = ModuleType("custom_components.retrowalk")
_stand_in.__path__ = [str(INTEGRATION)]
sys.modules.setdefault(_stand_in.__name__, _stand_in)

# The same examples each time, so that what is red is red for everyone. To look further:
# script/test tests/coach --hypothesis-profile=soak
settings.register_profile(
    "coach",
    max_examples=200,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    phases=set(Phase) - {Phase.explain},  # minutes, to colour what is short anyway
)
settings.register_profile("soak", max_examples=5000, stateful_step_count=100, deadline=None)
settings.load_profile("coach")


@pytest.fixture(scope="session", autouse=True)
def _no_home_assistant() -> Iterator[None]:
    """Nothing that these tests touch has brought Home Assistant into the process."""
    yield
    found = [name for name in sys.modules if name.partition(".")[0] == "homeassistant"]
    assert not found, "the coach was not alone; run script/test tests/coach"
