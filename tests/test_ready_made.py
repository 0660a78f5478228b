"""Ready-made automations are added by one deliberate step, and never written over."""

from pathlib import Path
from typing import Any

import pytest

from custom_components.retrowalk import ready_made
from homeassistant.components.automation.helpers import async_get_blueprints
from homeassistant.components.blueprint import Blueprint
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from .conftest import MakeWorld, World


@pytest.fixture
async def world(hass: HomeAssistant, make_world: MakeWorld) -> World:
    assert await async_setup_component(hass, "automation", {})
    return await make_world(surface="lane")


async def choose(world: World, *chosen: str) -> dict[str, Any]:
    """Go through the step as its owner does; return how it ended."""
    options = world.hass.config_entries.options
    menu: Any = await options.async_init(world.entry.entry_id)
    assert menu["menu_options"] == ["settings", "automations"]
    form: Any = await options.async_configure(menu["flow_id"], {"next_step_id": "automations"})
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "automations")
    return dict(await options.async_configure(form["flow_id"], {"automations": list(chosen)}))


def folder(world: World) -> Path:
    return Path(world.hass.config.path("blueprints", "automation", "retrowalk"))


def test_each_that_comes_with_retrowalk_can_be_chosen() -> None:
    files = {each.stem for each in ready_made.FOLDER.glob("*.yaml")}
    assert files == set(ready_made.READY_MADE)
    assert len(ready_made.READY_MADE) == 7


async def test_those_that_were_chosen_are_there_and_no_others(world: World) -> None:
    """And Home Assistant can read them."""
    options = dict(world.entry.options)
    result = await choose(world, "remind", "weekly")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "automations_added")
    assert result["description_placeholders"]["new"].count(",") == 1
    assert {each.stem for each in folder(world).iterdir()} == {"remind", "weekly"}
    known = await async_get_blueprints(world.hass).async_get_blueprints()
    for stem in ("remind", "weekly"):
        assert isinstance(known[f"retrowalk/{stem}.yaml"], Blueprint)
    assert world.entry.options == options


async def test_one_that_was_changed_is_left_as_it_is(world: World) -> None:
    """Red when it is written over, or nobody is told that it was not."""
    await choose(world, "remind", "weekly")
    mine = folder(world) / "remind.yaml"
    changed = mine.read_text("utf-8").replace("08:00:00", "09:30:00")
    mine.write_text(changed, "utf-8")
    said = (await choose(world, "remind", "weekly", "live"))["description_placeholders"]
    assert mine.read_text("utf-8") == changed
    names = {stem: _name(stem) for stem in ("remind", "weekly", "live")}
    assert said == {
        "new": names["live"],
        "known": names["weekly"],
        "kept": names["remind"],
        "failed": "-",
    }


async def test_one_that_nobody_can_read_is_its_owners_too(world: World) -> None:
    folder(world).mkdir(parents=True)
    broken = folder(world) / "remind.yaml"
    broken.write_text("blueprint: [", "utf-8")
    said = (await choose(world, "remind"))["description_placeholders"]
    assert said["kept"] == _name("remind")
    assert broken.read_text("utf-8") == "blueprint: ["


async def test_a_disk_that_takes_nothing_is_told_of(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    said = (await choose(world, "remind"))["description_placeholders"]
    assert (said["new"], said["failed"]) == ("-", _name("remind"))


async def test_choosing_nothing_is_asked_again(world: World) -> None:
    result = await choose(world)
    assert (result["type"], result["errors"]) == (
        FlowResultType.FORM,
        {"automations": "nothing_chosen"},
    )


def _name(stem: str) -> str:
    lines = (ready_made.FOLDER / f"{stem}.yaml").read_text("utf-8").splitlines()
    (name,) = [each for each in lines if each.startswith("  name: ")]
    return name.removeprefix("  name: ")
