"""A real Home Assistant in this process: its folder, its start, its time, its end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
import json
from pathlib import Path
import socket
import sys
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

from homeassistant import bootstrap, loader
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.typing import ConfigType
from homeassistant.runner import configure_event_loop

from . import foreign
from .clock import Loop, set_wall

MONDAY: Final = datetime(2026, 11, 30, 17, 0, 20, tzinfo=UTC)
"""When every home starts: the evening of a Monday that ends a month, whose file is longest then."""
HOST: Final = "127.0.0.1"

# What the package and Retrowalk both find there; neither pays for it. The rest each brings itself.
_FURNITURE: Final[tuple[str, ...]] = (
    "binary_sensor",
    "conversation",
    "history",
    "light",
    "number",
    "recorder",
    "scene",
    "switch",
    "trace",
)


def _named_domains(_hass: HomeAssistant, config: ConfigType) -> set[str]:
    """Set up what the configuration names: not frontend, backup and so on, nor our entry yet."""
    return {cv.domain_key(key) for key in config}


vars(bootstrap).update(_get_domains=_named_domains)


def database_in(folder: Path) -> Path:
    """Return the recorder's file of the home in a folder."""
    return folder / "home-assistant_v2.db"


class Home:
    """One Home Assistant, and the loop by which its time goes."""

    def __init__(self, hass: HomeAssistant, loop: Loop, person: Context) -> None:
        """Know them."""
        self.hass = hass
        self.loop = loop
        self.person = person
        """The context of somebody who presses a button."""

    @property
    def recorder(self) -> Recorder:
        """Return the recorder."""
        return get_instance(self.hass)

    @property
    def database(self) -> Path:
        """Return the recorder's file."""
        return database_in(Path(self.hass.config.config_dir))

    async def start(self) -> None:
        """Say that everything is set up, as Home Assistant does at the end of its start."""
        await self.hass.async_start()
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def recorded(self) -> None:
        """Wait until everything that happened is in the database."""
        await self.settle()
        # Its own async_block_till_done passes over rows that are flushed and not committed.
        committed: asyncio.Future[None] = self.loop.create_future()
        self.recorder.queue_task(SynchronizeTask(committed))
        await committed

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, in no time, and everything happen that is due."""
        async with self.loop.leaping():
            await asyncio.sleep(seconds)
        await self.settle()

    def state(self, entity_id: str) -> str:
        """Return a state that has to be there."""
        state = self.hass.states.get(entity_id)
        if state is None:
            raise LookupError(f"{entity_id} is not there")
        return state.state


def live[T](what: Callable[[Home], Coroutine[Any, Any, T]], folder: Path | None = None) -> T:
    """Do something in a home that has yet to `start`, and return what came of it.

    The home is new where no folder is named, else the one that was lived in there before. Every
    home has an event loop of its own: a Home Assistant that stops leaves its loop unusable.
    """
    if folder is None:
        with TemporaryDirectory(prefix="retrowalk-bench-") as new:
            return live(what, Path(new))

    async def stay() -> T:
        async with _living_in(folder) as home:
            return await what(home)

    with asyncio.Runner(loop_factory=_make_loop) as thread:
        return thread.run(stay())


def _make_loop() -> Loop:
    loop = Loop()
    configure_event_loop(loop)
    return loop


@asynccontextmanager
async def _living_in(folder: Path) -> AsyncIterator[Home]:
    loop = cast("Loop", asyncio.get_running_loop())
    set_wall(MONDAY)
    _listen_on_loopback(folder)
    hass = HomeAssistant(str(folder))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    config: dict[str, Any] = {
        "homeassistant": {"time_zone": "Europe/Berlin", "unit_system": "metric"},
        **{domain: {} for domain in _FURNITURE},
    }
    try:
        if await bootstrap.async_from_config_dict(config, hass) is None:
            raise RuntimeError("Home Assistant did not start")
        await foreign.furnish(hass)
        user = await hass.auth.async_create_user("Ann", group_ids=[GROUP_ID_ADMIN])
        home = Home(hass, loop, Context(user_id=user.id))
        loop.working = [lambda: home.recorder.backlog > 0]
        await home.settle()
        yield home
        await home.recorded()  # a recorder that is stopped while it comes up does not hear of it
    finally:
        loop.working = []
        await hass.async_stop(force=True)
        if str(folder) in sys.path:
            sys.path.remove(str(folder))


def _listen_on_loopback(folder: Path) -> None:
    """Have the web server, which conversation and history need, listen where nobody else can."""
    storage = folder / ".storage"
    storage.mkdir(parents=True, exist_ok=True)
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    stable = {
        "server_host": [HOST],
        "server_port": port,
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": True,
        "ssl_profile": "modern",
        "use_x_frame_options": True,
        "created_at": "2026-01-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }
    data = {"stable": stable, "pending": None, "yaml_migration_done": True}
    content = {"version": 2, "minor_version": 2, "key": "http", "data": data}
    (storage / "http").write_text(json.dumps(content), encoding="utf-8")
