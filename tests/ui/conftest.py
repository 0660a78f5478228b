"""A browser, a demo for it to look at, and an ear for everything that the pages complain of."""

from collections.abc import Callable, Iterator
import os
from pathlib import Path
import signal

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    sync_playwright,
)
import pytest

from demo.home import REPOSITORY
from tests.live.conftest import Running, visit

from .house import House
from .screen import Screen

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
AXE = REPOSITORY / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
ARTIFACTS = Path(__file__).parent / "artifacts"
"""What the screens looked like; not kept."""
DASHBOARD = "tablet-on-the-wall"
PHONE, TABLET, LARGE = (360, 740), (1280, 800), (1920, 1080)

type Size = tuple[int, int]
type Look = Callable[..., Page]


def require(file: Path, how: str) -> None:
    """Skip what needs a file that is not there; where tests are a duty, fail."""
    if file.exists():
        return
    said = f"{file} is not there: {how}"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    require(CHROMIUM, "install Debian's chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


# --- complaints ------------------------------------------------------------


class Ear:
    """Hears what a page complains of, and keeps what concerns us."""

    def __init__(self) -> None:
        self.complaints: list[str] = []

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._take("error", f"{error} {error.stack}"))
        page.on("console", self._console)
        page.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert"):
            self._take(message.type, f"{message.text} {message.location}")

    def _dialog(self, dialog: Dialog) -> None:
        """Nothing of ours ever asks in one."""
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _take(self, kind: str, said: str) -> None:
        if "retrowalk" in said.lower():
            self.complaints.append(f"{kind}: {said}")


@pytest.fixture(scope="session")
def ear() -> Ear:
    return Ear()


@pytest.fixture(autouse=True)
def nothing_complains(ear: Ear) -> Iterator[None]:
    """Fail each test in which a page wrote an error or a warning of ours to its console."""
    ear.complaints.clear()
    yield
    assert ear.complaints == []


# --- what is looked at -----------------------------------------------------


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = visit(tmp_path_factory.mktemp("demo"))
    yield running
    running.end(signal.SIGINT)
    running.until_nothing_is_left()


@pytest.fixture(scope="session")
def house(demo: Running) -> Iterator[House]:
    """The demo, with a dashboard of ours in it."""
    with House(demo.url) as house:
        hang_up(house)
        yield house


def hang_up(house: House) -> None:
    """Make the dashboard, as its dialog does."""
    house.ask("lovelace/dashboards/create", url_path=DASHBOARD, title="Walks", mode="storage")
    strategy = {"strategy": {"type": "custom:retrowalk"}}
    house.ask("lovelace/config/save", url_path=DASHBOARD, config=strategy)


@pytest.fixture
def idle(house: House) -> Iterator[House]:
    """The house while nobody walks; nobody does afterwards either."""
    house.rest()
    yield house
    house.rest()


@pytest.fixture(scope="module")
def look(browser: Browser, ear: Ear) -> Iterator[Look]:
    """Return a function that opens an address in a browser of its own, closed after the module."""
    opened: list[BrowserContext] = []

    def opens(url: str, size: Size = TABLET, theme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if theme == "dark" else "light",
            locale="en-GB",
        )
        opened.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        ear.listen(page)
        page.goto(url)
        page.locator("home-assistant-main").wait_for(state="attached")  # it has signed in
        return page

    yield opens
    for each in opened:
        each.close()


def wall_of_ben(house: House) -> str:
    """The address of the view that shows Ben's session alone."""
    return f"{house.url}/{DASHBOARD}/{house.ben.device_id}"


@pytest.fixture
def wall(idle: House, look: Look) -> Screen:
    """Ben's session on the wall, while nobody walks."""
    page = look(wall_of_ben(idle))
    return Screen(page, page.locator("retrowalk-card"))
