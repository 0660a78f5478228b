"""A demo to look at: a real Home Assistant on loopback, started as its visitor starts it."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
import os
from pathlib import Path
import re
import signal
import subprocess
import threading
import time

import pytest

from demo.api import Api
from demo.home import REPOSITORY, free_port, is_free

DEMO = str(REPOSITORY / "script" / "demo")
READY_WITHIN = 120.0
GONE_WITHIN = 30.0


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="make every cut of test_killed.py")


@dataclass(slots=True, kw_only=True)
class Running:
    """One run of `script/demo`: its process, and what it has said so far."""

    process: subprocess.Popen[str]
    folder: Path
    port: int
    said: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def text(self) -> str:
        return "".join(self.said)

    def until(self, condition: Callable[[], bool], within: float) -> None:
        """Wait for it; fails with what the demo said."""
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, f"not within {within} s; it said:\n{self.text}"
            time.sleep(0.05)

    def until_it_says(self, words: str) -> None:
        self.until(lambda: words in self.text or self.process.poll() is not None, READY_WITHIN)
        assert words in self.text, self.text

    def until_nothing_is_left(self) -> None:
        """Wait until no process has the folder on its command line and the port is free."""
        self.until(lambda: is_free(self.port) and not in_use(self.folder), GONE_WITHIN)

    def end(self, signum: signal.Signals) -> int:
        """Send the signal; returns the exit code."""
        self.process.send_signal(signum)
        return self.process.wait(GONE_WITHIN)


def start(folder: Path, *arguments: str) -> Running:
    """Start `script/demo` as a person would; `folder` is its folder or holds it."""
    port = free_port()
    process = subprocess.Popen(  # noqa: S603 - our own script
        [DEMO, *arguments, "--port", str(port)],
        env=os.environ | {"TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    running = Running(process=process, folder=folder, port=port)
    assert process.stdout is not None
    threading.Thread(target=running.said.extend, args=(process.stdout,), daemon=True).start()
    return running


def visit(folder: Path) -> Running:
    """Start a demo in this folder and wait until it is ready."""
    running = start(folder, "--dir", str(folder))
    running.until_it_says(f"Ready: {running.url}")
    return running


def in_use(folder: Path) -> list[str]:
    """The processes that have the folder on their command line."""
    listing = subprocess.run(
        ["/bin/ps", "-A", "-ww", "-o", "pid=,args="], check=True, capture_output=True, text=True
    ).stdout
    return re.findall(rf"^.*demo.*{re.escape(str(folder))}.*$", listing, re.MULTILINE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a demo that is ready for its first visitor."""
    running = visit(tmp_path_factory.mktemp("demo"))
    yield running
    running.process.kill()
    running.until_nothing_is_left()


@pytest.fixture
async def visitor(demo: Running) -> AsyncIterator[Api]:
    """Return the visitor's connection."""
    async with Api(demo.url) as api:
        await api.sign_in()
        yield api
