"""Reads and writes files.

Files worth keeping (`KeptFile`, of which book.py makes a runner's ledger), one small file for each
walk that goes on, one for what each gym's room was, one for its belt. Before a file worth keeping
is replaced, the good one is copied aside; a damaged file is set aside until its runner is removed,
and its copy is read instead. A file of a newer version is left alone and the set-up refuses.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
import logging
from pathlib import Path
import shutil
from typing import Any, Final

from homeassistant.core import HomeAssistant, State, callback
from homeassistant.exceptions import ConfigEntryError, HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import (
    STORAGE_DIR,
    Store,
    UnsupportedStorageVersionError,
    get_internal_store_manager,
)
from homeassistant.util import dt as dt_util

from .coach.refused import Refused
from .const import DOMAIN
from .gym.profile import BeltProfile
from .gym.room import PreparedBy, RoomState

_LOGGER = logging.getLogger(__name__)

VERSION: Final = 1
COPY: Final = ".previous"
DAMAGE: Final = (
    *(ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError),
    Refused,
)
"""What is raised by whoever reads a file that holds something else than it should."""


class NotWrittenError(HomeAssistantError):
    """The disk did not take a file."""


class _HonestStore(Store[dict[str, Any]]):
    """Home Assistant's store, which logs a failed write and returns as if it had written."""

    failure: Exception | None = None

    async def _async_write_data(self, data: dict[str, Any]) -> None:
        try:
            await super()._async_write_data(data)
        except Exception as err:
            self.failure = err
            raise

    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        """Hand an older file on as it is, marked with its version; its reader knows what it was.

        A file of a newer minor version is only more than we know of.
        """
        if not 1 <= old_major_version <= self.version:
            raise NotImplementedError(f"there never was a version {old_major_version}")
        if old_major_version == self.version:
            return old_data
        return {"version": old_major_version, "was": old_data}


class Found(Enum):
    """What was found of a file."""

    NOTHING = auto()
    """There never was one."""
    GOOD = auto()
    COPY = auto()
    """It was damaged; this is the good one before it, without its last change."""
    LOST = auto()
    """It was damaged, and so was its copy or there was none."""


class KeptFile:
    """A file that is worth keeping: replaced as a whole, with the good one before it as a copy."""

    def __init__(self, hass: HomeAssistant, key: str, version: int = VERSION) -> None:
        """Name the files; nothing is read yet."""
        self.key = key
        self._hass = hass
        self._store = _store(hass, key, version)
        self._copy = _store(hass, key + COPY, version)
        self._has_good_file = False

    async def load[T](self, decode: Callable[[dict[str, Any]], T]) -> tuple[T | None, Found]:
        """Return what `decode` makes of the file, or of its copy where the file is damaged.

        Raises ConfigEntryError where a newer version of Retrowalk wrote it or nobody can read it.
        A damaged file is set aside; `restore` puts its copy in its place.
        """
        existed, had_copy = await self._hass.async_add_executor_job(
            _exist, Path(self._store.path), Path(self._copy.path)
        )
        if not existed and not had_copy:
            return None, Found.NOTHING
        if (value := await self._read(self._store, decode)) is not None:
            self._has_good_file = True
            return value, Found.GOOD
        if (value := await self._read(self._copy, decode)) is not None:
            return value, Found.COPY
        return None, Found.LOST

    async def restore(self) -> None:
        """Put the copy in the place of a file that was set aside."""
        await self._hass.async_add_executor_job(
            _copy_if_there, Path(self._copy.path), Path(self._store.path)
        )
        self._has_good_file = True

    async def save(self, data: dict[str, Any]) -> None:
        """Write the file, keeping the good one before it as the copy.

        Raises NotWrittenError where the disk does not take it.
        """
        if self._has_good_file:
            await self._hass.async_add_executor_job(
                _copy_if_there, Path(self._store.path), Path(self._copy.path)
            )
        self._store.failure = None
        try:
            await self._store.async_save(data)
        except OSError as err:
            self._store.failure = err
        if self._store.failure is not None:
            raise NotWrittenError from self._store.failure
        self._has_good_file = True

    async def remove(self) -> None:
        """Delete the file, its copy first: a copy without its file would be read in its place.

        Raises NotWrittenError where the disk does not let it go.
        """
        try:
            await self._copy.async_remove()
            await self._store.async_remove()
        except OSError as err:
            raise NotWrittenError from err
        self._has_good_file = False

    async def _read[T](
        self, store: Store[dict[str, Any]], decode: Callable[[dict[str, Any]], T]
    ) -> T | None:
        # Home Assistant knows which files were there when it started; a copy may be newer.
        get_internal_store_manager(self._hass).async_invalidate(store.key)
        try:
            with _refusing(store):
                if (data := await store.async_load()) is not None:
                    return await self._hass.async_add_executor_job(decode, data)
                existed = await self._hass.async_add_executor_job(Path(store.path).exists)
                if not existed:  # it was not JSON, and the store has set it aside by itself
                    return None
                raise ValueError("nothing stands in it")
        except DAMAGE as err:
            # Valid JSON that is nothing of ours; what is not JSON the store sets aside by itself.
            aside = await _set_aside(self._hass, store)
            _LOGGER.error("%s holds something else (%r); it is kept as %s", store.key, err, aside)
            return None


class RoomStore:
    """The file that says what a gym's lights were before a walk.

    A disk that does not take it keeps nobody from walking in the light.
    """

    def __init__(self, hass: HomeAssistant, gym_id: str) -> None:
        """Name the file; nothing is read yet."""
        self._hass = hass
        self._store = _store(hass, f"{DOMAIN}.{gym_id}.room")

    async def load(self) -> RoomState | None:
        """Return what the room was; None where nothing is kept or nobody can read it.

        Unlike a ledger it is worth nothing tomorrow: an unreadable one is given up.
        """
        try:
            data = await self._store.async_load()
            if data is None:
                return None
            lights = [dict(each) for each in data["was"]]
            for each in lights:  # what is no state is no room
                State(each["entity_id"], str(each["state"]), dict(each["attributes"]))
            return RoomState(lights, PreparedBy(data["by"]))
        except (HomeAssistantError, NotImplementedError, OSError) as err:
            _LOGGER.warning("What the room was before the last walk cannot be read: %r", err)
            return None
        except (AttributeError, KeyError, TypeError, ValueError) as err:
            _LOGGER.warning("What the room was before the last walk is not known: %r", err)
            return None

    async def keep(self, was: RoomState | None) -> None:
        """Write what the room was, or forget it."""
        try:
            if was is None:
                await self._store.async_remove()
            else:
                await self._store.async_save({"was": was.lights, "by": was.by.value})
        except OSError as err:
            _LOGGER.warning("%s cannot be written: %s", self._store.key, err)

    async def remove(self) -> None:
        """Delete the file and whatever was set aside of it."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(_remove_aside, Path(self._store.path))


class BeltStore:
    """The file that says what a gym has learnt of its belt, and whether it moved it."""

    def __init__(self, hass: HomeAssistant, gym_id: str) -> None:
        """Name the file; nothing is read yet."""
        self._hass = hass
        self._store = _store(hass, f"{DOMAIN}.{gym_id}.belt")

    async def load(self) -> BeltProfile:
        """Return what is known of the belt.

        A file that nobody can read may be of a belt that was moved: it is stopped, which leaves a
        still belt still. What was learnt is learnt again.
        """
        path = Path(self._store.path)
        existed = await self._hass.async_add_executor_job(path.exists)
        try:
            data = await self._store.async_load()
            if data is not None:
                return BeltProfile.from_dict(data)
        except (HomeAssistantError, OSError, *DAMAGE) as err:
            _LOGGER.warning("What was known of the belt cannot be read: %r", err)
        return BeltProfile(moved=existed)

    async def keep(self, profile: BeltProfile) -> None:
        """Write what is known; raises NotWrittenError where the disk does not take it."""
        self._store.failure = None
        try:
            await self._store.async_save(profile.as_dict())
        except OSError as err:
            self._store.failure = err
        if self._store.failure is not None:
            raise NotWrittenError from self._store.failure

    async def remove(self) -> None:
        """Delete the file and whatever was set aside of it."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(_remove_aside, Path(self._store.path))


class RunningStore:
    """The small file of what is not over: a runner's walk that goes on, questions not answered.

    Written often and in passing: the latest wins, and nobody waits for it but `flush`.
    """

    def __init__(self, hass: HomeAssistant, runner_id: str) -> None:
        """Name the file; nothing is read yet."""
        self._hass = hass
        self._store = _store(hass, f"{DOMAIN}.{runner_id}.running")
        self._wanted: dict[str, Any] | None = None
        self._is_written = True
        self._writer: asyncio.Task[None] | None = None

    async def load(self) -> dict[str, Any] | None:
        """Return what was kept; None where nothing was, or the file is damaged and set aside.

        Raises ConfigEntryError where nobody can read it, or a newer Retrowalk wrote it.
        """
        path = Path(self._store.path)
        existed = await self._hass.async_add_executor_job(path.exists)
        with _refusing(self._store):
            data = await self._store.async_load()
        if existed and data is None:
            self.report_lost()
        return data

    async def set_aside(self) -> None:
        """Keep a file that holds no walk for whoever wants to look into it, and report it."""
        await _set_aside(self._hass, self._store)
        self.report_lost()

    def report_lost(self) -> None:
        """Say that the walk which was going on cannot be read any more."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"walk_lost_{self._store.key}",
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key="walk_lost",
            translation_placeholders={"file": self._store.key},
        )

    @callback
    def keep(self, data: dict[str, Any] | None) -> None:
        """Have this written soon; None forgets the file."""
        self._wanted, self._is_written = data, False
        if self._writer is None or self._writer.done():
            self._writer = self._hass.async_create_task(
                self._write(), f"retrowalk: write {self._store.key}", eager_start=False
            )

    async def flush(self) -> None:
        """Return when what was last wanted is on disk, or the disk did not take it."""
        if self._writer is not None:
            await asyncio.shield(self._writer)

    async def remove(self) -> None:
        """Delete the file and whatever was set aside of it."""
        await self.flush()
        await self._store.async_remove()
        await self._hass.async_add_executor_job(_remove_aside, Path(self._store.path))
        ir.async_delete_issue(self._hass, DOMAIN, f"walk_lost_{self._store.key}")

    async def _write(self) -> None:
        while not self._is_written:
            self._is_written = True
            try:
                if self._wanted is None:
                    await self._store.async_remove()
                else:
                    await self._store.async_save(self._wanted)
            except OSError as err:  # a walk goes on without a disk; a crash costs more of it then
                _LOGGER.warning("%s cannot be written: %s", self._store.key, err)


async def remove_all(hass: HomeAssistant, gym_id: str, runner_ids: Iterable[str]) -> None:
    """Delete every file of a gym and its runners."""
    await RoomStore(hass, gym_id).remove()
    await BeltStore(hass, gym_id).remove()
    for runner_id in runner_ids:
        await remove_files(hass, runner_id)


async def remove_files(hass: HomeAssistant, of: str) -> None:
    """Delete every file of a runner, with their copies and what was set aside of them."""
    for key in await keys(hass, of):
        await _store(hass, key).async_remove()
    await hass.async_add_executor_job(_delete, hass, {of}.__contains__)
    registry = ir.async_get(hass)
    for domain, issue_id in list(registry.issues):
        if domain == DOMAIN and f"_{DOMAIN}.{of}." in f"{issue_id}.":
            ir.async_delete_issue(hass, DOMAIN, issue_id)


async def keys(hass: HomeAssistant, of: str) -> list[str]:
    """Return the keys of every file of a runner that is on disk."""
    storage = Path(hass.config.path(STORAGE_DIR))
    name = f"{DOMAIN}.{of}"

    def find() -> list[str]:
        files = (file for file in storage.glob(f"{name}*") if file.is_file())
        return sorted(file.name for file in files if f"{file.name}.".startswith(f"{name}."))

    return await hass.async_add_executor_job(find)


async def sweep(hass: HomeAssistant) -> None:
    """Delete the files of runners and gyms that were removed while nobody was there to see it."""
    known = {
        each
        for entry in hass.config_entries.async_entries(DOMAIN)
        for each in (entry.entry_id, *entry.subentries)
    }

    await hass.async_add_executor_job(_delete, hass, lambda owner: owner not in known)


def _delete(hass: HomeAssistant, is_meant: Callable[[str], bool]) -> None:
    """Delete the files whose owner, a runner or a gym, is meant."""
    for file in Path(hass.config.path(STORAGE_DIR)).glob(f"{DOMAIN}.*"):
        if file.is_file() and is_meant(file.name.split(".")[1]):
            file.unlink()


@contextmanager
def _refusing(store: Store[dict[str, Any]]) -> Iterator[None]:
    """Refuse the set-up where a file is there and nobody here can read it."""
    try:
        yield
    except UnsupportedStorageVersionError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="store_is_newer",
            translation_placeholders={
                "file": err.storage_key,
                "version": str(err.found_version),
                "known": str(err.max_supported_version),
            },
        ) from err
    except (HomeAssistantError, OSError) as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key="store_unreadable",
            translation_placeholders={"file": store.key, "error": str(err)},
        ) from err


async def _set_aside(hass: HomeAssistant, store: Store[dict[str, Any]]) -> str:
    """Keep a file that holds something else than it should; return its new name."""
    path = Path(store.path)
    aside = path.with_name(f"{path.name}.corrupt.{dt_util.utcnow().isoformat()}")
    await hass.async_add_executor_job(path.rename, aside)
    return aside.name


def _store(hass: HomeAssistant, key: str, version: int = VERSION) -> _HonestStore:
    return _HonestStore(hass, version, key, atomic_writes=True)


def _exist(*paths: Path) -> list[bool]:
    return [path.exists() for path in paths]


def _remove_aside(path: Path) -> None:
    for aside in path.parent.glob(f"{path.name}*.corrupt.*"):
        aside.unlink()


def _copy_if_there(source: Path, target: Path) -> None:
    """Copy a file in place of another, which stays where there is no room for both."""
    beside = target.with_name(f"{target.name}.new")
    try:
        shutil.copyfile(source, beside)
        beside.replace(target)
    except FileNotFoundError:
        return
    except OSError as err:  # the older copy stays, and the new file is written all the same
        _LOGGER.warning("%s could not be copied: %s", source, err)
        with suppress(OSError):
            beside.unlink(missing_ok=True)
