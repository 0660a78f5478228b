"""The dashboard: how it is made, and what stands on it whatever people are called."""

from collections.abc import Iterator

from playwright.sync_api import expect
import pytest

from .conftest import DASHBOARD, PHONE, Look
from .house import House

MARKUP = "<img src=x onerror=alert(1)>"
HOSTILE = f"{MARKUP}Wolfeschlegelsteinhausen🏃مرحبا"
"""As long as the form lets a name be: 60 letters."""
LONGER = f"{MARKUP}{'Wolfeschlegelsteinhausen' * 12}🏃مرحبا"
"""A device may be renamed to anything."""

IMAGES = """() => {
  const found = [];
  const look = (root, ours) => {
    for (const each of root.querySelectorAll("*")) {
      const mine = ours || each.localName.startsWith("retrowalk-");
      if (each.localName === "img" && (mine || each.getAttribute("src") === "x")) found.push(
        each.outerHTML);
      if (each.shadowRoot) look(each.shadowRoot, mine);
    }
  };
  look(document, false);
  return found;
}"""
OVERFLOW = """card => {
  const wide = card.getBoundingClientRect();
  const out = [...card.renderRoot.querySelectorAll("ha-card, .rw, article")].filter(
    each => each.scrollWidth > each.clientWidth + 1).map(each => each.className);
  return wide.right > innerWidth + 1 ? [...out, "card"] : out;
}"""

RUNNERS = """(cards, type) => cards.map(each => each.config).filter(
  config => config?.type === type).map(config => config.runner)"""
WALL = """async id => (await customElements.get("ll-strategy-dashboard-retrowalk").generate(
  {}, document.querySelector("home-assistant").hass
)).views.find(view => view.cards?.[0].runner === id).path"""


def test_a_dashboard_of_ours_is_offered_and_made(idle: House, look: Look) -> None:
    """Red when the file is no resource of the dashboards, or the strategy is not announced."""
    page = look(f"{idle.url}/config/lovelace/dashboards")
    page.get_by_text("Add dashboard").first.click()
    page.get_by_text("Community dashboards").wait_for()
    page.get_by_text("Retrowalk", exact=True).click()
    dialog = page.locator("dialog-lovelace-dashboard-detail")
    dialog.locator("input[name=title]").fill("Our walks")
    dialog.get_by_text("Create", exact=True).click()
    page.get_by_role("link", name="Our walks").wait_for()
    page.goto(f"{idle.url}/our-walks")

    ids = {each.device_id for each in idle.retrowalk.runners.values()}
    for kind in ("retrowalk-card", "retrowalk-week-card"):
        expect(page.locator(kind)).to_have_count(len(ids))
        for n in range(len(ids)):
            expect(page.locator(kind).nth(n).locator("article")).to_be_visible()
        assert set(page.locator("hui-card").evaluate_all(RUNNERS, f"custom:{kind}")) == ids
    for name in idle.retrowalk.runners:
        shows = page.locator("retrowalk-card article").filter(has_text=f"{name} ·")
        expect(shows).to_have_count(1)
    expect(page.locator("hui-error-card")).to_have_count(0)


@pytest.fixture
def hostile(idle: House) -> Iterator[str]:
    """The id of a runner whose name is a page of its own."""
    subentry, device = idle.add_runner(HOSTILE)
    idle.ask("config/device_registry/update", device_id=device, name_by_user=LONGER)
    yield device
    idle.remove_runner(subentry)


def test_a_name_is_a_text(hostile: str, idle: House, look: Look) -> None:
    """Red when a name is put anywhere as markup, or when a long one widens a card."""
    assert (len(HOSTILE), len(LONGER) > 300) == (58, True)
    page = look(f"{idle.url}/{DASHBOARD}", PHONE)
    expect(page.locator("retrowalk-card .eyebrow").filter(has_text=HOSTILE)).to_have_count(1)
    expect(page.locator("hui-heading-card").filter(has_text=LONGER).first).to_be_visible()
    for kind in ("retrowalk-card", "retrowalk-week-card"):
        expect(page.locator(kind)).to_have_count(3)
        for n in range(3):
            card = page.locator(kind).nth(n)
            expect(card.locator("article")).to_be_visible()
            assert card.evaluate(OVERFLOW) == []
    assert page.evaluate(IMAGES) == []

    page.goto(f"{idle.url}/{DASHBOARD}/{page.evaluate(WALL, hostile)}")
    expect(page.locator("retrowalk-card .eyebrow")).to_contain_text(HOSTILE)
    assert page.locator("retrowalk-card").evaluate(OVERFLOW) == []
    assert page.evaluate(IMAGES) == []
