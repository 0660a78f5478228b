"""A session led from the card alone: with a finger, and with nothing but keys."""

from playwright.sync_api import Page

from .house import House
from .screen import Screen

FOCUSED = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const style = getComputedStyle(at);
  return {
    text: at.getRootNode().host?.tagName === "RETROWALK-CARD" ? at.innerText.trim() : "",
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
  };
}"""
MOST_TABS = 60


def test_a_session_is_led_by_a_finger(wall: Screen, idle: House) -> None:
    """Red when a state shows another one's words, or a button does not do what it says.

    The last press is red when "The belt stands still." is said before that is proven.
    """
    wall.until("idle")
    idle.door(is_open=True)
    wall.says("Gym door: Something is in the way. A start waits for it.")
    wall.start()

    wall.until("preparing")
    wall.says("Waiting", "Gym door", "Something is in the way", "Gives up in")
    wall.counts_down()
    idle.door(is_open=False)

    wall.until("ready")
    wall.says("Ready", "Path is clear. Say go, or press Go.", "The belt will start.", "Cancels in")
    assert wall.seconds > 170
    wall.counts_down()
    wall.go()

    wall.until("get_ready")
    wall.says("Get ready", "It starts when this reaches 0", "Pause", "Stop")
    assert wall.seconds <= 5
    wall.counts_down()

    wall.until("walking_forward")
    wall.says("Forward", "Next", "Turn round", "km/h", "min to go")
    assert 175 <= wall.seconds <= 180
    wall.counts_down()
    idle.belt_runs()

    wall.press("Pause")
    wall.until("paused")
    wall.says("Paused", "You paused it", "Resume")
    left = wall.seconds
    wall.says("The belt stands still.")
    wall.go("Resume", again=False)

    wall.until("get_ready")
    wall.stop.click()
    wall.until("idle")
    assert 170 < left < 180


def test_keys_are_enough(wall: Screen, idle: House) -> None:
    """Red when a control is no button, when its focus is not seen, or Space does not press Stop."""
    wall.until("idle")
    begins = "Start" if wall.card.get_by_role("button", name="Start").count() else "Dedicated"
    assert tab_to(wall.page, begins) > 0
    wall.calm()
    wall.page.keyboard.press("Enter")

    wall.until("ready")
    assert tab_to(wall.page, "Go") > 0
    wall.until_older(2_300)
    wall.page.keyboard.press("Enter")

    wall.until("get_ready")
    assert tab_to(wall.page, "Stop") > 0
    wall.page.keyboard.press("Space")
    wall.until("idle")


def tab_to(page: Page, name: str) -> float:
    """Press Tab until the control of that name has the focus; returns how thick its outline is."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["text"].startswith(name):
            outline: float = focused["outline"]
            return outline
    raise AssertionError(f"no Tab leads to {name}")
