"""A page of a browser with cards of ours on it: what they say, and what can be pressed."""

from contextlib import suppress
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

WITHIN_MS = 30_000
CALM_MS = 650
"""A control that has just taken the place of another one does nothing for 600 ms."""

# What the tests keep on a card stands in one property, so that it meets nothing of the card's own.
_WATCH = """card => {
  const test = (card.$test ??= {first: {}});
  const look = () => {
    const article = card.renderRoot.querySelector("article");
    const alerts = card.renderRoot.querySelectorAll(".alert").length;
    const now = article && `${article.dataset.state} ${article.className} ${alerts}`;
    if (now === test.now) return;
    test.now = now;
    test.since = Date.now();
    if (article) test.first[article.dataset.state] = test.since;
  };
  new MutationObserver(look).observe(
    card.renderRoot, {subtree: true, childList: true, attributes: true});
  look();
}"""
_IS_OLDER = "([card, ms]) => Date.now() - card.$test.since >= ms"


class Screen:
    """One session card on one page."""

    def __init__(self, page: Page, card: Locator) -> None:
        self.page = page
        self.card = card
        self.article = card.locator("article")
        self.stop = card.get_by_role("button", name="Stop", exact=True)
        expect(self.article).to_be_visible(timeout=WITHIN_MS)
        self.run(_WATCH)

    def run(self, function: str, argument: Any = None) -> Any:
        """Run JavaScript with the card's element as its first argument."""
        return self.card.evaluate(function, argument)

    # --- what it says ----------------------------------------------------

    @property
    def state(self) -> str:
        return self.article.get_attribute("data-state") or ""

    @property
    def text(self) -> str:
        return self.article.inner_text()

    @property
    def seconds(self) -> int:
        """What its digits say, in seconds."""
        said = self.card.locator(".count").inner_text()
        minutes, _, seconds = said.rpartition(":")
        return int(minutes or 0) * 60 + int(seconds)

    def until(self, *states: str, within_ms: int = WITHIN_MS) -> None:
        wanted = re.compile(f"^({'|'.join(states)})$")
        expect(self.article).to_have_attribute("data-state", wanted, timeout=within_ms)

    def says(self, *words: str) -> None:
        for each in words:
            expect(self.article).to_contain_text(each, timeout=5_000)

    def counts_down(self) -> None:
        """Wait until its digits show at least one second less, and not many."""
        before = self.seconds
        expect(self.card.locator(".count")).not_to_have_text(
            self.card.locator(".count").inner_text(), timeout=2_500
        )
        assert before - 3 <= self.seconds < before

    def first_seen(self, state: str) -> float:
        """When it showed this state, in ms since 1970."""
        at: float = self.run("(card, state) => card.$test.first[state] ?? NaN", state)
        return at

    # --- what is pressed -------------------------------------------------

    def calm(self) -> None:
        """Wait until its controls have been what they are for long enough to be meant."""
        self.until_older(CALM_MS)

    def press(self, name: str) -> None:
        self.calm()
        self.card.get_by_role("button", name=name, exact=True).click(timeout=5_000)

    def start(self) -> None:
        """Press what begins a walk, whatever today's advice is."""
        self.calm()
        begins = re.compile("^(Start$|Dedicated)")
        self.card.get_by_role("button", name=begins).first.click(timeout=5_000)

    def go(self, name: str = "Go", *, again: bool = True) -> None:
        """Press what lets a belt move, once it counts: 2 s after the belt was seen to wait.

        Where it is refused, press again, as a person does.
        """
        button = self.card.get_by_role("button", name=name, exact=True)
        button.wait_for(timeout=WITHIN_MS)
        self.until_older(2_300)
        for _ in range(5 if again else 1):
            self.press(name)
            with suppress(AssertionError):
                expect(button).to_have_count(0, timeout=1_500)
                return
        raise AssertionError(f"{name} was pressed, and it is still {self.state}: {self.text}")

    def until_older(self, ms: int) -> None:
        """Wait until the card has shown what it shows for so long."""
        self.page.wait_for_function(
            _IS_OLDER,
            arg=[self.card.element_handle(), ms],
            timeout=WITHIN_MS,
        )
