"""What is counted: rows of the recorder, bytes written to disk, Python's memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
import gc
import json
import os
from pathlib import Path
import sqlite3
import sys
import tracemalloc
from typing import Any, Final

from .home import Home

# --- rows ----------------------------------------------------------------

_STATES: Final = """
    SELECT states_meta.entity_id, states.state FROM states JOIN states_meta USING (metadata_id)
    WHERE state_id > ? ORDER BY state_id
"""
_EVENTS: Final = """
    SELECT event_types.event_type, event_data.shared_data
    FROM events JOIN event_types USING (event_type_id) LEFT JOIN event_data USING (data_id)
    WHERE event_id > ? ORDER BY event_id
"""
_STATISTICS: Final = """
    SELECT statistics_meta.statistic_id FROM {table}
    JOIN statistics_meta ON {table}.metadata_id = statistics_meta.id WHERE {table}.id > ?
"""
_COUNTED: Final = {
    "states": "state_id",
    "events": "event_id",
    "statistics": "id",
    "statistics_short_term": "id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows that a stretch of time has added to the recorder's database, in order."""

    states: tuple[tuple[str, str], ...]
    """Entity and state."""
    events: tuple[tuple[str, dict[str, Any]], ...]
    """Type and data."""
    statistics: tuple[str, ...]
    """Statistic ids, those of every 5 minutes and those of every hour."""

    def of(self, entities: frozenset[str]) -> Owned:
        """Return what belongs to some entities."""
        return Owned(
            states=tuple(each for each in self.states if each[0] in entities),
            events=tuple(
                (event_type, data["entity_id"])
                for event_type, data in self.events
                if event_type != "call_service" and data.get("entity_id") in entities
            ),
            statistics=sum(each in entities or ":" in each for each in self.statistics),
        )

    @property
    def calls(self) -> int:
        """Return how many actions were called, whoever did."""
        return sum(event_type == "call_service" for event_type, _ in self.events)

    def others(self, entities: frozenset[str]) -> Counter[str]:
        """Return what is neither a call nor of these entities: nothing, or the bench is wrong."""
        return Counter(
            [entity for entity, _ in self.states if entity not in entities]
            + [
                event_type
                for event_type, data in self.events
                if event_type != "call_service"
                and not event_type.startswith("recorder_")  # its own word about its statistics
                and data.get("entity_id") not in entities
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """Rows that belong to one party."""

    states: tuple[tuple[str, str], ...]
    events: tuple[tuple[str, str], ...]
    statistics: int

    def __len__(self) -> int:
        """Return how many rows of states and events it is."""
        return len(self.states) + len(self.events)


async def last_rows(home: Home) -> dict[str, int]:
    """Return the last row of each table; `rows_since` takes it."""
    await home.recorded()
    with _reading(home.database) as database:
        return {
            table: database.execute(f"SELECT max({key}) FROM {table}").fetchone()[0] or 0  # noqa: S608
            for table, key in _COUNTED.items()
        }


async def rows_since(home: Home, before: dict[str, int]) -> Rows:
    """Return the rows that have come since `last_rows`."""
    await home.recorded()
    with _reading(home.database) as database:
        states = database.execute(_STATES, (before["states"],)).fetchall()
        events = database.execute(_EVENTS, (before["events"],)).fetchall()
        statistics = [
            row[0]
            for table in ("statistics", "statistics_short_term")
            for row in database.execute(_STATISTICS.format(table=table), (before[table],))
        ]
    return Rows(
        states=tuple((entity_id, state or "") for entity_id, state in states),
        events=tuple((kind, json.loads(data) if data else {}) for kind, data in events),
        statistics=tuple(statistics),
    )


@contextmanager
def _reading(file: Path) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        yield database
    finally:
        database.close()


def database_bytes(home: Home) -> int:
    """Return the size of the database's pages, those that still wait in its journal included."""
    with _reading(home.database) as database:
        pages: int = database.execute("PRAGMA page_count").fetchone()[0]
        free: int = database.execute("PRAGMA freelist_count").fetchone()[0]
        size: int = database.execute("PRAGMA page_size").fetchone()[0]
    return (pages - free) * size


# --- bytes ---------------------------------------------------------------


@dataclass
class Written:
    """Bytes written to the files of Home Assistant's storage, by the file's name.

    A file is counted whole whenever it is put in its place: renamed or copied there, which is how
    Home Assistant and Retrowalk write. One that is written where it stands is counted when asked.
    """

    by_file: Counter[str] = field(default_factory=Counter)
    _open: set[Path] = field(default_factory=set)
    _copying: Path | None = None

    def total(self, *, of: str) -> int:
        """Return the bytes written to files whose name begins like this."""
        for path in list(self._open):
            self._count(path, path)
        self._open.clear()
        return sum(size for name, size in self.by_file.items() if name.startswith(of))

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Take what the interpreter tells its audit hooks."""
        if event == "os.rename":
            self._count(_path(args[0]), _path(args[1]))
        elif event == "shutil.copyfile":
            self._copying = _path(args[1])
            self._count(_path(args[0]), self._copying)
        elif event == "open" and isinstance(args[0], str | bytes | os.PathLike):
            self._opened(_path(args[0]), args[2])

    def _opened(self, path: Path, flags: int) -> None:
        if not flags & (os.O_WRONLY | os.O_RDWR) or path.parent.name != ".storage":
            return
        if path == self._copying:
            self._copying = None
        else:
            self._open.add(path)

    def _count(self, source: Path, target: Path) -> None:
        if target.parent.name == ".storage" and source.exists():
            self.by_file[target.name] += source.stat().st_size
            self._open.discard(source)
            self._open.discard(target)


def _path(name: str | bytes | os.PathLike[str]) -> Path:
    return Path(os.fsdecode(name))


_listening: list[Written] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    for written in _listening:
        written.hear(event, args)


sys.addaudithook(_hook)  # cannot be taken away again


@contextmanager
def counting_bytes() -> Iterator[Written]:
    """Count what is written to the storage meanwhile."""
    written = Written()
    _listening.append(written)
    try:
        yield written
    finally:
        _listening.remove(written)


def bytes_to_disk() -> int | None:
    """Return the bytes that this process has handed to the system to write; None: not known.

    The database's journal is the most of it: each commit writes every page that it touched.
    """
    try:
        lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return int(dict(line.split(": ") for line in lines)["wchar"])


# --- memory --------------------------------------------------------------


class Memory:
    """Bytes that Python's own allocator has given out since, and not got back."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.kept = 0


@contextmanager
def counting_memory() -> Iterator[Memory]:
    """Count what is kept of what was allocated meanwhile."""
    memory = Memory()
    gc.collect()
    tracemalloc.start()
    try:
        yield memory
        gc.collect()
        memory.kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
