"""The demo's home: its folder, and the Home Assistant process that lives in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
import fcntl
import json
import os
from pathlib import Path
import shutil
import signal
import socket
import sys
from typing import IO

from .api import Api
from .errors import DemoError
from .waiting import until

REPOSITORY = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
LOOPBACK = ["lo", "lo0"]
"""What the adapter is called on Linux and elsewhere; Home Assistant is to use no other."""
CONFIGURATION = REPOSITORY / "demo" / "configuration.yaml"
INTEGRATIONS = (
    REPOSITORY / "custom_components" / "retrowalk",
    REPOSITORY / "demo" / "simulated_treadmill",
    REPOSITORY / "demo" / "simulated_speaker",
)
FURNISHED = 2
"""Which furniture a folder has; one with an older one is furnished anew."""
START_WITHIN = 120.0
"""Seconds to RUNNING; 10 are usual, a slow machine's very first start takes longer."""
STOP_WITHIN = 20.0
"""Seconds for an orderly stop; 2 are usual."""
RESTART_EXIT_CODE = 100
"""What Home Assistant exits with when somebody pressed Restart."""

ONBOARDED_BEFORE_THE_USER = ["core_config", "analytics", "integration"]
"""Their steps add integrations that want the internet; the demo's home does without."""


class Home:
    """A folder with Home Assistant's files in it, and the process that uses them."""

    def __init__(self, folder: Path, port: int, configuration: Path = CONFIGURATION) -> None:
        self.folder = folder
        self.port = port
        self._configuration = configuration
        self.url = f"http://{HOST}:{port}"
        self.log = folder / "home-assistant.log"
        self._console = folder / "console.log"
        self._mark = folder / "demo.json"
        self._lock_file = folder / "demo.lock"
        self._lock: IO[str] | None = None
        self._process: asyncio.subprocess.Process | None = None

    # --- the folder ------------------------------------------------------

    @property
    def is_furnished(self) -> bool:
        """Whether the gym, the runners and their past are all in it."""
        return self._furniture == FURNISHED

    @property
    def is_outdated(self) -> bool:
        """Whether what is in it comes from an older demo."""
        return self._furniture not in (0, FURNISHED)

    def furnished(self) -> None:
        """Remember that the set-up went through to its end."""
        self._write_mark(furnished=FURNISHED)

    def take(self) -> None:
        """Make the folder ours until this process and Home Assistant have both ended."""
        if self.folder.exists() and any(self.folder.iterdir()) and not self._mark.exists():
            raise DemoError(f"{self.folder} holds something else than a demo; name another folder.")
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self._mark.exists():
            self._write_mark(furnished=0)
        lock = self._lock_file.open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            url = lock.read().strip()
            lock.close()
            raise DemoError(
                f"This demo is running already, at {url}\n"
                "Stop it there with Ctrl-C, or use another folder with --dir."
            ) from None
        lock.truncate(0)
        lock.write(self.url)
        lock.flush()
        self._lock = lock

    def empty(self) -> None:
        """Delete everything in the folder but its lock. Only a folder that we took."""
        if self._lock is None:
            raise RuntimeError("take the folder first")
        self._write_mark(furnished=0)
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path not in (self._mark, self._lock_file):
                path.unlink()

    @property
    def _furniture(self) -> int:
        """Which furniture is in it; 0 is none, or not all of it."""
        try:
            mark = json.loads(self._mark.read_text(encoding="utf-8"))
            return int(mark["furnished"])
        except FileNotFoundError, ValueError, TypeError, KeyError:
            return 0

    def _write_mark(self, *, furnished: int) -> None:
        self._mark.write_text(json.dumps({"furnished": furnished}) + "\n", encoding="utf-8")

    def _write_files(self) -> None:
        """What Home Assistant must find before it starts."""
        storage = self.folder / ".storage"
        storage.mkdir(exist_ok=True)
        shutil.copyfile(self._configuration, self.folder / "configuration.yaml")
        for name in ("automations.yaml", "scripts.yaml", "scenes.yaml"):
            (self.folder / name).touch()
        self._link_components()
        # An `http:` in YAML is only a trial of five minutes, so the address goes in here.
        self._write_storage(
            "http",
            version=2,
            minor_version=2,
            data={
                "stable": {
                    "server_host": [HOST],
                    "server_port": self.port,
                    "cors_allowed_origins": ["https://cast.home-assistant.io"],
                    "login_attempts_threshold": -1,
                    "ip_ban_enabled": True,
                    "ssl_profile": "modern",
                    "use_x_frame_options": True,
                    "created_at": "2026-01-01T00:00:00+00:00",
                    "error": None,
                    "error_message": None,
                },
                "pending": None,
                "yaml_migration_done": True,
            },
        )
        self._write_storage(
            "core.network", version=1, minor_version=1, data={"configured_adapters": LOOPBACK}
        )
        if not (storage / "onboarding").exists():
            self._write_storage(
                "onboarding",
                version=4,
                minor_version=1,
                data={"done": ONBOARDED_BEFORE_THE_USER},
            )

    def _link_components(self) -> None:
        """Have the integrations in reach, as they are now: Retrowalk, and the demo's own."""
        components = self.folder / "custom_components"
        if components.is_symlink():  # an older demo linked the folder itself
            components.unlink()
        components.mkdir(exist_ok=True)
        # Without this file the repository's own package, which has one, would be imported instead.
        (components / "__init__.py").touch()
        for integration in INTEGRATIONS:
            link = components / integration.name
            link.unlink(missing_ok=True)
            link.symlink_to(integration)

    def _write_storage(
        self, key: str, *, version: int, minor_version: int, data: dict[str, object]
    ) -> None:
        content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
        (self.folder / ".storage" / key).write_text(json.dumps(content, indent=2), "utf-8")

    # --- the process -----------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Home Assistant with its web server up; stopped and gone at the end, however it comes."""
        await self.start()
        try:
            yield
        finally:
            await self.stop()

    async def start(self) -> None:
        """Start the process and wait until its web server answers."""
        self._write_files()
        if self._lock is None:
            raise RuntimeError("take the folder first")
        with self._console.open("wb") as console:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "demo.hass"),
                *("--config", str(self.folder)),
                *("--log-file", str(self.log)),
                "--skip-pip",
                "--log-no-color",
                cwd=self.folder,
                env=_environment(self.port),
                stdin=asyncio.subprocess.PIPE,
                stdout=console,
                stderr=console,
                pass_fds=[self._lock.fileno()],
                # Ctrl-C reaches this process alone, which then stops Home Assistant in order.
                start_new_session=True,
            )
        try:
            await self._wait_for_web_server()
        except BaseException:
            await self.stop()
            raise

    async def _wait_for_web_server(self) -> None:
        async with Api(self.url) as api:

            async def answers() -> bool:
                self._check_alive()
                return await api.is_up()

            await self._until(answers, f"answer at {self.url}")

    async def until_running(self, api: Api) -> None:
        """Wait until Home Assistant says that its start is complete."""

        async def is_running() -> bool:
            self._check_alive()
            return bool((await api.get("/api/config"))["state"] == "RUNNING")

        await self._until(is_running, "complete its start")

    async def _until(self, ask: Callable[[], Awaitable[bool]], what: str) -> None:
        try:
            await until(ask, within=START_WITHIN)
        except TimeoutError:
            raise DemoError(
                f"Home Assistant did not {what} within {START_WITHIN:.0f} s.\n{self._last_words()}"
            ) from None

    def _check_alive(self) -> None:
        if self._process is None or self._process.returncode is not None:
            raise DemoError(f"Home Assistant ended by itself.\n{self._last_words()}")

    async def wait(self) -> int:
        """Wait until the process ends by itself; returns its exit code."""
        if self._process is None:
            raise RuntimeError("not started")
        return await self._process.wait()

    def send(self, signum: signal.Signals) -> None:
        """Send the process a signal, as whoever ends or freezes it does."""
        if self._process is None:
            raise RuntimeError("not started")
        self._process.send_signal(signum)

    async def stop(self) -> None:
        """Stop the process and wait until it is gone."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_WITHIN):
                    await self._process.wait()
        finally:
            # Too slow, or Ctrl-C once more.
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()

    def _last_words(self) -> str:
        """The end of what the process wrote, for a message."""
        lines: list[str] = []
        for path in (self._console, self.log):
            with suppress(FileNotFoundError):
                lines += path.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]
        return "\n".join([f"Its last words (all in {self.folder}):", *lines])


def _environment(port: int) -> dict[str, str]:
    """Ours, with this package in reach and bytecode kept: that halves the start.

    Where Home Assistant cannot have its port, it tries a default one on every address; told that
    its default is the same port, it gives up instead.
    """
    environment = os.environ | {
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONSAFEPATH": "1",
        "SETUP_PORT": str(port),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def is_free(port: int) -> bool:
    """Whether nobody serves this port and a server of ours could."""
    with socket.socket() as caller:
        if caller.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port
