"""Every text that the code asks for is there, nothing else is, and it says only what it may.

Home Assistant's own check of an integration (hassfest) does not come with it; what it asks of the
texts, actions, icons and manifest of a custom integration is asked here.
"""

import ast
from collections.abc import Iterable, Iterator
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from awesomeversion import AwesomeVersion
import hass_frontend
import pytest
import voluptuous as vol

from custom_components import retrowalk
from custom_components.retrowalk import config_flow, logbook, repairs, speaking
from custom_components.retrowalk.check_in import CHOICES
from custom_components.retrowalk.coach import cues
from custom_components.retrowalk.coach.levels import Hands
from custom_components.retrowalk.coach.plan import Kind, Motion, PhaseName, Surface
from custom_components.retrowalk.coach.screening import ITEMS
from custom_components.retrowalk.coach.session import Reason, State
from custom_components.retrowalk.condition import CONDITIONS
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.gym.path import BlockerReason
from custom_components.retrowalk.gym.stop_path import StopCause
from custom_components.retrowalk.gym.stop_test import Outcome
from custom_components.retrowalk.gym.telling import SafetyEvent
from custom_components.retrowalk.gym.treadmill import BY_ITSELF
from custom_components.retrowalk.person import SessionEvent
from custom_components.retrowalk.services import GYM_ACTIONS, RUNNER_ACTIONS
from custom_components.retrowalk.trigger import TRIGGERS
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import section
from homeassistant.helpers import entity_registry as er, selector
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.util.yaml import load_yaml_dict

from .conftest import MakeWorld
from .test_config_flow import (
    GYM,
    RUNNER,
    add_gym,
    add_runner,
    fill,
    fill_runner,
    open_automations,
    open_gym_form,
    open_options,
    open_reconfigure,
    open_runner_form,
)

type Texts = dict[str, Any]

PACKAGE = Path(retrowalk.__file__).parent
REPOSITORY = PACKAGE.parent.parent
SOURCES = {path.relative_to(PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}


def read_json(name: str) -> Texts:
    """Return a JSON file of the integration; a key that stands there twice is an error."""

    def once(pairs: list[tuple[str, Any]]) -> Texts:
        assert len(dict(pairs)) == len(pairs), [key for key, _ in pairs]
        return dict(pairs)

    texts: Texts = json.loads((PACKAGE / name).read_text(), object_pairs_hook=once)
    return texts


EN = read_json("translations/en.json")
ICONS, MANIFEST = read_json("icons.json"), read_json("manifest.json")
SERVICES = load_yaml_dict(str(PACKAGE / "services.yaml"))


def placeholders(texts: Any) -> set[str]:
    """Return the placeholders of a text, or of all texts under a key."""
    if isinstance(texts, dict):
        return {name for each in texts.values() for name in placeholders(each)}
    return {name for _, name, _, _ in Formatter().parse(texts) if name is not None}


def leaves(texts: Texts, *path: str) -> Iterator[tuple[str, str]]:
    """Yield each text and where it stands."""
    for key, value in texts.items():
        if isinstance(value, dict):
            yield from leaves(value, *path, key)
        else:
            yield ".".join((*path, key)), value


def values(enum: Any) -> set[str]:
    return {each.value for each in enum}


# Forms


def steps_of(flow: type) -> set[str]:
    """Return the steps that a flow's own code has."""
    prefix = "async_step_"
    return {name.removeprefix(prefix) for name in vars(flow) if name.startswith(prefix)}


def check_form(form: dict[str, Any], texts: Texts) -> None:
    """A step's texts name its fields and sections, no others, and use what the form gives."""

    def check_fields(schema: Any, of: Texts) -> None:
        fields = {str(key): value for key, value in schema.schema.items()}
        sections = {key: each for key, each in fields.items() if isinstance(each, section)}
        plain = fields.keys() - sections.keys()
        assert of.get("data", {}).keys() == plain
        assert of.get("data_description", {}).keys() == plain
        assert of.get("sections", {}).keys() == sections.keys()
        for key, each in sections.items():
            assert of["sections"][key].keys() == {"name", "description", "data", "data_description"}
            check_fields(each.schema, of["sections"][key])

    of_step = texts["step"][form["step_id"]]
    assert {"title", "description"} <= of_step.keys()
    check_fields(form["data_schema"], of_step)
    given = (form["description_placeholders"] or {}).keys()
    assert placeholders(of_step) <= given


async def test_every_form_has_its_texts_and_no_others(hass: HomeAssistant) -> None:
    """Walks every step of every flow. Red when a field has no word, or a word no field."""
    first = await open_gym_form(hass)
    details = await fill(hass, first, GYM)
    entry = await add_gym(hass, name="Garage")
    runner = await add_runner(hass, entry)
    forms = {
        "config": [first, details, await open_reconfigure(hass, entry)],
        "options": [await open_options(hass, entry), await open_automations(hass, entry)],
        "runner": [
            await open_runner_form(hass, entry),
            await open_runner_form(hass, entry, runner),
        ],
    }
    flows = {
        "config": (config_flow.RetrowalkConfigFlow, EN["config"]),
        "options": (config_flow.GymOptionsFlow, EN["options"]),
        "runner": (config_flow.RunnerFlow, EN["config_subentries"]["runner"]),
    }
    assert EN["config_subentries"].keys() == {"runner"}
    for name, (flow, texts) in flows.items():
        shown = {form["step_id"] for form in forms[name]} | (
            {"init"} if name == "options" else set()
        )
        assert shown == steps_of(flow) == texts["step"].keys()
        for form in forms[name]:
            check_form(form, texts)
            if "name" in form["data_schema"].schema:
                assert placeholders(texts["error"]) <= form["description_placeholders"].keys()

    # What ends well is said in Home Assistant's own words.
    changed = await fill(hass, forms["config"][2], GYM | {"name": "Garage"})
    assert changed["translation_domain"] == "homeassistant"
    changed = await fill_runner(hass, forms["runner"][1], RUNNER)
    assert changed["translation_domain"] == "homeassistant"
    assert EN["config"]["abort"].keys() == {"already_configured"}
    assert EN["config_subentries"]["runner"]["abort"].keys() == {"already_configured"}
    assert EN["options"]["abort"].keys() == {"automations_added"}
    menu = EN["options"]["step"]["init"]
    assert menu.keys() == {"title", "menu_options"}
    assert menu["menu_options"].keys() == shown_in(forms["options"])


def shown_in(forms: list[dict[str, Any]]) -> set[str]:
    return {form["step_id"] for form in forms}


def errors_in(node: ast.AST) -> Iterator[str]:
    """Yield the keys of errors that a piece of code names itself.

    An error is what a function named *_error returns, what is put into `errors` and what stands
    under "base".
    """
    of_error = getattr(node, "name", "").endswith("_error")
    for each in ast.walk(node):
        match each:
            case ast.Return(value=ast.expr() as said) if of_error:
                yield from named_by(said, node)
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id="errors"))], value=said):
                yield from named_by(said, node)
            case ast.Dict(keys=[ast.Constant(value="base")], values=[said]):
                yield from named_by(said, node)


def named_by(said: ast.expr, function: ast.AST) -> Iterator[str]:
    """Yield the keys that an expression names itself; None is no error.

    What it takes from a function named *_error is found there. It may come from nowhere else: a
    key would go unseen.
    """
    for each in chosen(said, function):
        match each:
            case ast.Constant(value=str(key)):
                yield key
            case ast.Constant(value=None):
                pass
            case ast.Call(func=ast.Name(id=name)) if name.endswith("_error"):
                pass
            case _:
                pytest.fail(f"an error that is not looked at: {ast.unparse(each)}")


def chosen(node: ast.expr, *scopes: ast.AST) -> list[ast.expr]:
    """Return all that an expression may be: both sides of a choice, what a name was given.

    A name is looked up in the first scope that gives it something: a function, then its module.
    """
    match node:
        case ast.IfExp():
            return [*chosen(node.body, *scopes), *chosen(node.orelse, *scopes)]
        case ast.BoolOp(op=ast.Or()):
            return [each for value in node.values for each in chosen(value, *scopes)]
        case ast.Name(id=name):
            given = next(filter(None, (list(given_to(name, scope)) for scope in scopes)), [])
            return [each for value in given for each in chosen(value, *scopes)] or [node]
        case _:
            return [node]


def given_to(name: str, scope: ast.AST) -> Iterator[ast.expr]:
    """Yield what a name is given in a function, or by a module itself."""
    for each in scope.body if isinstance(scope, ast.Module) else ast.walk(scope):
        match each:
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                yield value
            case ast.AnnAssign(target=ast.Name(id=found), value=ast.expr() as value) if (
                found == name
            ):
                yield value
            case ast.NamedExpr(target=ast.Name(id=found), value=value) if found == name:
                yield value


def errors_by_flow() -> dict[str, set[str]]:
    """Return the errors of each flow: what its methods name, and the functions that they call."""
    module = ast.parse(SOURCES[Path("config_flow.py")].read_text())
    functions = {each.name: each for each in module.body if isinstance(each, ast.FunctionDef)}

    def reached(node: ast.AST, seen: frozenset[str]) -> set[str]:
        called = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        further = (called & functions.keys()) - seen
        return set(errors_in(node)).union(
            *(reached(functions[name], seen | further) for name in further)
        )

    flows = [each for each in module.body if isinstance(each, ast.ClassDef)]
    return {each.name: reached(each, frozenset()) for each in flows}


def test_every_error_of_a_form_has_its_word_and_no_other() -> None:
    errors = errors_by_flow()
    assert len(errors["RetrowalkConfigFlow"]) >= 6, "the look into the code finds errors"
    assert EN["config"]["error"].keys() == errors["RetrowalkConfigFlow"]
    assert EN["options"]["error"].keys() == errors["GymOptionsFlow"]
    assert EN["config_subentries"]["runner"]["error"].keys() == errors["RunnerFlow"]


# Entities


async def test_every_entity_has_its_name_and_its_icon(make_world: MakeWorld) -> None:
    """The registry holds what the platforms made, also what is off by default."""
    world = await make_world()
    registry = er.async_get(world.hass)
    entities = er.async_entries_for_config_entry(registry, world.entry.entry_id)
    keys: dict[str, set[str]] = {}
    for entity in entities:
        assert entity.translation_key is not None, entity.entity_id
        keys.setdefault(entity.domain, set()).add(entity.translation_key)
        texts = EN["entity"][entity.domain][entity.translation_key]
        assert texts["name"]
        assert entity.unique_id.endswith(f"_{entity.translation_key}")
        assert entity.original_name == texts["name"]
        state = world.hass.states.get(entity.entity_id)
        unit = state.attributes.get("unit_of_measurement") if state else None
        if "unit_of_measurement" in texts:
            assert unit == texts["unit_of_measurement"]
        icons = ICONS["entity"].get(entity.domain, {})
        assert entity.original_device_class or entity.translation_key in icons, entity.entity_id
    assert {domain: set(each) for domain, each in EN["entity"].items()} == keys
    for domain, icons in ICONS["entity"].items():
        assert icons.keys() <= keys[domain]
    assert world.entry.runtime_data.gym is not None


OF_HOME_ASSISTANT = {
    *("friendly_name", "device_class", "state_class", "icon", "unit_of_measurement", "options"),
    *("event_types", "last_reset", "min", "max", "step", "mode"),
    *("message", "description", "location", "all_day", "start_time", "end_time"),
}
"""Attributes that Home Assistant adds and names itself."""


async def test_every_attribute_has_its_word(make_world: MakeWorld) -> None:
    """Gathered from a walk that is held up, goes on and reaches its goal, and from a new level.

    Its belt is measured, and told to stop. Red when an entity gives an attribute that has no word,
    or a word is left over.
    """
    runner = {"name": "Ann", "level": 6, "weekly_goal": 10}
    world = await make_world(
        runners=(runner,),
        path={"sensors": ["binary_sensor.mat"]},
        treadmill={"stop": "switch.belt", "speed_sensor": "sensor.belt"},
    )
    hass, entry = world.hass, world.entry

    def belt_runs(kmh: str) -> None:
        hass.states.async_set("sensor.belt", kmh, {"unit_of_measurement": "km/h"})

    belt_runs("3")
    hass.states.async_set("binary_sensor.mat", "off")
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 9})
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    hass.states.async_set("binary_sensor.mat", "on")
    belt_runs("0")
    await hass.async_block_till_done()
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    given = {
        (each.domain, each.translation_key): set(map(str, state.attributes))
        for each in entities
        if (state := hass.states.get(each.entity_id))
    }
    hass.states.async_set("binary_sensor.mat", "off")
    belt_runs("3")
    await hass.async_block_till_done()
    await world.call("resume_session")
    await world.walk()
    (ann,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, ann, data={**ann.data, "level": 7})
    await hass.async_block_till_done()
    assert world.heard() == [
        *("started", "paused", "resumed", "finished", "goal_reached", "level_changed")
    ]
    belt_runs("0")
    await world.clocks.move(3)
    for entity_id, data in world.events:
        given["event", entity_id.rpartition("_")[2]].update(map(str, data))
    for (domain, key), attributes in given.items():
        if key in ("energy_this_week", "distance_this_week"):
            continue
        texts = EN["entity"][domain][key or ""].get("state_attributes", {})
        assert texts.keys() == attributes - OF_HOME_ASSISTANT, (domain, key)


def test_every_state_has_its_word_and_every_icon_its_state() -> None:
    """Each name of the code's enumerations that a person may see, and no other."""

    def words(domain: str, key: str, attribute: str | None = None) -> set[str]:
        texts = EN["entity"][domain][key]
        return set((texts["state_attributes"][attribute] if attribute else texts)["state"])

    session, events = ("sensor", "state"), ("event", "session")
    assert words(*session) == values(State)
    assert words(*session, "phase") == words(*session, "next_phase") == values(PhaseName)
    assert words(*session, "hands") == values(Hands)
    for entity in (session, events):
        assert words(*entity, "kind") == values(Kind)
        assert words(*entity, "reason") == values(Reason)
    assert words(*events, "event_type") == values(SessionEvent)
    assert words(*events, "surface") == values(Surface)
    assert words("event", "safety", "event_type") == values(SafetyEvent)
    assert words("event", "safety", "cause") == values(StopCause)
    assert words("binary_sensor", "ready") == {"on", "off"}
    for domain, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            known = EN["entity"][domain][key].get("state", {"on", "off"})
            assert icon.get("state", {}).keys() <= set(known), (domain, key)


# Refusals, messages and repairs


FAMILIES: dict[str, tuple[str, set[str]]] = {
    "f'blocker_{each.reason}'": ("blocker_", values(BlockerReason)),
    "f'cause_{cause.value}'": ("cause_", {each.value for each in BY_ITSELF}),
    "f'stop_test_{outcome.value}'": ("stop_test_", values(Outcome)),
    "f'kind_{kind}'": ("kind_", values(Kind)),
    "f\"kind_{kind.replace(' ', '_')}\"": ("kind_", values(Kind)),
    "f'kind_{advice.walk.value}'": ("kind_", values(Kind)),
    "f'kind_{plan.kind.value}'": ("kind_", values(Kind)),
    "f\"kind_{data['kind']}\"": ("kind_", values(Kind)),
    "f'not_now_{now.state}'": (
        "not_now_",
        values(State) - {"idle", "walking_backward", "walking_forward"},
    ),
    "f'answer_next_{phase.motion.value}'": (
        "answer_next_",
        values(Motion) - {Motion.TURNING.value},
    ),
    "f'answer_next_{phase.motion.value}_belt'": (
        "answer_next_",
        {"backward_belt", "forward_belt"},
    ),
}
"""Keys that the code puts together: each with a name of an enumeration."""


HANDED_TO: dict[str, list[tuple[int | str, frozenset[str] | None]]] = {
    "Refused": [(0, None)],
    "refusal": [(0, None)],
    "text": [(1, None)],
    "say": [(0, None)],
    "_say": [(0, frozenset())],
    "alert": [(1, frozenset({"gym"})), (2, None)],  # a title, and what is to be said
    "path": [("key", frozenset({"blockers"}))],
    "_alert_each": [(1, frozenset({"blockers"}))],
}
"""Who is handed the key of a text: as which argument, and the placeholders that it then gets.

None are those that stand in the call.
"""


class Asked:
    """The texts that the code asks for: exceptions and issues, each with what it passes."""

    def __init__(self) -> None:
        self.exceptions: dict[str, set[frozenset[str]]] = {}
        self.issues: dict[str, set[frozenset[str]]] = {}
        self.fixable: set[str] = set()
        """Issues that a person can confirm."""
        self.by_variable: set[tuple[str, str]] = set()
        """Where a key is handed on that stands elsewhere: file and function."""
        self.families: set[str] = set()
        for name, path in SOURCES.items():
            self._file, self._module = str(name), ast.parse(path.read_text())
            self._read(self._module, self._module)

    def _read(self, node: ast.AST, function: ast.AST) -> None:
        for each in ast.iter_child_nodes(node):
            is_function = isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)
            if isinstance(each, ast.Call):
                self._call(each, function)
            self._read(each, each if is_function else function)

    def _call(self, call: ast.Call, function: ast.AST) -> None:
        func = call.func
        name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
        passed = frozenset(each.arg for each in call.keywords if each.arg)
        keywords = {each.arg: each.value for each in call.keywords}
        if ast.unparse(func).endswith(("voice.say", "speaker.say")):  # they get the words
            return
        for where, names in HANDED_TO.get(name, ()):
            key = keywords.get(where) if isinstance(where, str) else call.args[where]
            if key is not None:
                self._key(function, self.exceptions, key, passed if names is None else names)
        given, key = keywords.get("translation_placeholders"), keywords.get("translation_key")
        match name:
            case "_report":  # the book's issue, which adds runner and file
                self._key(function, self.issues, call.args[0], passed | {"runner", "file"})
            case "fromkeys" if getattr(function, "name", "") == "check_parts":
                self._key(function, self.issues, call.args[1], frozenset({"entity", "gym"}))
            case "_raise":  # a gym's issue
                self._issue(function, call.args[1], call.args[2], keywords)
            case "async_create_issue" if key is not None:
                self._issue(function, key, given, keywords)
            case _ if key is not None and name.endswith("Error"):
                self._key(function, self.exceptions, key, self._names(given, function))

    def _issue(
        self,
        function: ast.AST,
        key: ast.expr,
        given: ast.expr | None,
        keywords: dict[str | None, ast.expr],
    ) -> None:
        """Take in an issue; whoever hands its key on hands on as well whether it can be fixed."""
        named = self._key(function, self.issues, key, self._names(given, function))
        if named and ast.literal_eval(keywords.get("is_fixable", ast.Constant(False))):
            self.fixable.update(named)

    def _names(self, given: ast.expr | None, function: ast.AST) -> frozenset[str]:
        """Return the placeholders that a dictionary names."""
        return frozenset(
            key.value
            for each in (chosen(given, function, self._module) if given is not None else [])
            if isinstance(each, ast.Dict)
            for key in each.keys
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        )

    def _key(
        self,
        function: ast.AST,
        texts: dict[str, set[frozenset[str]]],
        key: ast.expr,
        passed: frozenset[str],
    ) -> set[str]:
        """Take in the keys that an expression may be, and return them."""
        found: set[str] = set()
        for each in chosen(key, function, self._module):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and each.value:
                found.add(each.value)
            elif (made := ast.unparse(each)) in FAMILIES:
                self.families.add(made)
                found |= {FAMILIES[made][0] + name for name in FAMILIES[made][1]}
            elif not isinstance(each, ast.Constant):
                self.by_variable.add((self._file, getattr(function, "name", "")))
        for each_key in found:
            texts.setdefault(each_key, set()).add(passed)
        return found


def test_every_refusal_and_message_has_its_text_with_what_the_code_passes() -> None:
    """Red when a reason has no text, a text no reason, or either has a placeholder more.

    A key that is handed on in a variable has to be known here, or it would go unseen.
    """
    asked = Asked()
    for key, words in (
        ("walk_interrupted", {"started", "planned", "minutes", "session_id"}),
        ("walk_interrupted_at_once", {"started", "planned"}),
    ):  # the questions, whose titles name the runner
        asked.exceptions[key] = {frozenset(words)}
        asked.exceptions[f"{key}_title"] = {frozenset({"runner"})}
    for key in reasons():
        asked.exceptions[f"why_{key}"] = {frozenset(placeholders(EN["exceptions"][f"why_{key}"]))}
    for what, figures in CHOICES.items():
        asked.exceptions[f"ask_{what}"] = {frozenset()}
        asked.exceptions[f"ask_{what}_title"] = {frozenset({"runner"})}
        asked.exceptions |= {f"choice_{what}_{figure}": {frozenset()} for figure in figures}
    asked.exceptions |= said_of_a_walk()
    assert asked.by_variable == {
        ("calendar.py", "_name"),  # the two above
        ("check_in.py", "ask"),  # the questions and the answers on their buttons
        ("messages.py", "reason_text"),  # the reasons of the coach
        ("gym/gym.py", "say"),  # its callers name the key
        ("gym/telling.py", "say"),  # so do its, and those of the next three
        ("gym/telling.py", "alert"),
        ("gym/telling.py", "path"),
        ("gym/telling.py", "_alert_each"),
        ("gym/issues.py", "missing"),  # the three that check_parts names
        ("gym/issues.py", "_raise"),  # what came with the key
        ("messages.py", "_show"),  # the questions above
        ("refusal.py", "refusal"),  # its callers name the key
        ("refusal.py", "translated"),  # what Refused was raised with
        ("messages.py", "refusal_text"),  # a refusal that is said aloud
        ("messages.py", "phrase"),  # said_of_a_walk has these
        ("logbook.py", "_line"),
        ("speaking.py", "_tell_of_state"),
        ("book.py", "_report"),  # what came with the key
    }
    assert asked.families == FAMILIES.keys()
    assert len(asked.exceptions) > 50, "the look into the code finds refusals"
    assert asked.fixable == {"belt_failing", "sensor_stuck"}
    for texts, keys in ((EN["exceptions"], asked.exceptions), (EN["issues"], asked.issues)):
        assert texts.keys() == keys.keys()
        for key, passed in keys.items():
            assert len(passed) == 1, f"{key} is passed different placeholders: {passed}"
            assert placeholders(texts[key]) == set(*passed), key
    for key, parts in EN["exceptions"].items():
        assert parts.keys() == {"message"}, key
    for key, parts in EN["issues"].items():
        more = "fix_flow" if key in asked.fixable else "description"
        assert parts.keys() == {"title", more}, key


def said_of_a_walk() -> dict[str, set[frozenset[str]]]:
    """Return the texts whose keys stand in tables, with the figures that they get."""
    by_figures = {
        frozenset({"kind", "minutes"}): ("calendar_done", "calendar_proposed"),
        frozenset({"minutes", "week"}): ("say_done", "say_stopped"),
        frozenset({"kind", "minutes", "week", "goal"}): (
            *("log_finished", "log_stopped", "log_interrupted"),
        ),
        frozenset(): (
            *speaking.PAUSES.values(),
            *logbook.NOT_STARTED.values(),
            *("log_nothing_walked", "say_ready", "say_ready_unwatched"),
            *(key for keys in cues.SET_UP.values() for key in keys),
        ),
    }
    found = {key: {figures} for figures, keys in by_figures.items() for key in keys}
    # What tests/coach/test_cues.py says with its figures.
    return found | {key: {frozenset(placeholders(EN["exceptions"][key]))} for key in cues.KEYS}


def reasons() -> dict[str, list[set[str]]]:
    """Return the key of every reason that the coach gives, with the figures of each place."""
    found: dict[str, list[set[str]]] = {}

    def take(key: ast.expr, figures: Iterable[str | None]) -> None:
        for each in ast.walk(key):
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                found.setdefault(each.value, []).append({name for name in figures if name})

    for name in ("coach/progress.py", "coach/day.py"):
        for node in ast.walk(ast.parse((PACKAGE / name).read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            inside = [each for each in ast.walk(node) if isinstance(each, ast.Dict)]
            given = [ast.literal_eval(key) for each in inside for key in each.keys if key]
            match node.func.id:
                case "Why" if isinstance(node.args[0], ast.Constant):
                    take(node.args[0], given)
                case "_rest" if not isinstance(node.args[1], ast.JoinedStr | ast.Name):
                    take(node.args[1], (each.arg for each in node.keywords))
                case "Rule":
                    calls = [each for each in ast.walk(node.args[3]) if isinstance(each, ast.Call)]
                    named = [k.arg for each in calls for k in each.keywords]
                    take(node.args[0], named)
    found |= {f"after_{each}": [set()] for each in ("hard", "long")}
    found |= {f"benchmark_{each}": [{"before", "effort"}] for each in ("easier", "harder")}
    found |= {f"screening_{each.key}": [set()] for each in ITEMS}
    found |= {f"screening_{each}": [set()] for each in ("age", "asked_again")}
    return found


def test_every_reason_of_the_coach_has_its_text_with_the_figures_that_it_gets() -> None:
    """Red when a rule has no words, or its words name a figure that one place does not give."""
    found = reasons()
    assert len(found) > 70, "the look into the code finds the reasons"
    for key, places in found.items():
        for figures in places:
            assert placeholders(EN["exceptions"][f"why_{key}"]) <= figures, (key, figures)
    assert values_of("screening") == {each.key for each in ITEMS}


def values_of(choice: str) -> set[str]:
    return set(EN["selector"][choice]["options"])


def test_every_step_of_a_repair_has_its_texts_and_no_others() -> None:
    """Red when a repair has a step without words, or a word no step."""
    flows = [
        each
        for each in vars(repairs).values()
        if isinstance(each, type) and each.__module__ == repairs.__name__
    ]
    assert len(flows) == 2, "the look into the code finds the repairs"
    steps = {step for flow in flows for step in steps_of(flow)}
    for issue in EN["issues"].values():
        for flow in [issue["fix_flow"]] if "fix_flow" in issue else []:
            assert flow.keys() == {"step"}
            assert flow["step"].keys() == steps
            for texts in flow["step"].values():
                assert texts.keys() == {"title", "description"}


# Triggers and conditions


@pytest.mark.parametrize(("what", "known"), [("triggers", TRIGGERS), ("conditions", CONDITIONS)])
def test_every_trigger_and_condition_has_its_words_its_icon_and_its_target(
    what: str, known: dict[str, Any]
) -> None:
    """Red when one is added in the code alone, or its form offers another kind of entity."""
    forms = load_yaml_dict(str(PACKAGE / f"{what}.yaml"))
    assert forms.keys() == EN[what].keys() == ICONS[what].keys() == known.keys()
    for name, made in known.items():
        ((form,),) = (forms[name]["target"]["entity"],)
        (domain,) = made._domain_specs
        assert form == {"integration": "retrowalk", "domain": domain}
        fields = forms[name].get("fields", {}).keys()
        assert EN[what][name].get("fields", {}).keys() == fields


# Actions


def test_actions_fields_and_texts_go_together() -> None:
    """One action is in the code, its form, its words and its icons, or in none of them."""
    schemas: dict[str, Any] = {name: schema for name, _, schema, _ in RUNNER_ACTIONS}
    schemas |= {name: {vol.Optional("device_id"): None} for name, _ in GYM_ACTIONS}
    assert not [key for key in SERVICES if not key.isidentifier()], "keys with a dot are refused"
    for keys in (SERVICES, EN["services"], ICONS["services"]):
        assert keys.keys() == schemas.keys()
    for name, schema in schemas.items():
        form, texts = SERVICES[name], EN["services"][name]
        of_gym = name in dict(GYM_ACTIONS)
        target = {"entity": [{"integration": DOMAIN, "domain": "switch"}]}
        assert form.get("target") == (None if of_gym else target)
        fields = form.get("fields", {})
        assert list(fields) == [str(key) for key in schema]
        assert texts.get("fields", {}).keys() == fields.keys()
        assert {"name", "description"} <= texts.keys() <= {"name", "description", "fields"}
        for key in schema:
            field = fields[str(key)]
            assert field.get("required", False) == isinstance(key, vol.Required), (name, key)
            if not isinstance(key.default, vol.Undefined):
                assert field["default"] == key.default(), (name, key)
            assert texts["fields"][str(key)].keys() == {"name", "description"}


def test_every_form_of_an_action_offers_what_the_action_takes() -> None:
    """Both ends of a slider are taken and the next step beyond is not; so is each choice.

    Red when a range is changed in services.yaml or in services.py alone.
    """
    for name, _, schema, _ in RUNNER_ACTIONS:
        for key, validate in schema.items():
            field = str(key)
            form = SERVICES[name]["fields"][field]["selector"]
            selector.validate_selector(form)
            ((kind, config),) = form.items()
            match kind:
                case "number":
                    low, high, step = config["min"], config["max"], config.get("step", 1)
                    assert [validate(low), validate(high)] == [low, high]
                    for beyond in (low - step, high + step):
                        with pytest.raises(Exception, match=f"field {field}|out_of_range"):
                            validate(beyond)
                    text = EN["services"][name]["fields"][field]["description"]
                    assert f"from {low:g}" in text, (name, field)
                    assert f"to {high:g}" in text or "what the level allows" in text, (name, field)
                case "select":
                    options = config["options"]
                    assert [validate(each) for each in options] == options
                    assert values(type(validate(options[0]))) == set(options)
                case "boolean":
                    assert [validate(each) for each in (True, False)] == [True, False]
                case "datetime":
                    assert validate("2026-11-22 18:30:00").year == 2026
                case "text":
                    assert validate("01ARZ3NDEKTSV4RRFFQ69G5FAV") == "01ARZ3NDEKTSV4RRFFQ69G5FAV"
                case _:
                    pytest.fail(f"{name}.{field} has a form that is not looked at: {kind}")


async def test_home_assistant_reads_the_forms_of_all_actions(make_world: MakeWorld) -> None:
    """Red when services.yaml does not pass Home Assistant's own schema: it is then left out."""
    world = await make_world()
    read = (await async_get_all_descriptions(world.hass))[DOMAIN]
    for name, _, schema, response in RUNNER_ACTIONS:
        assert read[name]["target"]["entity"]
        assert list(read[name]["fields"]) == [str(key) for key in schema]
        assert ("response" in read[name]) == (response.value != "none")
    for name, _ in GYM_ACTIONS:
        assert "target" not in read[name]
        assert list(read[name]["fields"]) == ["device_id"]


def selectors_in(each: Any) -> Iterator[dict[str, Any]]:
    """Yield the settings of every selector of a form whose parts have words of their own."""
    match each:
        case vol.Schema():
            for value in each.schema.values():
                yield from selectors_in(value)
        case section():
            yield from selectors_in(each.schema)
        case selector.SelectSelector():
            yield dict(each.config)
        case selector.ObjectSelector():
            yield dict(each.config)
            for field in each.config["fields"].values():
                yield from selectors_in(field["selector"])


def test_every_choice_has_its_word() -> None:
    """The options of all select forms, of the flows and of the actions, and no others.

    So do the fields of what a form takes several of.
    """
    forms = (
        config_flow.GYM_SCHEMA,
        config_flow.DETAILS_SCHEMA,
        config_flow.RUNNER_SCHEMA,
        config_flow.AUTOMATIONS_SCHEMA,
    )
    settings = [each for form in forms for each in selectors_in(form)]
    assert [*selectors_in(config_flow.DETAILS_SCHEMA)] == [
        *selectors_in(config_flow.OPTIONS_SCHEMA)
    ], "options offer what the first form did"
    settings += [
        field["selector"]["select"]
        for action in SERVICES.values()
        for field in action.get("fields", {}).values()
        if "select" in field["selector"]
    ]
    offered: dict[str, dict[str, set[str]]] = {}
    for each in settings:
        part = "fields" if "fields" in each else "options"
        assert each.get("translation_key"), f"a choice without words: {each}"
        names = offered.setdefault(each["translation_key"], {}).setdefault(part, set())
        names.update(each[part])
        assert {each[key] for key in ("label_field", "description_field") if key in each} <= names
    assert {
        key: {part: set(words) for part, words in texts.items()}
        for key, texts in EN["selector"].items()
    } == offered
    for texts in EN["selector"].values():
        assert all(words.keys() == {"name"} for words in texts.get("fields", {}).values())


# What Home Assistant's checker asks of a custom integration


KEY = re.compile(r"^(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])$")
ADDRESS = re.compile(r"(\w+://|www\.)", re.IGNORECASE)


def test_texts_are_plain() -> None:
    """No markup, no address, no space at the ends, no reference, no placeholder in quotes."""
    for where, text in leaves(EN):
        assert text == text.strip() != "", where
        assert not re.search(r"<[a-z!/]", text, re.IGNORECASE), where
        assert not ADDRESS.search(text), where
        assert not re.search(r"'\{\w+\}'", text), where
        assert "%key:" not in text, where
        assert all(name.isidentifier() for name in placeholders(text)), where
        assert all(KEY.match(key) for key in where.split(".")), where
    for where, text in leaves(EN["entity"]):
        if ".state." in where:
            assert not placeholders(text), where
    assert EN.keys() == {
        *("title", "config", "options", "config_subentries", "selector", "entity", "exceptions"),
        *("issues", "services", "triggers", "conditions"),
    }


def test_other_languages_say_neither_more_nor_less() -> None:
    """Each has the English keys, with the same placeholders."""
    english = dict(leaves(EN))
    for path in (PACKAGE / "translations").glob("*.json"):
        texts = dict(leaves(read_json(f"translations/{path.name}")))
        assert texts.keys() == english.keys(), path.name
        for where, text in texts.items():
            assert placeholders(text) == placeholders(english[where]), (path.name, where)


def test_icons_exist() -> None:
    """Each is of the set that Home Assistant's frontend draws, and none repeats its default."""
    known = {
        each["name"]
        for each in json.loads((hass_frontend.where() / "static/mdi/iconList.json").read_text())
    }
    for where, icon in leaves(ICONS):
        prefix, _, name = icon.partition(":")
        assert prefix == "mdi", where
        assert name in known, (where, icon)
    for icons in ICONS["entity"].values():
        for key, icon in icons.items():
            assert "default" in icon, key
            assert icon["default"] not in icon.get("state", {}).values(), key


def test_the_manifest_is_in_order() -> None:
    """Domain and name first, then by the alphabet; what is imported is declared."""
    keys = list(MANIFEST)
    assert keys == ["domain", "name", *sorted(keys[2:])]
    assert set(keys) == {
        *("domain", "name", "after_dependencies", "codeowners", "config_flow", "dependencies"),
        *("documentation", "integration_type", "iot_class", "issue_tracker", "requirements"),
        "version",
    }
    assert (MANIFEST["domain"], MANIFEST["name"]) == (DOMAIN, EN["title"])
    assert MANIFEST["documentation"].startswith("https://")
    assert all(owner.startswith("@") for owner in MANIFEST["codeowners"])
    assert AwesomeVersion(MANIFEST["version"]).valid
    imported = set()
    for path in SOURCES.values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "homeassistant.components":
                imported |= {each.name for each in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "homeassistant.components."
            ):
                imported.add((node.module or "").split(".")[2])
    declared = {*MANIFEST["dependencies"], *MANIFEST["after_dependencies"]}
    own_platforms = {path.stem for path in PACKAGE.glob("*.py")}
    assert imported <= declared | own_platforms | values(Platform)


# What may be said about health


CLAIMS = re.compile(
    r"""\b(
        prevent\w* | cure[sd]? | curing | heal(s|ed|ing)? | treat(s|ed|ing|ment\w*)? | therap\w*
        | remed(y|ies) | diagnos(e[ds]?|[ei]s|ing) | rehab\w* | recover\w*
        | compression | lubricat\w* | eccentric\w* | imbalance\w* | posture
        | (reduc|lower|decreas|lessen|reliev|eas|eliminat)\w*\s+(the\s+|your\s+)?
          (risk|pain|injur\w*|fall\w*|load|stress|strain|impact|pressure)
        | (fewer|less|no|without)\s+(\w+\s+)?(injur\w*|pain|impact|falls)
        | (injury|pain|impact)[\s-]free | fall[\s-]prevention
        | strengthen\w* | burn\w*\s+fat | fat\s+loss | weight\s+loss | lose\s+weight
        | proven\s+(to(?!\s+(stand|another)\b)|method|benefit\w*)\b
        | scientifically | clinically | evidence[\s-]based
        | unequivocal\w* | guarantee\w* | medical\w*
        | arthritis | osteoarthritis | tend[io]nitis | ACL | patell\w*
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
MAY_BE_SAID = {
    # training.md: what the literature lets a coach say, and what it has to say
    "For knee trouble it has been studied in supervised rehab; ask your physio.",
    "It is not medical advice, diagnosis or treatment, and Retrowalk is not a medical device.",
    "Nobody promises you fewer injuries, less pain or faster running.",
    # the same in fewer words, where somebody begins
    (
        "General fitness information, not medical advice: backward walking has a fall risk, and "
        "your treadmill's manual comes first."
    ),
    "This is general fitness information, not medical advice and not a medical device.",
}
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n\s*(?=[-|#>\d])")


def public_texts() -> Iterator[tuple[str, str]]:
    """Yield every text that a person may read: the translations, the pages, what the code says."""
    for path in (PACKAGE / "translations").glob("en*.json"):
        for where, text in leaves(json.loads(path.read_text())):
            yield f"{path.name} {where}", text
    pages = [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
    pages += [REPOSITORY / "hacs.json", PACKAGE / "services.yaml", PACKAGE / "manifest.json"]
    pages += [*PACKAGE.glob("blueprints/**/*.yaml"), *REPOSITORY.glob("demo/*.yaml")]
    for path in pages:
        yield path.name, path.read_text()
    for name, path in SOURCES.items():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield str(name), node.value


def claims() -> Iterator[tuple[str, str]]:
    """Yield each sentence that speaks of health and is not among those that may be said."""
    for where, text in public_texts():
        prose = text.partition("\n## Sources")[0]  # the names of studies stand as they are
        for sentence in SENTENCE.split(re.sub(r"[*_`]", "", prose)):
            plain = re.sub(r"^\s*([-#>|]|\d+\.)\s*", "", " ".join(sentence.split()))
            if CLAIMS.search(plain) and plain not in MAY_BE_SAID:
                yield where, plain


def test_no_text_promises_health() -> None:
    """Only what the literature bears is said (training.md, what the software may say).

    Red when any text says that backward walking prevents, heals, lowers a risk or the like.
    """
    assert list(claims()) == []


@pytest.mark.parametrize(
    "claim",
    [
        "Backward walking prevents injuries.",
        "It reduces joint compression.",
        "Lowers your fall risk.",
        "A fall-prevention programme.",
        "Heals the knee.",
        "Treats patellofemoral pain.",
        "Strengthens the quads.",
        "Clinically proven.",
        "Walk pain-free.",
        "For fewer injuries.",
        "Burns fat.",
    ],
)
def test_the_look_for_promises_finds_them(claim: str) -> None:
    assert CLAIMS.search(claim)
    for harmless in (
        *("On a treadmill", "Your health data", "It trains balance", "Easy finish"),
        "The belt is proven to stand.",
    ):
        assert not CLAIMS.search(harmless)
