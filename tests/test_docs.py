"""The pages are true: what they show works, what they link to is there."""

import ast
from pathlib import Path
import re
from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import dump, parse_yaml

from .conftest import MakeWorld, World

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
WRONG_FIELD = {"out_of_range", "not_a_choice", "not_a_time", "not_whole", "no_such_surface"}


def examples(page: str) -> list[dict[str, Any]]:
    """Return the YAML of a page."""
    text = (ROOT / "docs" / page).read_text()
    parsed = [parse_yaml(each) for each in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]
    return [each for each in parsed if isinstance(each, dict)]


def our_entities(example: dict[str, Any]) -> set[str]:
    """Return the entities of ours that an example names."""
    return set(re.findall(r"\b[a-z_]+\.(?:ann|home_gym)_[a-z_]+\b", dump(example)))


@pytest.fixture
async def world(make_world: MakeWorld) -> World:
    """Return the gym of the pages: Ann's and Ben's home gym."""
    return await make_world(surface="both")


async def test_every_action_of_the_pages_is_taken(hass: HomeAssistant, world: World) -> None:
    """Red when an example has a field, a value or an entity that there is not."""
    actions = [each for each in examples("actions.md") if "action" in each]
    assert len(actions) > 12
    refused: list[tuple[str | None, str | None]] = []
    for example in actions:
        for entity_id in our_entities(example):
            assert hass.states.get(entity_id), entity_id
        domain, _, name = example["action"].partition(".")
        try:
            await hass.services.async_call(
                domain,
                name,
                dict(example.get("data", {})),
                target=example.get("target"),
                context=world.person,
                blocking=True,
                return_response="response_variable" in example,
            )
        except ServiceValidationError as err:  # for the state it is in, never for its fields
            refused.append((err.translation_domain, err.translation_key))
        await hass.async_block_till_done()
    assert {domain for domain, _ in refused} <= {"retrowalk"}
    assert not {key for _, key in refused} & WRONG_FIELD


async def test_every_automation_of_the_pages_loads(hass: HomeAssistant, world: World) -> None:
    """Red when Home Assistant does not take an example, or it names an entity there is not."""
    automations = examples("automations.md")
    assert len(automations) >= 5
    for number, example in enumerate(automations):
        example["id"] = str(number)
        for entity_id in our_entities(example):
            assert hass.states.get(entity_id), entity_id
    assert await async_setup_component(hass, "automation", {"automation": automations})
    await hass.async_block_till_done()
    loaded = hass.states.async_all("automation")
    assert [each.state for each in loaded] == ["on"] * len(automations)
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": [each.entity_id for each in loaded]}, blocking=True
    )


async def test_the_dashboard_of_core_cards_names_what_is_there(
    hass: HomeAssistant, world: World
) -> None:
    (view,) = [each for each in examples("dashboard.md") if each.get("type") == "sections"]
    named = our_entities(view)
    assert len(named) > 8
    for entity_id in named:
        assert hass.states.get(entity_id), entity_id


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path) if path else page
        assert there.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.+)$", there.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in heads}
            assert anchor in slugs, target


def rows(page: str) -> list[str]:
    """Return the rows of all tables of a page, without their heads."""
    lines = (ROOT / "docs" / page).read_text().splitlines()
    return [
        line
        for line, then in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("|") and not line.startswith("| ---") and not then.startswith("| ---")
    ]


def names_of_tests(file: Path) -> set[str]:
    """Return the names of the tests that a file has."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        each.name
        for each in ast.parse(file.read_text()).body
        if isinstance(each, functions) and each.name.startswith("test_")
    }


def test_whatever_survives_has_its_test() -> None:
    """Red when a row of the page names no test, or one that is not in the file that it links."""
    page = "what-survives.md"
    assert len(rows(page)) > 25
    for row in rows(page):
        shown_by = row.rstrip("| ").rpartition("|")[2]
        links = re.findall(r"\[(\w+)\]\(([^)]+)\)", shown_by)
        assert links, f"no test: {row}"
        for name, file in links:
            assert name in names_of_tests(ROOT / "docs" / file), f"{file} has no {name}"
