"""Ready-made automations: the blueprints that come with Retrowalk, added when their owner asks.

One that is there already is never written over: its owner may have changed it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint import (
    Blueprint,
    BlueprintException,
)
from homeassistant.components.blueprint.errors import FileAlreadyExists
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.yaml import load_yaml_dict

from .const import DOMAIN

FOLDER: Final = Path(__file__).parent / "blueprints" / "automation" / DOMAIN
READY_MADE: Final = ("remind", "start", "obstacle", "prepare", "check_in", "weekly", "live")


@dataclass(slots=True)
class Added:
    """What became of what was asked for, by the names of the blueprints."""

    new: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    """Were there, as they come with Retrowalk."""
    kept: list[str] = field(default_factory=list)
    """Were there and differ; left alone."""
    failed: list[str] = field(default_factory=list)


async def add(hass: HomeAssistant, chosen: list[str]) -> Added:
    """Add blueprints to those of Home Assistant, by the stems of their files."""
    added, mine = Added(), async_get_blueprints(hass)
    for stem in chosen:
        path = f"{DOMAIN}/{stem}.yaml"
        ours = await hass.async_add_executor_job(_read, FOLDER / f"{stem}.yaml")
        try:
            await mine.async_add_blueprint(ours, path)
        except FileAlreadyExists:
            same = await hass.async_add_executor_job(_is_same, mine.blueprint_folder / path, ours)
            (added.known if same else added.kept).append(ours.name)
        except OSError:
            added.failed.append(ours.name)
        else:
            added.new.append(ours.name)
    return added


def _is_same(path: Path, ours: Blueprint) -> bool:
    """Return whether a file on the disk is as ours, whatever Home Assistant remembers of it."""
    try:
        return bool(_read(path).data == ours.data)
    except BlueprintException, HomeAssistantError, OSError:  # its owner is at it
        return False


def _read(path: Path) -> Blueprint:
    from homeassistant.components.automation.config import (  # noqa: PLC0415 - as its helper does
        AUTOMATION_BLUEPRINT_SCHEMA,
    )

    return Blueprint(
        load_yaml_dict(path),
        path=f"{DOMAIN}/{path.name}",
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )
