"""A backup has the latest state: the walk that goes on to this second, and the statistics."""

from datetime import datetime
import json
from pathlib import Path

from custom_components.retrowalk import backup
from homeassistant.core import HomeAssistant

from .conftest import MakeWorld


async def test_a_backup_has_the_walk_that_goes_on_to_this_second(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    """Breaks when a backup has what was written up to 15 s ago."""
    world = await make_world(surface="lane")
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(67.5)
    await backup.async_pre_backup(hass)
    (journal,) = files.glob("*.running")
    kept = json.loads(journal.read_text())["data"]["walk"]
    assert datetime.fromisoformat(kept["wall"]) == world.clocks.now
    await backup.async_post_backup(hass)
    await world.walk()
    assert world.state("sensor.ann_weekly_minutes") == "4.0"


async def test_a_backup_without_a_walk_or_a_gym_is_none_of_our_business(
    hass: HomeAssistant, make_world: MakeWorld, files: Path
) -> None:
    world = await make_world()
    before = {file.name: file.read_text() for file in files.glob("retrowalk.*")}
    await backup.async_pre_backup(hass)
    await hass.config_entries.async_unload(world.entry.entry_id)
    await backup.async_pre_backup(hass)
    assert {file.name: file.read_text() for file in files.glob("retrowalk.*")} == before
