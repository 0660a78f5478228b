"""How the cards look: one walk, seen in each state at three sizes, by day and by night."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, expect
import pytest

from .conftest import (
    ARTIFACTS,
    AXE,
    DASHBOARD,
    LARGE,
    PHONE,
    TABLET,
    Look,
    Size,
    require,
    wall_of_ben,
)
from .house import House
from .screen import Screen

SIZES = (PHONE, TABLET, LARGE)
THEMES = ("light", "dark")
IN_STEP = ("preparing", "ready", "get_ready", "walking_forward", "paused")
"""States in which Stop must not move."""
LOOKED_AT = (
    *("idle", *IN_STEP, "offline", "turning", "finished"),
    *("stop_failed", "week", "week-edit"),
)
LOSE = "card => { card.link.isOffline = true; card.requestUpdate(); }"
FIND = "card => { card.$was ??= card.link.picture; card.link.take(card.$was); delete card.$was; }"
FAIL = """card => {
  card.$was = card.link.picture;
  const failed_stop = {since: card.link.clock.now(), times: 3, plug_told: true};
  card.link.take({...card.$was, failed_stop});
}"""
WALL_FROM = 680
"""From this width of the card on it is meant for a wall."""
TARGET, WALL_TARGET = 44, 72

DRESS = """async isDark => {
  const home = document.querySelector("home-assistant");
  const frame = () => new Promise(done => requestAnimationFrame(done));
  for (const end = Date.now() + 5000; home.hass.themes.darkMode !== isDark; await frame()) {
    if (Date.now() > end) throw new Error("the theme does not follow");
  }
  await frame();
  await frame();
}"""
MEASURE = """card => {
  const box = element => {
    const {x, y, width, height} = element.getBoundingClientRect();
    return [x, y, width, height];
  };
  const all = [...card.renderRoot.querySelectorAll("button, a, input, select, summary")];
  const stop = card.renderRoot.querySelector(".act .stop");
  const middle = stop && box(stop);
  let hit = middle && document.elementFromPoint(
    middle[0] + middle[2] / 2, middle[1] + middle[3] / 2);
  while (hit?.shadowRoot) {
    const next = hit.shadowRoot.elementFromPoint(
      middle[0] + middle[2] / 2, middle[1] + middle[3] / 2);
    if (next === null || next === hit) break;
    hit = next;
  }
  let at = hit;
  while (at && at !== stop) at = at.parentElement ?? at.getRootNode().host;
  return {
    width: card.getBoundingClientRect().width,
    stop: middle,
    is_on_top: stop !== null && at === stop,
    targets: all.map(each => [each.innerText || each.name || each.className, ...box(each)]),
    is_too_wide: [...card.renderRoot.querySelectorAll("ha-card, .rw, article")].some(
      each => each.scrollWidth > each.clientWidth + 1),
  };
}"""
CHECK = """async card => {
  const {passes, violations} = await axe.run(card, {resultTypes: ["violations"]});
  const looked = new Set(passes.map(rule => rule.id));
  if (!looked.has("color-contrast") || !looked.has("aria-allowed-attr")) {
    throw new Error(`it looked at nothing but ${[...looked]}`);
  }
  return violations.flatMap(rule => rule.nodes.map(node => [
    rule.id, node.target.flat().join(" "), node.failureSummary.replaceAll("\\n", " ")]));
}"""


@dataclass(frozen=True, kw_only=True)
class Sight:
    """A card in one state, at one size, in one theme."""

    state: str
    size: Size
    theme: str
    width: float
    stop: list[float] | None
    is_on_top: bool
    targets: list[list[Any]]
    is_too_wide: bool
    violations: list[list[str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.state}-{self.theme}-{self.size[0]}"


def see(page: Page, card: Locator, state: str, *, is_whole: bool = True) -> Iterator[Sight]:
    """Look at a card from all sides; leaves a picture of each."""
    for theme in THEMES:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.evaluate(DRESS, theme == "dark")
        for size in SIZES:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.evaluate(DRESS, theme == "dark")
            found = card.evaluate(MEASURE)
            violations = []
            if size == TABLET and page.evaluate("'axe' in window"):
                violations = card.evaluate(CHECK)
            picture = page if is_whole else card
            picture.screenshot(path=ARTIFACTS / f"{state}-{theme}-{size[0]}.png")
            yield Sight(state=state, size=size, theme=theme, violations=violations, **found)


@pytest.fixture(scope="module")
def sights(house: House, look: Look) -> Iterator[list[Sight]]:
    """One walk of Ben's on the treadmill, seen from all sides, and his week with a walk open."""
    house.rest()
    ARTIFACTS.mkdir(exist_ok=True)
    yield [*_walk(house, look), *_week(house, look)]
    house.rest()


def _walk(house: House, look: Look) -> Iterator[Sight]:
    page = look(wall_of_ben(house))
    learn_axe(page)
    wall = Screen(page, page.locator("retrowalk-card"))

    def seen(state: str) -> Iterator[Sight]:
        wall.until(state)
        yield from see(page, wall.card, state)
        assert wall.state == state, f"{state} was over before it was seen"

    yield from seen("idle")
    house.door(is_open=True)
    wall.says("A start waits for it.")
    wall.start()
    yield from seen("preparing")
    house.door(is_open=False)
    yield from seen("ready")
    wall.go()
    yield from seen("get_ready")
    yield from seen("walking_forward")
    house.belt_runs()
    house.tell_ben("skip_phase")
    yield from seen("turning")
    wall.go()
    wall.until("walking_backward")
    house.belt_runs()
    wall.counts_down()
    wall.press("Pause")
    yield from seen("paused")
    # What takes half a minute to happen is told to the card as if it had.
    wall.run(LOSE)
    yield from seen("offline")
    wall.run(FIND)
    wall.until("paused")
    wall.run(FAIL)
    yield from see(page, wall.card, "stop_failed")
    wall.run(FIND)
    expect(wall.card.locator("dialog")).to_have_count(0)
    wall.stop.click()
    yield from seen("finished")


def _week(house: House, look: Look) -> Iterator[Sight]:
    page = look(f"{house.url}/{DASHBOARD}")
    learn_axe(page)
    week = page.locator("retrowalk-week-card").nth(1)
    week.locator("button.row").last.click()
    edit = week.get_by_role("button", name="Edit")
    expect(edit).to_be_visible()
    yield from see(page, week, "week", is_whole=False)
    edit.click()
    expect(week.get_by_role("button", name="Save")).to_be_visible()
    yield from see(page, week, "week-edit", is_whole=False)


def learn_axe(page: Page) -> None:
    if AXE.exists():
        page.evaluate(AXE.read_text("utf-8"))


def test_each_state_was_seen(sights: list[Sight]) -> None:
    """The others would pass if there were none."""
    assert {each.state for each in sights} == set(LOOKED_AT)
    assert len(sights) == len(LOOKED_AT) * len(SIZES) * len(THEMES)


def test_stop_is_in_sight(sights: list[Sight]) -> None:
    """Red when the card outgrows the view of a wall, or something lies over Stop."""
    wrong = []
    for sight in sights:
        if sight.state not in (*IN_STEP, "turning"):
            continue
        assert sight.stop is not None, str(sight)
        x, y, width, height = sight.stop
        is_inside = x >= 0 and y >= 0 and x + width <= sight.size[0] and y + height <= sight.size[1]
        least = WALL_TARGET if sight.width >= WALL_FROM else TARGET
        if not (is_inside and sight.is_on_top and height >= least):
            wrong.append(f"{sight}: {sight.stop}, on top: {sight.is_on_top}")
    assert wrong == []


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size[0]))
def test_stop_stays_where_it_is(sights: list[Sight], size: Size) -> None:
    """Red when the height of a part depends on what a state has to say."""
    boxes = {str(each): each.stop for each in sights if each.size == size and each.state in IN_STEP}
    first = next(iter(boxes.values()))
    assert first is not None
    moved = {
        name: box
        for name, box in boxes.items()
        if box is None or any(abs(a - b) > 1 for a, b in zip(box, first, strict=True))
    }
    assert moved == {}, f"not at {first}"


def test_a_thumb_meets_everything(sights: list[Sight]) -> None:
    """Red when a control is smaller than 44 px."""
    small = [
        f"{sight}: {name!r} {width:.1f} x {height:.1f}"
        for sight in sights
        for name, _, _, width, height in sight.targets
        if min(width, height) < TARGET - 0.5
    ]
    assert small == []


def test_nothing_is_wider_than_its_card(sights: list[Sight]) -> None:
    """Red when a row of controls does not fit a phone."""
    assert [str(each) for each in sights if each.is_too_wide] == []


@pytest.mark.parametrize("state", LOOKED_AT)
def test_axe_finds_nothing(sights: list[Sight], state: str) -> None:
    """Red when a colour is too faint, a control has no name, or a role is out of place."""
    require(AXE, "script/frontend brings it")
    found = {
        f"{each.theme} {rule} {where}: {why}"
        for each in sights
        if each.state == state
        for rule, where, why in each.violations
    }
    assert sorted(found) == []
