"""Every text that the code asks for is there, nothing else is, and it says only what it may.

Home Assistant's own check of an integration (hassfest) does not come with it; what it asks of the
texts, actions, icons and manifest of a custom integration is asked here.
"""

import ast
from collections.abc import Iterator
import json
from pathlib import Path
import re
from string import Formatter
from typing import Any

from awesomeversion import AwesomeVersion
import pytest
import voluptuous as vol

from custom_components import retrowalk
from custom_components.retrowalk import config_flow
from custom_components.retrowalk.coach.levels import Hands
from custom_components.retrowalk.coach.plan import Kind, PhaseName, Surface
from custom_components.retrowalk.coach.session import Reason, State
from custom_components.retrowalk.const import DOMAIN
from custom_components.retrowalk.gym.gym import SafetyEvent
from custom_components.retrowalk.gym.path import BlockerReason
from custom_components.retrowalk.runner import SessionEvent
from custom_components.retrowalk.services import GYM_ACTIONS, RUNNER_ACTIONS
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
        "options": [await open_options(hass, entry)],
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
        shown = {form["step_id"] for form in forms[name]}
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
    assert "abort" not in EN["options"]


def errors_in(node: ast.AST) -> Iterator[str]:
    """Yield the keys of errors that a piece of code names itself.

    An error is what a function named *_error returns, what is put into `errors` and what stands
    under "base".
    """
    of_error = getattr(node, "name", "").endswith("_error")
    for each in ast.walk(node):
        match each:
            case ast.Return(value=ast.Constant(value=str(key))) if of_error:
                yield key
            case ast.Assign(
                targets=[ast.Subscript(value=ast.Name(id="errors"))],
                value=ast.Constant(value=str(key)),
            ):
                yield key
            case ast.Dict(keys=[ast.Constant(value="base")], values=[ast.Constant(value=str(key))]):
                yield key


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
}
"""Attributes that Home Assistant adds and names itself."""


async def test_every_attribute_has_its_word(make_world: MakeWorld) -> None:
    """Gathered from a walk that is held up, goes on and reaches its goal, and from a new level.

    Red when an entity gives an attribute that has no word, or a word is left over.
    """
    runner = {"name": "Ann", "level": 6, "weekly_goal": 10}
    world = await make_world(runners=(runner,), path={"sensors": ["binary_sensor.mat"]})
    hass, entry = world.hass, world.entry
    hass.states.async_set("binary_sensor.mat", "off")
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 9})
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    hass.states.async_set("binary_sensor.mat", "on")
    await hass.async_block_till_done()
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    given = {
        (each.domain, each.translation_key): set(map(str, state.attributes))
        for each in entities
        if (state := hass.states.get(each.entity_id))
    }
    hass.states.async_set("binary_sensor.mat", "off")
    await hass.async_block_till_done()
    await world.call("resume_session")
    await world.walk()
    (ann,) = entry.subentries.values()
    hass.config_entries.async_update_subentry(entry, ann, data={**ann.data, "level": 7})
    await hass.async_block_till_done()
    assert world.heard() == [
        *("started", "paused", "resumed", "finished", "goal_reached", "level_changed")
    ]
    for entity_id, data in world.events:
        given["event", entity_id.rpartition("_")[2]].update(map(str, data))
    for (domain, key), attributes in given.items():
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
    assert words("binary_sensor", "ready") == {"on", "off"}
    for domain, icons in ICONS["entity"].items():
        for key, icon in icons.items():
            known = EN["entity"][domain][key].get("state", {"on", "off"})
            assert icon.get("state", {}).keys() <= set(known), (domain, key)


# Refusals, messages and repairs


def keys_of(node: ast.expr) -> list[ast.expr]:
    """Return the one key that a call names, or the two between which it chooses."""
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


class Asked:
    """The texts that the code asks for: exceptions and issues, each with what it passes."""

    def __init__(self) -> None:
        self.exceptions: dict[str, set[frozenset[str]]] = {}
        self.issues: dict[str, set[frozenset[str]]] = {}
        self.by_variable: set[tuple[str, str]] = set()
        """Where a key is handed on that stands elsewhere: file and function."""
        for name, path in SOURCES.items():
            self._read(str(name), ast.parse(path.read_text()), "")

    def _read(self, file: str, node: ast.AST, function: str) -> None:
        for each in ast.iter_child_nodes(node):
            inner = (
                each.name if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) else function
            )
            if isinstance(each, ast.Call):
                self._call(file, each, function)
            self._read(file, each, inner)

    def _call(self, file: str, call: ast.Call, function: str) -> None:
        func = call.func
        name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
        passed = frozenset(each.arg for each in call.keywords if each.arg)
        keywords = {each.arg: each.value for each in call.keywords}
        match name:
            case "Refused" | "refusal":
                self._key(file, function, self.exceptions, call.args[0], passed)
            case "text":
                self._key(file, function, self.exceptions, call.args[1], passed)
            case "show" if call.args:  # the path's alert, which passes the blockers on
                self._key(file, function, self.exceptions, call.args[0], frozenset({"blockers"}))
            case "_report":  # the book's issue, which adds runner and file
                passed |= {"runner", "file"}
                for each in keys_of(call.args[0]):
                    self._key(file, function, self.issues, each, passed)
            case _ if key := keywords.get("translation_key"):
                is_issue = name == "async_create_issue"
                if name.endswith("Error") or is_issue:
                    given = keywords.get("translation_placeholders", ast.Dict([], []))
                    names = frozenset(
                        key.value
                        for key in getattr(given, "keys", ())
                        if isinstance(key, ast.Constant) and isinstance(key.value, str)
                    )
                    self._key(
                        file, function, self.issues if is_issue else self.exceptions, key, names
                    )

    def _key(
        self,
        file: str,
        function: str,
        texts: dict[str, set[frozenset[str]]],
        key: ast.expr,
        passed: frozenset[str],
    ) -> None:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            texts.setdefault(key.value, set()).add(passed)
        elif isinstance(key, ast.JoinedStr) and ast.unparse(key) == "f'blocker_{each.reason}'":
            for reason in BlockerReason:
                texts.setdefault(f"blocker_{reason.value}", set()).add(passed)
        else:
            self.by_variable.add((file, function))


def test_every_refusal_and_message_has_its_text_with_what_the_code_passes() -> None:
    """Red when a reason has no text, a text no reason, or either has a placeholder more.

    A key that is handed on in a variable has to be known here, or it would go unseen.
    """
    asked = Asked()
    for key in ("entity_missing", "path_sensor_missing", "belt_sensor_missing"):
        asked.issues[key] = {frozenset({"entity", "gym"})}
    for key, words in (
        ("walk_interrupted", {"started", "planned", "minutes", "session_id"}),
        ("walk_interrupted_at_once", {"started", "planned"}),
    ):  # the questions, whose titles name the runner
        asked.exceptions[key] = {frozenset(words)}
        asked.exceptions[f"{key}_title"] = {frozenset({"runner"})}
    assert asked.by_variable == {
        ("gym/gym.py", "check_parts"),  # the two keys above
        ("messages.py", "_show"),  # the questions above
        ("messages.py", "show"),  # its callers name the key
        ("refusal.py", "refusal"),  # so do its
        ("refusal.py", "translated"),  # what Refused was raised with
        ("book.py", "_report"),  # what came with the key
    }
    assert len(asked.exceptions) > 20, "the look into the code finds refusals"
    for texts, keys, parts in (
        (EN["exceptions"], asked.exceptions, {"message"}),
        (EN["issues"], asked.issues, {"title", "description"}),
    ):
        assert texts.keys() == keys.keys()
        for key, passed in keys.items():
            assert len(passed) == 1, f"{key} is passed different placeholders: {passed}"
            assert placeholders(texts[key]) == set(*passed), key
            assert texts[key].keys() == parts


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


def test_every_choice_has_its_word() -> None:
    """The options of all select forms, of the flows and of the actions, and no others."""
    offered: dict[str, set[str]] = {}

    def gather(config: dict[str, Any]) -> None:
        key = config.get("translation_key")
        assert key, f"a choice without words: {config}"
        offered.setdefault(key, set()).update(config["options"])

    def look(schema: Any) -> None:
        for each in schema.schema.values():
            if isinstance(each, section):
                look(each.schema)
            elif isinstance(each, selector.SelectSelector):
                gather(dict(each.config))

    for schema in (
        config_flow.GYM_SCHEMA,
        config_flow.OPTIONS_SCHEMA,
        config_flow.DETAILS_SCHEMA,
        config_flow.RUNNER_SCHEMA,
    ):
        look(schema)
    for action in SERVICES.values():
        for field in action.get("fields", {}).values():
            if "select" in field["selector"]:
                gather(field["selector"]["select"])
    assert {key: set(each["options"]) for key, each in EN["selector"].items()} == offered


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
        *("issues", "services"),
    }


def test_other_languages_say_neither_more_nor_less() -> None:
    """Each has a subset of the English keys, with the same placeholders."""
    english = dict(leaves(EN))
    for path in (PACKAGE / "translations").glob("*.json"):
        for where, text in leaves(read_json(f"translations/{path.name}")):
            assert where in english, (path.name, where)
            assert placeholders(text) == placeholders(english[where]), (path.name, where)


def test_icons_exist() -> None:
    """Each is of the set that Home Assistant's frontend draws, and none repeats its default."""
    frontend = pytest.importorskip("hass_frontend")
    known = {
        each["name"]
        for each in json.loads((frontend.where() / "static/mdi/iconList.json").read_text())
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
        | proven\s+(to|method|benefit\w*)\b | scientifically | clinically | evidence[\s-]based
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
    pages += [*REPOSITORY.glob("blueprints/**/*.yaml"), *REPOSITORY.glob("demo/*.yaml")]
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
    for harmless in ("On a treadmill", "Your health data", "It trains balance", "Easy finish"):
        assert not CLAIMS.search(harmless)
