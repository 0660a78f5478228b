"""When Home Assistant goes away in the middle of a walk, and comes back."""

from collections.abc import Iterator
import signal

from playwright.sync_api import expect
import pytest

from tests.live.conftest import Running, visit

from .conftest import Look, hang_up, wall_of_ben
from .house import House
from .screen import Screen

SILENT_MS = 5000
"""A shorter absence is not shown."""
UNKNOWN = "\N{EN DASH}:\N{EN DASH}\N{EN DASH}"
SHOWN_MS = SILENT_MS + 1000

MARK = """() => {
  window.isTheSamePage = true;
  document.querySelector("home-assistant").hass.connection.addEventListener(
    "disconnected", () => { window.left ??= Date.now(); });
}"""


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A demo of its own, whose Home Assistant may go."""
    running = visit(tmp_path_factory.mktemp("home"))
    yield running
    running.process.send_signal(signal.SIGCONT)
    running.end(signal.SIGINT)
    running.until_nothing_is_left()


def test_a_walk_outlives_a_restart(home: Running, look: Look) -> None:
    """A restart that takes its time, in which somebody presses Stop.

    Red when the digits go on without a connection, when the page has to be loaded anew, or when
    the Stop is forgotten. Home Assistant makes the dashboard anew after a restart: the card that
    is seen afterwards may be another one.
    """
    with House(home.url) as house:
        hang_up(house)
        page = look(wall_of_ben(house))
        wall = Screen(page, page.locator("retrowalk-card"))
        house.ben_walks("lane")
        wall.until("walking_forward")
        page.evaluate(MARK)
        home.process.send_signal(signal.SIGSTOP)  # it is what starts Home Assistant again
        house.act("homeassistant.restart")

    wall.until("offline")
    assert SILENT_MS <= wall.first_seen("offline") - page.evaluate("window.left") < SHOWN_MS
    wall.says("No connection", UNKNOWN, "To stop, pull the safety key.")
    expect(wall.card.get_by_role("button")).to_have_count(1)
    background = wall.stop.evaluate("button => getComputedStyle(button).backgroundColor")
    assert background == "rgba(0, 0, 0, 0)"  # hollow
    wall.stop.click()
    wall.says("Sent once back online")

    home.process.send_signal(signal.SIGCONT)
    wall.until("idle", within_ms=60_000)
    assert page.evaluate("window.isTheSamePage") is True
    with House(home.url) as house:
        house.ben_is("idle")
