"""Ledger files survive what happens to files. Real files: the test tools' storage is put aside."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util.file import WriteError

from .conftest import MakeWorld, World

ONE = ({"name": "Ann", "level": 6, "weekly_goal": 45},)


@pytest.fixture
async def world(files: Path, make_world: MakeWorld) -> World:
    """Return a gym with one runner, who has walked twice."""
    world = await make_world(runners=ONE)
    await log(world, "2026-11-16T09:00:00+00:00", 10)
    await log(world, "2026-11-16T10:00:00+00:00", 12)
    return world


async def log(world: World, when: str, minutes: float) -> None:
    await world.call("log_session", {"when": when, "minutes": minutes})


def ledger_file(files: Path, world: World, ending: str = "") -> Path:
    """Return the file of the month in which the world's walks were."""
    (runner_id,) = world.entry.subentries
    return files / f"retrowalk.{runner_id}.2026-11{ending}"


async def again(world: World) -> None:
    """Let Home Assistant read everything anew."""
    if world.entry.state is ConfigEntryState.NOT_LOADED:
        await world.hass.config_entries.async_setup(world.entry.entry_id)
    else:
        await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.hass.async_block_till_done()


def issues(world: World) -> list[tuple[str | None, dict[str, str] | None]]:
    registry = ir.async_get(world.hass)
    return [
        (each.translation_key, each.translation_placeholders)
        for each in registry.issues.values()
        if each.domain == "retrowalk"
    ]


async def test_walks_are_there_again_after_a_reload(files: Path, world: World) -> None:
    await again(world)
    assert world.state("sensor.ann_weekly_minutes") == "22.0"
    assert world.state("sensor.ann_sessions_this_week") == "2"
    assert issues(world) == []


DAMAGE = {
    "cut in half": lambda text: text[: len(text) // 2],
    "empty": lambda _text: "",
    "an empty object": lambda _text: "{}",
    "a list": lambda _text: "[]",
    "no entries": lambda _text: json.dumps({"version": 1, "minor_version": 1, "data": {}}),
    "an entry without a start": lambda text: text.replace('"started"', '"begun"'),
    "a zone nobody knows": lambda text: text.replace("US/Pacific", "Moon/Tranquillity"),
    "an older version than there ever was": lambda text: text.replace(
        '"version": 1', '"version": 0'
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_file_is_set_aside_and_its_copy_is_read(
    files: Path, world: World, damage: str
) -> None:
    """Breaks when a damaged ledger is overwritten, or when the copy is not kept."""
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    file = ledger_file(files, world)
    damaged = DAMAGE[damage](file.read_text())
    assert damaged != file.read_text()
    file.write_text(damaged)
    await again(world)

    assert world.entry.state is ConfigEntryState.LOADED
    assert world.state("sensor.ann_weekly_minutes") == "10.0"
    (issue,) = issues(world)
    assert issue == (
        "ledger_from_copy",
        {"runner": "Ann", "file": file.name, "walks": "1"},
    )
    if damage != "an empty object":  # nothing stands in it, so nothing is set aside
        (aside,) = files.glob(f"{file.name}.corrupt.*")
        assert aside.read_text() == damaged
    await log(world, "2026-11-16T11:00:00+00:00", 5)
    await again(world)
    assert world.state("sensor.ann_weekly_minutes") == "15.0"
    assert issues(world) == []


async def test_a_damaged_file_without_a_copy_begins_anew_and_says_so(
    files: Path, world: World
) -> None:
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    ledger_file(files, world).write_text('{"version"')
    ledger_file(files, world, ".previous").unlink()
    await again(world)
    assert world.entry.state is ConfigEntryState.LOADED
    assert world.state("sensor.ann_weekly_minutes") == "0.0"
    assert [key for key, _ in issues(world)] == ["ledger_lost"]


async def test_a_file_of_a_newer_version_is_refused_and_not_touched(
    files: Path, world: World
) -> None:
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    file = ledger_file(files, world)
    newer: dict[str, Any] = json.loads(file.read_text()) | {"version": 2}
    file.write_text(json.dumps(newer))
    await again(world)
    assert world.entry.state is ConfigEntryState.SETUP_ERROR
    assert world.entry.error_reason_translation_key == "store_is_newer"
    assert json.loads(file.read_text()) == newer
    file.write_text(json.dumps(newer | {"version": 1}))
    await again(world)
    assert world.state("sensor.ann_weekly_minutes") == "22.0"


async def test_a_copy_that_cannot_be_written_keeps_nobody_from_walking(
    files: Path, world: World
) -> None:
    copy = ledger_file(files, world, ".previous")
    copy.unlink()
    copy.mkdir()
    await log(world, "2026-11-16T11:00:00+00:00", 5)
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    copy.rmdir()
    await again(world)
    assert world.state("sensor.ann_weekly_minutes") == "27.0"


async def test_removal_deletes_every_file(files: Path, world: World) -> None:
    await world.hass.services.async_call("retrowalk", "prepare_room", blocking=True)
    assert list(files.glob("retrowalk.*"))
    await world.hass.config_entries.async_remove(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert list(files.glob("retrowalk.*")) == []


async def test_a_runner_who_is_removed_takes_their_files_along(files: Path, world: World) -> None:
    (runner_id,) = world.entry.subentries
    world.hass.config_entries.async_remove_subentry(world.entry, runner_id)
    await world.hass.async_block_till_done()
    assert list(files.glob("retrowalk.*")) == []


@pytest.mark.parametrize("error", [WriteError("no space left"), OSError("read-only")])
async def test_a_walk_that_the_disk_did_not_take_is_refused_and_can_be_logged_again(
    files: Path, world: World, error: Exception
) -> None:
    """Breaks when a failed write, which Home Assistant only logs, passes for a good one."""
    with (
        patch.object(Store, "_async_write_data", side_effect=error),
        pytest.raises(ServiceValidationError, match="could not be written"),
    ):
        await log(world, "2026-11-16T11:00:00+00:00", 5)
    assert world.state("sensor.ann_weekly_minutes") == "22.0"
    assert [key for key, _ in issues(world)] == ["ledger_not_written"]
    await log(world, "2026-11-16T11:00:00+00:00", 5)
    assert world.state("sensor.ann_weekly_minutes") == "27.0"
    assert issues(world) == []


async def test_a_finished_walk_that_the_disk_did_not_take_is_written_with_the_next(
    files: Path, world: World
) -> None:
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    with patch.object(Store, "_async_write_data", side_effect=WriteError("no space left")):
        await world.walk()
    assert world.state("sensor.ann_weekly_minutes") == "26.0"
    assert world.state("binary_sensor.ann_ready") == "on"
    assert [key for key, _ in issues(world)] == ["ledger_not_written"]
    await log(world, "2026-11-16T11:00:00+00:00", 5)
    await again(world)
    assert world.state("sensor.ann_weekly_minutes") == "31.0"
    assert issues(world) == []


async def test_files_of_a_runner_who_was_removed_while_nobody_looked_are_swept(
    files: Path, world: World
) -> None:
    """Breaks when a removal that the integration did not see leaves the walks on the disk."""
    (runner_id,) = world.entry.subentries
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    world.hass.config_entries.async_remove_subentry(world.entry, runner_id)
    assert list(files.glob(f"retrowalk.{runner_id}*"))
    await again(world)
    assert list(files.glob("retrowalk.*")) == []


async def test_a_file_that_cannot_be_read_is_named_and_left_alone(
    files: Path, world: World
) -> None:
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    file = ledger_file(files, world)
    kept = file.rename(files / "kept")
    file.mkdir()
    await again(world)
    assert world.entry.state is ConfigEntryState.SETUP_ERROR
    assert world.entry.error_reason_translation_key == "store_unreadable"
    file.rmdir()
    kept.rename(file)
    await again(world)
    assert world.state("sensor.ann_weekly_minutes") == "22.0"
