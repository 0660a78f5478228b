"""While somebody walks: what a second costs, that all screens show the same one, and the end."""

from collections import defaultdict
from collections.abc import Iterator

from playwright.sync_api import expect
import pytest

from .conftest import Look, wall_of_ben
from .house import House
from .screen import Screen

NOISE = 500
AT_LEAST_HEARD = 10
"""Home Assistant's frontend takes changes in by the bundle."""
WATCHED_MS = 5000

COUNT_RENDERS = """card => {
  const test = card.$test;
  const own = Object.getPrototypeOf(card);
  const setter = at => Object.getOwnPropertyDescriptor(at, "hass")?.set
    ?? setter(Object.getPrototypeOf(at));
  const set = setter(own);
  Object.assign(test, {renders: 0, heard: 0});
  card.performUpdate = function () { test.renders += 1; return own.performUpdate.call(this); };
  Object.defineProperty(card, "hass", {
    configurable: true,
    set(value) { test.heard += 1; set.call(card, value); },
  });
}"""

WATCH_CHANGES = """async (card, ms) => {
  const numbers = new Map();
  const changes = [];
  const name = node => {
    if (!numbers.has(node)) numbers.set(node, numbers.size);
    const shown = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    return `${numbers.get(node)} ${node.nodeName} of ${shown?.className}`;
  };
  const watch = new MutationObserver(records => {
    for (const each of records) {
      const isText = [...each.addedNodes, ...each.removedNodes].every(
        node => node.nodeType === Node.TEXT_NODE);
      const what = each.type === "childList" && isText ? "text" : each.type;
      changes.push([performance.now(), name(each.target), what, each.attributeName]);
    }
  });
  watch.observe(card.shadowRoot, {
    subtree: true, characterData: true, attributes: true, childList: true,
  });
  await new Promise(done => setTimeout(done, ms));
  watch.disconnect();
  return changes;
}"""

ADD_CARD = """runner => {
  const card = document.createElement("retrowalk-card");
  card.setConfig({type: "custom:retrowalk-card", runner});
  card.hass = document.querySelector("home-assistant").hass;
  document.body.append(card);
}"""
RECONNECT = """() => new Promise(done => {
  const {connection} = document.querySelector("home-assistant").hass;
  connection.addEventListener("ready", done);
  connection.socket.close();
})"""


@pytest.fixture(scope="module")
def walking(house: House, look: Look) -> Iterator[Screen]:
    """The wall while Ben walks on the lane, where no belt's speed has to be shown."""
    house.rest()
    page = look(wall_of_ben(house))
    screen = Screen(page, page.locator("retrowalk-card"))
    house.ben_walks("lane")
    yield screen
    house.rest()


def test_what_does_not_concern_it_draws_nothing(walking: Screen, house: House) -> None:
    """Red when the card draws at each change of any entity: when `hass` is reactive."""
    walking.until("walking_forward")
    walking.run(COUNT_RENDERS)
    house.make_noise(NOISE)
    walking.page.wait_for_function(
        """last => document.querySelector("home-assistant").hass
            .states["sensor.noise"]?.state === last""",
        arg=str(NOISE - 1),
        timeout=10_000,
    )
    assert walking.run("card => card.$test.heard") >= AT_LEAST_HEARD
    assert walking.run("card => card.$test.renders") == 0


def test_a_second_changes_a_text_and_a_turn(walking: Screen) -> None:
    """Red when a second renders anew, flips a class, or a frame's loop turns the ring."""
    walking.until("walking_forward")
    walking.counts_down()  # near its start, and at half time, a phase has one class more to change
    walking.counts_down()
    changes = walking.run(WATCH_CHANGES, WATCHED_MS)

    times: dict[str, list[float]] = defaultdict(list)
    for at, node, what, attribute in changes:
        assert what in ("text", "characterData") or attribute == "style", (node, what, attribute)
        times[node].append(at)
    assert len(times) >= 2  # the digits and the ring: it is not that nothing happens
    for node, at in times.items():
        assert len(at) <= WATCHED_MS / 1000 + 1, (node, at)


def test_two_screens_stay_in_step(walking: Screen, house: House, look: Look) -> None:
    """Red when a screen counts by its own clock, or asks now and then and is not told."""
    page = look(wall_of_ben(house))
    other = Screen(page, page.locator("retrowalk-card"))
    other.until("walking_forward")
    for _ in range(3):
        assert abs(walking.seconds - other.seconds) <= 1
        walking.counts_down()

    other.calm()
    pressed = walking.run("() => Date.now()")
    walking.press("Pause")
    other.until("paused")
    assert other.first_seen("paused") - pressed < 1000
    walking.until("paused")
    assert walking.seconds == other.seconds


def test_a_lost_line_is_taken_up_again(walking: Screen, house: House, look: Look) -> None:
    """Red when the card subscribes once and never again.

    The card stands outside the dashboard, whose cards Home Assistant makes anew by itself.
    """
    page = look(wall_of_ben(house))
    Screen(page, page.locator("retrowalk-card"))  # so the element is known
    page.evaluate(ADD_CARD, house.ben.device_id)
    other = Screen(page, page.locator("body > retrowalk-card"))
    other.until("paused")
    page.evaluate(RECONNECT)
    house.ben_walks("lane")
    walking.until("walking_forward")
    other.until("walking_forward", within_ms=5_000)


def test_a_walk_ends_with_how_hard_it_was(walking: Screen, house: House) -> None:
    """Red when the question is not asked, or its answer does not reach the log."""
    house.tell_ben("skip_phase")
    walking.until("walking_backward")
    walking.says("Backward", "Next")
    walking.counts_down()
    walking.stop.click()

    walking.until("finished")
    walking.says("Done", "min backward", "min this week", "How hard was that?")
    walking.calm()
    chosen = walking.card.get_by_role("radio", name="3, Moderate")
    chosen.click()
    expect(chosen).to_have_attribute("aria-checked", "true")

    walking.until("idle")
    log = house.read("retrowalk.get_sessions", house.ben["switch.session"])
    assert log["sessions"][-1]["effort"] == 3
