"""The forms: a gym in two steps, its runners, and changing all of it without ending a walk."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.retrowalk.const import DOMAIN
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigSubentry,
    FlowType,
    SubentryFlowContext,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData, section
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component

from .conftest import MakeWorld, World
from .treadmills import Shape, roles

type Form = dict[str, Any]
type Enter = Callable[[HomeAssistant, Form, Form], Awaitable[Form]]

GYM: Form = {"name": "Home gym", "surface": "treadmill"}
LEFT_EMPTY: Form = {
    "light": {"lights": [], "brightness": 100, "restore": True, "also_restore": []},
    "path": {"sensors": [], "also_sees_me": [], "watched": []},
    "treadmill": {"stop_keeps_still": False, "still_watts": 40, "may_move": False},
    "voice": {
        "satellites": [],
        "speakers": [],
        "detail": "full",
        "detail_of": [],
        "signal_lights": [],
    },
    "week": {"week_start": "monday"},
}
"""What is kept of sections in which nothing was filled in."""
DETAILS: Form = {
    "light": {
        "lights": ["light.lamp"],
        "brightness": 80,
        "restore": True,
        "also_restore": ["fan.gym"],
    },
    "path": {
        "sensors": ["binary_sensor.door"],
        "also_sees_me": ["binary_sensor.door"],
        "watched": [{"entity": "vacuum.robot", "clear": "docked, idle", "hold": 3}],
    },
    "treadmill": LEFT_EMPTY["treadmill"],
    "voice": {
        "satellites": ["assist_satellite.gym"],
        "speakers": ["media_player.gym"],
        "tts": "tts.voice",
        "detail": "short",
        "detail_of": [{"kind": "warm_up", "detail": "tones"}],
        "volume": 40,
        "signal_lights": ["light.lamp"],
    },
    "week": {"week_start": "sunday"},
}
EMPTY_DETAILS: Form = {"light": {}, "path": {}, "treadmill": {}, "week": {}}
"""What a form sends that has never heard of a voice."""
SESSION: Form = {"session": {"go_wait": 60, "grace": 30}}
RUNNER: Form = {"name": "Ann", "level": "6", "weekly_goal": 45, "rails": "as_level", "phones": []}
NOTHING_MORE: Form = {
    "satellites_start": True,
    "usual_pain": 0,
    "check_in": "08:00:00",
    "running": {"weekdays": []},
    "screening": {"applies": [], "cleared": False, "true_today": False},
    "break": {"ill": False},
}
"""What the form of a runner makes of its sections where nobody touches them."""

BAD_SECONDS = (-0.1, 10.1, 11, "nan", "inf", "soon", None)
BAD_NAMES = {
    "": "name_empty",
    "  \t ": "name_empty",
    "x" * 61: "name_too_long",
    "x" * 300: "name_too_long",
    "🏃" * 61: "name_too_long",
}
ODD_NAMES = (
    "🏃",
    "Ünï čödé",
    '<img src=x onerror="alert(1)">',
    "{name} {gym} {holder} %s",
    "x" * 60,
)


async def open_gym_form(hass: HomeAssistant) -> Form:
    flow: Any = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "user")
    return dict(flow)


async def fill(hass: HomeAssistant, flow: Form, data: Form) -> Form:
    result: Any = await hass.config_entries.flow.async_configure(flow["flow_id"], dict(data))
    await hass.async_block_till_done()
    return dict(result)


async def add_gym(hass: HomeAssistant, **data: Any) -> ConfigEntry:
    details = await fill(hass, await open_gym_form(hass), GYM | data)
    assert details["step_id"] == "details", details["errors"]
    made = await fill(hass, details, EMPTY_DETAILS)
    assert made["type"] is FlowResultType.CREATE_ENTRY
    entry: ConfigEntry = made["result"]
    return entry


async def open_reconfigure(hass: HomeAssistant, entry: ConfigEntry) -> Form:
    flow: Any = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "reconfigure")
    return dict(flow)


async def open_options(hass: HomeAssistant, entry: ConfigEntry) -> Form:
    menu: Any = await hass.config_entries.options.async_init(entry.entry_id)
    assert (menu["type"], menu["step_id"]) == (FlowResultType.MENU, "init")
    flow = await fill_options(hass, dict(menu), {"next_step_id": "settings"})
    assert (flow["type"], flow["step_id"]) == (FlowResultType.FORM, "settings")
    return flow


async def open_automations(hass: HomeAssistant, entry: ConfigEntry) -> Form:
    menu: Any = await hass.config_entries.options.async_init(entry.entry_id)
    return await fill_options(hass, dict(menu), {"next_step_id": "automations"})


async def fill_options(hass: HomeAssistant, flow: Form, data: Form) -> Form:
    result: Any = await hass.config_entries.options.async_configure(flow["flow_id"], dict(data))
    await hass.async_block_till_done()
    return dict(result)


async def open_runner_form(
    hass: HomeAssistant, entry: ConfigEntry, runner: ConfigSubentry | None = None
) -> Form:
    context = SubentryFlowContext(source=SOURCE_USER)
    if runner is not None:
        context = SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=runner.subentry_id)
    flow: Any = await hass.config_entries.subentries.async_init(
        (entry.entry_id, "runner"), context=context
    )
    assert (flow["type"], flow["step_id"]) == (
        FlowResultType.FORM,
        "reconfigure" if runner else "user",
    )
    return dict(flow)


async def fill_runner(hass: HomeAssistant, flow: Form, data: Form) -> Form:
    result: Any = await hass.config_entries.subentries.async_configure(flow["flow_id"], dict(data))
    await hass.async_block_till_done()
    return dict(result)


async def add_runner(hass: HomeAssistant, entry: ConfigEntry, **data: Any) -> ConfigSubentry:
    result = await fill_runner(hass, await open_runner_form(hass, entry), RUNNER | data)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result.get("errors")
    return the_runner(entry, result["title"])


def the_runner(entry: ConfigEntry, name: str) -> ConfigSubentry:
    """Return the one runner of that name."""
    (runner,) = [each for each in entry.subentries.values() if each.title == name]
    return runner


def suggested(flow: Form) -> Form:
    """Return what a form shows as filled in, section by section."""

    def of(schema: Any) -> Form:
        values: Form = {}
        for key, value in schema.schema.items():
            if isinstance(value, section):
                values[str(key)] = of(value.schema)
            elif key.description and "suggested_value" in key.description:
                values[str(key)] = key.description["suggested_value"]
        return values

    return of(flow["data_schema"])


def area_of(hass: HomeAssistant, entry: ConfigEntry, name: str) -> str | None:
    """Return the area of the device of that name."""
    return device_of(hass, entry, name).area_id


def device_of(hass: HomeAssistant, entry: ConfigEntry, name: str) -> dr.AnyDeviceEntry:
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    (device,) = [each for each in devices if each.name == name]
    return device


def areas(hass: HomeAssistant) -> tuple[str, str]:
    """Make two areas and return their ids."""
    registry = ar.async_get(hass)
    return registry.async_create("Cellar").id, registry.async_create("Attic").id


# A gym, from nothing


async def test_a_gym_is_set_up_in_two_steps_and_the_first_runner_comes_right_after(
    hass: HomeAssistant,
) -> None:
    """Red when async_on_create_entry does not hand over the runner's flow."""
    details = await fill(hass, await open_gym_form(hass), GYM)
    assert (details["type"], details["step_id"]) == (FlowResultType.FORM, "details")
    made = await fill(hass, details, DETAILS)

    assert made["type"] is FlowResultType.CREATE_ENTRY
    entry = made["result"]
    assert (entry.title, entry.unique_id) == ("Home gym", "home gym")
    assert entry.data == {"surface": "treadmill"}
    assert entry.options == DETAILS
    assert entry.state is ConfigEntryState.LOADED

    kind, flow_id = made["next_flow"]
    assert kind is FlowType.CONFIG_SUBENTRIES_FLOW
    (runner_form,) = hass.config_entries.subentries.async_progress()
    assert (runner_form["flow_id"], runner_form["step_id"]) == (flow_id, "user")
    more = {"year_of_birth": 1975, "phones": ["phone_of_ann"], "heart_rate": "sensor.strap"}
    added = await fill_runner(hass, {"flow_id": flow_id}, RUNNER | more)
    assert added["type"] is FlowResultType.CREATE_ENTRY

    runner = the_runner(entry, "Ann")
    assert runner.unique_id == "ann"
    assert runner.data == {
        "level": 6,
        "weekly_goal": 45,
        "rails": "as_level",
        "year_of_birth": 1975,
        "phones": ["phone_of_ann"],
        "heart_rate": "sensor.strap",
    }
    assert {type(runner.data[key]) for key in ("level", "weekly_goal", "year_of_birth")} == {int}
    for entity_id in ("sensor.ann_state", "switch.ann_session", "binary_sensor.home_gym_path"):
        assert hass.states.get(entity_id) is not None


async def test_everything_but_a_gyms_name_may_be_left_empty(hass: HomeAssistant) -> None:
    entry = await add_gym(hass)
    assert entry.state is ConfigEntryState.LOADED
    assert entry.options == LEFT_EMPTY
    assert suggested(await open_options(hass, entry)) == LEFT_EMPTY | {"session": {}}


async def test_two_gyms_stand_side_by_side(hass: HomeAssistant) -> None:
    first = await add_gym(hass)
    second = await add_gym(hass, name="Garage", surface="both", lane_length=12)
    await add_runner(hass, first)
    await add_runner(hass, second, name="Cal")
    assert [first.state, second.state] == [ConfigEntryState.LOADED] * 2
    assert hass.states.get("binary_sensor.home_gym_path") is not None
    assert hass.states.get("binary_sensor.garage_path") is not None
    assert hass.states.get("sensor.cal_state") is not None


@pytest.mark.parametrize("form", ["a new gym", "a gym that is changed"])
async def test_a_bad_name_of_a_gym_is_said_and_what_was_typed_is_kept(
    hass: HomeAssistant, form: str
) -> None:
    """Each bad name gives its word in the same form, and a good one then goes on.

    Red when the form is shown again without the values that were typed.
    """
    await add_gym(hass, name="Garage")
    if form == "a new gym":
        flow = await open_gym_form(hass)
    else:
        flow = await open_reconfigure(hass, await add_gym(hass))
    taken = dict.fromkeys(("Garage", "GARAGE", "  garage "), "name_taken")
    for name, error in (BAD_NAMES | taken).items():
        typed = {"name": name, "surface": "both", "lane_length": 12}
        flow = await fill(hass, flow, typed)
        assert flow["type"] is FlowResultType.FORM
        assert flow["errors"] == {"name": error}
        assert suggested(flow) == typed | {"name": name.strip()}
        assert flow["description_placeholders"]["most"] == "60"
    flow = await fill(hass, flow, suggested(flow) | {"name": "  Cellar "})
    if form == "a new gym":
        flow = await fill(hass, flow, EMPTY_DETAILS)
        assert flow["type"] is FlowResultType.CREATE_ENTRY
    else:
        assert flow["reason"] == "reconfigure_successful"
    titles = {entry.title: entry for entry in hass.config_entries.async_entries(DOMAIN)}
    assert titles["Cellar"].data == {"surface": "both", "lane_length": 12}


async def test_odd_names_are_taken_as_they_are(hass: HomeAssistant) -> None:
    """Emoji, markup, braces and the longest name: kept letter by letter, and nothing breaks."""
    hass.states.async_set("binary_sensor.door", "on")
    for name in ODD_NAMES:
        entry = await add_gym(hass, name=name)
        await fill_options(
            hass,
            await open_options(hass, entry),
            DETAILS | {"light": {}, "session": {"go_wait": 60}},
        )
        runner = await add_runner(hass, entry, name=name)
        assert (entry.title, runner.title) == (name, name)
        (switch,) = [
            each.entity_id
            for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
            if each.domain == "switch"
        ]
        await hass.services.async_call(
            DOMAIN, "start_session", {"entity_id": switch, "kind": "warm_up"}, blocking=True
        )
        state = hass.states.get(switch)
        assert state is not None
        assert (state.state, state.name) == ("on", f"{name} Session")
        await hass.services.async_call(DOMAIN, "stop_everything", {}, blocking=True)


async def test_a_lane_needs_its_length(hass: HomeAssistant) -> None:
    flow = await open_gym_form(hass)
    for surface in ("lane", "both"):
        flow = await fill(hass, flow, {"name": "Hall", "surface": surface})
        assert flow["errors"] == {"lane_length": "lane_length_missing"}
        assert suggested(flow) == {"name": "Hall", "surface": surface}
        figures = flow["description_placeholders"]
        assert (figures["shortest"], figures["longest"]) == ("8", "100")
    flow = await fill(hass, flow, suggested(flow) | {"name": "", "surface": "lane"})
    assert flow["errors"] == {"name": "name_empty", "lane_length": "lane_length_missing"}
    flow = await fill(hass, flow, {"name": "Hall", "surface": "lane", "lane_length": 8})
    assert flow["step_id"] == "details"


@pytest.mark.parametrize("length", [3, 7.9, 101, -1, "nan", "inf", "ten", None])
async def test_a_lane_that_cannot_be_is_refused_by_its_field(
    hass: HomeAssistant, length: object
) -> None:
    """Red when a figure that is no number passes the range: neither is below nor above."""
    flow = await open_gym_form(hass)
    with pytest.raises(InvalidData) as caught:
        await fill(hass, flow, {"name": "Hall", "surface": "lane", "lane_length": length})
    assert set(caught.value.schema_errors) == {"lane_length"}
    flow = await fill(hass, flow, {"name": "Hall", "surface": "lane", "lane_length": 10})
    assert flow["step_id"] == "details"


async def test_figures_out_of_range_are_refused_by_their_field(hass: HomeAssistant) -> None:
    entry = await add_gym(hass)
    flow = await open_runner_form(hass, entry)
    bad_runner: dict[str, tuple[object, ...]] = {
        "weekly_goal": (9, 91, "nan", "", None),
        "year_of_birth": (1919, 2021, "nan", "old"),
        "level": ("0", "9", 6, ""),
        "rails": ("never", ""),
        "person": ("light.lamp", "Ann", ""),
        "heart_rate": ("light.lamp", "strap", ""),
        "phones": ("phone_of_ann", [1], None),
    }
    for field, values in bad_runner.items():
        for value in values:
            with pytest.raises(InvalidData) as caught:
                await fill_runner(hass, flow, RUNNER | {field: value})
            assert set(caught.value.schema_errors) == {field}, value
    flow = await open_options(hass, entry)
    bad_options: dict[str, dict[str, tuple[object, ...]]] = {
        "light": {
            "brightness": (0, 101, "nan"),
            "lights": (["switch.lamp"], "lamp"),
            "also_restore": (["script.fan"], ["vacuum.robot"], "fan.gym"),
        },
        "path": {
            "sensors": (["light.lamp"], "door"),
            "watched": (
                *([{"entity": "vacuum.robot", "hold": each}] for each in BAD_SECONDS),
                [{"entity": "robot"}],
                [{"clear": "docked"}],
                [{"entity": "vacuum.robot", "name": "Robot"}],
                [{"entity": "vacuum.robot", "clear": ["docked"]}],
                ["vacuum.robot"],
                "vacuum.robot",
                None,
            ),
        },
        "treadmill": {
            "still_watts": (0, 0.9, 500.5, 501, -40, "nan", "inf", "few", None),
            "stop": ("light.lamp", "stop", ["switch.belt"]),
            "start": ("number.speed", "light.lamp"),
            "speed": ("switch.belt", "sensor.belt_speed"),
            "incline": ("switch.belt", "sensor.belt_speed"),
            "speed_sensor": ("number.speed",),
            "power_sensor": ("number.speed",),
            "plug": ("button.belt", "light.lamp"),
            "connect": ("button.belt", "light.lamp"),
            "go_button": ("switch.belt", "sensor.button"),
            "stop_button": ("switch.belt", "sensor.button"),
        },
        "voice": {
            "satellites": (["media_player.gym"], "satellite"),
            "speakers": (["assist_satellite.gym"], "speaker"),
            "tts": ("media_player.gym", ["tts.voice"]),
            "volume": (0, 101, "loud", "nan"),
            "detail": ("loud", 1),
            "detail_of": ("full", ["full"]),
            "signal_lights": (["switch.belt"], "light"),
        },
        "week": {"week_start": ("tuesday", 1)},
        "session": {"go_wait": (29, 601, "nan"), "grace": (-1, 601, "soon")},
    }
    for part, fields in bad_options.items():
        for field, values in fields.items():
            for value in values:
                data = EMPTY_DETAILS | {"session": {}} | {part: {field: value}}
                with pytest.raises(InvalidData) as caught:
                    await fill_options(hass, flow, data)
                assert f"{part}.{field}" in str(caught.value.schema_errors), value
    assert dict(entry.subentries) == {}
    assert entry.options["path"]["sensors"] == []


async def test_of_two_who_set_up_the_same_gym_the_second_is_told(hass: HomeAssistant) -> None:
    """Both forms were open before the first was sent; the unique id is the last to know."""
    one, other = [await fill(hass, await open_gym_form(hass), GYM) for _ in range(2)]
    assert (await fill(hass, one, EMPTY_DETAILS))["type"] is FlowResultType.CREATE_ENTRY
    late = await fill(hass, other, EMPTY_DETAILS)
    assert (late["type"], late["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_the_same_gym_sent_twice_at_once_is_set_up_once(hass: HomeAssistant) -> None:
    forms = [await fill(hass, await open_gym_form(hass), GYM) for _ in range(2)]
    results = await asyncio.gather(*(fill(hass, form, EMPTY_DETAILS) for form in forms))
    assert {each["type"] for each in results} == {FlowResultType.CREATE_ENTRY, FlowResultType.ABORT}
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


async def test_a_gym_renamed_elsewhere_keeps_its_first_name_to_itself(
    hass: HomeAssistant,
) -> None:
    """Home Assistant's own rename changes the title alone, not the unique id.

    Red when only titles are looked at: the name passes the first form and fails after the second.
    """
    renamed = await add_gym(hass)
    other = await add_gym(hass, name="Garage")
    hass.config_entries.async_update_entry(renamed, title="Cellar")
    for flow in (await open_gym_form(hass), await open_reconfigure(hass, other)):
        for name in ("home gym", "cellar"):
            assert (await fill(hass, flow, GYM | {"name": name}))["errors"] == {
                "name": "name_taken"
            }
    flow = await fill(hass, await open_reconfigure(hass, renamed), GYM)
    assert flow["reason"] == "reconfigure_successful"
    assert (renamed.title, renamed.unique_id) == ("Home gym", "home gym")


# Path, treadmill and voice


DOOR, ROBOT, OWN_PATH = "binary_sensor.door", "vacuum.robot", "binary_sensor.garage_path"
SPEED, WATTS, COUNT = "sensor.belt_speed", "sensor.belt_power", "sensor.belt_count"
PARTS: dict[str, tuple[str | None, float | None]] = {
    SPEED: ("mph", None),
    WATTS: ("kW", None),
    COUNT: (None, None),
    "number.speed": ("km/h", 0.5),
    "number.speed_to_zero": ("mph", 0),
    "number.some_speed": (None, 0),
    "number.share_of_speed": ("%", 0),
    "number.incline": ("%", 0),
    "number.level_of_incline": (None, 0),
    "number.angle": ("°", 0),
}
"""What stands in the gym: each with its unit and, where it is set, the least it can be set to."""
MOVED: Form = {
    "start": "switch.belt",
    "speed": "number.speed",
    "speed_sensor": SPEED,
    "may_move": True,
}
VOUCHED: Form = {"stop_keeps_still": True}


def put_up(hass: HomeAssistant) -> None:
    """Let Home Assistant know the parts of a gym, which all say something."""
    for entity_id, (unit, least) in PARTS.items():
        known = {"unit_of_measurement": unit, "min": least}
        hass.states.async_set(entity_id, "1", {k: v for k, v in known.items() if v is not None})


async def open_sections(hass: HomeAssistant, form: str) -> tuple[Form, Enter, Form]:
    """Return an open form with the sections of a gym: of a new one, or its options.

    With it comes what fills it in, and what options have beside the sections.
    """
    if form == "a new gym":
        return await fill(hass, await open_gym_form(hass), GYM), fill, {}
    return await open_options(hass, await add_gym(hass)), fill_options, SESSION


def the_gym(hass: HomeAssistant) -> ConfigEntry:
    """Return the gym whose sections were filled in."""
    (entry,) = [
        each for each in hass.config_entries.async_entries(DOMAIN) if each.title == "Home gym"
    ]
    return entry


def without(role: str) -> Form:
    """Return a treadmill that may be moved, but for one role."""
    return {key: value for key, value in MOVED.items() if key != role}


TOGGLES = ("button.belt", "input_button.belt", "script.belt")
IN_THE_WAY: list[tuple[str, Form, Form]] = [
    ("own_entity", {"sensors": [DOOR, OWN_PATH]}, {"sensors": [DOOR]}),
    ("own_entity", {"watched": [{"entity": OWN_PATH}]}, {"watched": []}),
    (
        "not_a_path_sensor",
        {"sensors": [DOOR], "also_sees_me": ["binary_sensor.mat"]},
        {"sensors": [DOOR], "also_sees_me": [DOOR]},
    ),
    (
        "not_a_path_sensor",
        {"also_sees_me": [DOOR]},
        {"watched": [{"entity": DOOR}], "also_sees_me": [DOOR]},
    ),
    ("watched_twice", {"sensors": [DOOR, DOOR]}, {"sensors": [DOOR]}),
    (
        "watched_twice",
        {"sensors": [DOOR], "watched": [{"entity": DOOR, "hold": 3}]},
        {"sensors": [DOOR], "watched": [{"entity": ROBOT, "hold": 3}]},
    ),
    (
        "watched_twice",
        {"watched": [{"entity": ROBOT, "clear": "docked"}, {"entity": ROBOT, "clear": "idle"}]},
        {"watched": [{"entity": ROBOT, "clear": "docked, idle"}]},
    ),
]
NOT_FIT: list[tuple[str, Form, Form]] = [
    ("not_a_speed", {"speed_sensor": WATTS}, {"power_sensor": WATTS}),
    ("not_a_speed", {"speed_sensor": COUNT}, {}),
    ("not_a_power", {"power_sensor": SPEED}, {"speed_sensor": SPEED}),
    ("not_a_power", {"power_sensor": COUNT}, {}),
    ("not_a_grade", {"incline": "number.angle"}, {"incline": "number.incline"}),
    ("not_a_grade", {"incline": "number.speed"}, {"incline": "number.level_of_incline"}),
    *(
        ("stop_is_toggle", {"start": each, "stop": each} | VOUCHED, {"start": each})
        for each in TOGGLES
    ),
    *(("stop_not_vouched_for", {"stop": each}, {"stop": each} | VOUCHED) for each in TOGGLES),
    ("stop_not_zero", {"stop": "number.speed"}, {"stop": "number.speed_to_zero"}),
    (
        "consent_needs_sensor",
        without("speed_sensor"),
        without("speed_sensor") | {"power_sensor": WATTS},
    ),
    ("consent_needs_speed", without("speed"), MOVED),
    ("speed_needs_unit", MOVED | {"speed": "number.some_speed"}, MOVED),
    ("speed_needs_unit", MOVED | {"speed": "number.share_of_speed"}, MOVED),
    ("consent_needs_stop", without("start"), without("start") | {"may_move": False}),
    *(
        (
            "consent_needs_stop",
            MOVED | {"start": each},
            MOVED | {"start": each, "stop": "button.stop"} | VOUCHED,
        )
        for each in TOGGLES
    ),
    (
        "consent_needs_start",
        without("start") | {"stop": "switch.belt"},
        MOVED | {"stop": "switch.belt"},
    ),
    ("role_taken", MOVED | {"plug": MOVED["start"]}, MOVED | {"plug": "switch.plug"}),
    ("role_taken", {"stop": "switch.belt", "connect": "switch.belt"}, {"stop": "switch.belt"}),
    ("role_taken", {"plug": "switch.plug", "connect": "switch.plug"}, {"plug": "switch.plug"}),
]
NOT_HEARD: list[tuple[str, Form, Form]] = [
    (
        "speakers_need_tts",
        {"speakers": ["media_player.gym"], "satellites": ["assist_satellite.gym"]},
        {"speakers": ["media_player.gym"], "tts": "tts.voice"},
    ),
]
REFUSED = [
    pytest.param(part, *each, id=each[0])
    for part, cases in (("path", IN_THE_WAY), ("treadmill", NOT_FIT), ("voice", NOT_HEARD))
    for each in cases
]


@pytest.mark.parametrize("form", ["a new gym", "options"])
@pytest.mark.parametrize(("part", "error", "typed", "mended"), REFUSED)
async def test_a_section_that_cannot_be_is_said_and_what_was_typed_is_kept(
    hass: HomeAssistant, form: str, part: str, error: str, typed: Form, mended: Form
) -> None:
    """Each fault gives its word in the same form, nothing typed is lost, and mended it is taken.

    Red when a check is left out, told for one form alone, or shows the form without what was typed.
    """
    put_up(hass)
    await add_gym(hass, name="Garage")
    flow, enter, more = await open_sections(hass, form)
    shown = await enter(hass, flow, DETAILS | more | {part: typed})
    assert (shown["type"], shown["errors"]) == (FlowResultType.FORM, {"base": error})
    assert suggested(shown) == DETAILS | more | {part: LEFT_EMPTY[part] | typed}

    done = await enter(hass, shown, suggested(shown) | {part: mended})
    assert done["type"] is FlowResultType.CREATE_ENTRY, done["errors"]
    assert the_gym(hass).options == DETAILS | more | {part: LEFT_EMPTY[part] | mended}


@pytest.mark.parametrize("form", ["a new gym", "options"])
async def test_of_many_faults_one_is_said_after_the_other_until_all_are_mended(
    hass: HomeAssistant, form: str
) -> None:
    """Sections may be closed, so it is told for the whole form. Red when a fault hides another."""
    put_up(hass)
    flow, enter, more = await open_sections(hass, form)
    typed = DETAILS | more | {"voice": {"speakers": ["media_player.gym"]}}
    typed |= {"path": {"sensors": [DOOR, DOOR]}, "treadmill": {"stop": "button.belt"} | MOVED}
    for error, part, mended in (
        ("watched_twice", "path", {"sensors": [DOOR]}),
        ("stop_not_vouched_for", "treadmill", {"stop": "button.belt"} | MOVED | VOUCHED),
        ("speakers_need_tts", "voice", {}),
    ):
        flow = await enter(hass, flow, typed)
        assert flow["errors"] == {"base": error}
        typed = suggested(flow) | {part: mended}
    flow = await enter(hass, flow, typed)
    assert flow["type"] is FlowResultType.CREATE_ENTRY


async def test_a_part_of_the_treadmill_is_not_restored_with_the_light(hass: HomeAssistant) -> None:
    """Red when the end of a walk may switch a belt on, or a plug that was the last resort."""
    put_up(hass)
    flow, enter, _ = await open_sections(hass, "a new gym")
    for named in ({"start": "switch.belt"}, {"plug": "switch.belt"}):
        light = {"lights": [], "also_restore": ["switch.belt"]}
        flow = await enter(hass, flow, DETAILS | {"light": light, "treadmill": named})
        assert flow["errors"] == {"base": "role_restored"}


async def test_one_treadmill_belongs_to_one_gym(hass: HomeAssistant) -> None:
    """Red when a gym stops what another one moves; its own options are its own."""
    put_up(hass)
    flow = await fill(hass, await open_gym_form(hass), GYM | {"name": "Garage"})
    await fill(hass, flow, DETAILS | {"treadmill": MOVED})
    flow = await fill(hass, await open_gym_form(hass), GYM)
    shown = await fill(hass, flow, DETAILS | {"treadmill": {"stop": MOVED["start"]}})
    assert shown["errors"] == {"base": "treadmill_taken"}
    (garage,) = hass.config_entries.async_entries(DOMAIN)
    saved = await fill_options(
        hass, await open_options(hass, garage), DETAILS | SESSION | {"treadmill": MOVED}
    )
    assert saved["type"] is FlowResultType.CREATE_ENTRY


async def test_a_heart_rate_has_to_be_one(hass: HomeAssistant) -> None:
    entry = await add_gym(hass)
    hass.states.async_set("sensor.watts", "600", {"unit_of_measurement": "W"})
    hass.states.async_set("sensor.strap", "120", {"unit_of_measurement": "bpm"})
    flow = await open_runner_form(hass, entry)
    shown = await fill_runner(hass, flow, RUNNER | {"heart_rate": "sensor.watts"})
    assert shown["errors"] == {"heart_rate": "not_a_heart_rate"}
    done = await fill_runner(hass, shown, RUNNER | {"heart_rate": "sensor.strap"})
    assert done["type"] is FlowResultType.CREATE_ENTRY


TREADMILLS: dict[str, Form] = {
    **{each.value: roles(each) for each in Shape},
    "a switch that is told apart from the stop": MOVED | {"stop": "input_boolean.stop"},
    "two scripts": MOVED | {"start": "script.start", "stop": "script.stop"} | VOUCHED,
    "a speed whose 0 is not its stop": MOVED | {"speed": "number.speed_to_zero"},
    "a button that stops and a speed that starts": {
        "stop": "input_button.stop",
        "speed": "number.speed_to_zero",
        "speed_sensor": SPEED,
        "may_move": True,
    }
    | VOUCHED,
    "power alone": without("speed_sensor") | {"power_sensor": WATTS, "still_watts": 500},
    "everything that a form has": MOVED
    | {
        "stop": "button.stop",
        "incline": "number.incline",
        "power_sensor": WATTS,
        "still_watts": 1,
        "plug": "switch.plug",
        "connect": "switch.connection",
        "go_button": "event.go",
        "stop_button": "binary_sensor.stop",
    }
    | VOUCHED,
}
COACHED: dict[str, Form] = {
    "nothing": {},
    "a measured speed": {"speed_sensor": SPEED},
    "a stop that nothing proves": {"stop": "switch.belt"},
    "all roles and no consent": MOVED | {"may_move": False},
    "a speed without a unit": {"speed": "number.some_speed"},
}


@pytest.mark.parametrize("form", ["a new gym", "options"])
@pytest.mark.parametrize("shape", [*TREADMILLS, *COACHED])
async def test_every_shape_of_treadmill_is_taken_and_moves_only_with_consent(
    hass: HomeAssistant, form: str, shape: str
) -> None:
    """Red when a shape that owners have is refused, or a belt moves that nobody allowed to."""
    put_up(hass)
    least = 0 if shape == Shape.NUMBER_ONLY else 0.5
    kmh = {"unit_of_measurement": "km/h"}
    hass.states.async_set("number.treadmill_speed", "1", {**kmh, "min": least})
    hass.states.async_set("number.treadmill_incline", "0", {"unit_of_measurement": "%"})
    hass.states.async_set("sensor.treadmill_measured_speed", "0", kmh)
    treadmill = (TREADMILLS | COACHED)[shape]
    flow, enter, more = await open_sections(hass, form)
    done = await enter(hass, flow, DETAILS | more | {"treadmill": treadmill})
    assert done["type"] is FlowResultType.CREATE_ENTRY, done["errors"]
    entry = the_gym(hass)
    assert entry.options["treadmill"] == LEFT_EMPTY["treadmill"] | treadmill
    assert entry.runtime_data.gym.belt.moves is (shape in TREADMILLS)


@pytest.mark.parametrize("form", ["a new gym", "options"])
async def test_what_home_assistant_does_not_know_yet_may_come_later(
    hass: HomeAssistant, form: str
) -> None:
    """A treadmill that is switched off tells no unit. Red when only what is there is taken."""
    flow, enter, more = await open_sections(hass, form)
    treadmill = MOVED | {"incline": "number.incline", "power_sensor": WATTS}
    for typed in (treadmill, without("start") | {"stop": "number.speed"}):
        done = await enter(hass, flow, DETAILS | more | {"treadmill": typed})
        assert done["type"] is FlowResultType.CREATE_ENTRY, done["errors"]
        flow, enter, more = await open_options(hass, the_gym(hass)), fill_options, SESSION


@pytest.mark.parametrize("form", ["a new gym", "options"])
@pytest.mark.parametrize("watched", [{"entity": ROBOT}, ["entity"], [None]])
async def test_what_is_no_list_of_watched_things_is_refused_by_its_field(
    hass: HomeAssistant, form: str, watched: object
) -> None:
    """Red when one thing passes for a list of things: what reads the list then breaks."""
    flow, enter, more = await open_sections(hass, form)
    with pytest.raises(InvalidData) as caught:
        await enter(hass, flow, DETAILS | more | {"path": {"watched": watched}})
    assert "path.watched" in str(caught.value.schema_errors)
    done = await enter(hass, flow, DETAILS | more)
    assert done["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("slip", ["false", "no", 1, None])
async def test_nobody_consents_by_a_slip(hass: HomeAssistant, slip: object) -> None:
    """Red when any text that is sent passes for a yes."""
    put_up(hass)
    flow, enter, _ = await open_sections(hass, "a new gym")
    with pytest.raises(InvalidData) as caught:
        await enter(hass, flow, DETAILS | {"treadmill": MOVED | {"may_move": slip}})
    assert "treadmill.may_move" in str(caught.value.schema_errors)


@pytest.mark.parametrize("form", ["a new gym", "options"])
async def test_figures_may_be_at_both_ends_of_their_range(hass: HomeAssistant, form: str) -> None:
    flow, enter, more = await open_sections(hass, form)
    ends = [{"entity": ROBOT, "clear": "docked", "hold": 0}, {"entity": DOOR, "hold": 10}]
    for watts in (1, 500):
        typed = {"path": {"watched": ends}, "treadmill": {"still_watts": watts}}
        done = await enter(hass, flow, DETAILS | more | typed)
        assert done["type"] is FlowResultType.CREATE_ENTRY, done["errors"]
        assert the_gym(hass).options["path"]["watched"] == ends
        assert the_gym(hass).options["treadmill"]["still_watts"] == watts
        flow, enter, more = await open_options(hass, the_gym(hass)), fill_options, SESSION


async def test_what_a_form_names_as_clear_is_what_the_path_takes_for_clear(
    hass: HomeAssistant,
) -> None:
    """Spaces are the owner's, and nothing named is "off". Red when a state is not trimmed."""
    entry = await add_gym(hass)
    watched = [
        {"entity": ROBOT, "clear": " docked ,idle,, "},
        {"entity": "lock.flap", "clear": " "},
    ]
    hass.states.async_set(ROBOT, "cleaning")
    hass.states.async_set("lock.flap", "off")
    path = {"path": {"watched": watched}}
    await fill_options(hass, await open_options(hass, entry), DETAILS | SESSION | path)

    def blocked() -> list[str]:
        state = hass.states.get("binary_sensor.home_gym_path")
        assert state is not None
        return [each["entity"] for each in state.attributes["blockers"]]

    assert blocked() == [ROBOT]
    for said, others in (("docked", []), ("idle", []), ("idle,", [ROBOT]), ("off", [ROBOT])):
        hass.states.async_set(ROBOT, said)
        await hass.async_block_till_done()
        assert blocked() == others, said
    hass.states.async_set("lock.flap", "on")
    await hass.async_block_till_done()
    assert blocked() == [ROBOT, "lock.flap"]


# Areas


async def test_a_gym_and_its_runners_appear_in_the_area_that_its_form_named(
    hass: HomeAssistant,
) -> None:
    cellar, _ = areas(hass)
    entry = await add_gym(hass, area=cellar)
    await add_runner(hass, entry)
    assert area_of(hass, entry, "Home gym") == cellar
    assert area_of(hass, entry, "Ann") == cellar


async def test_a_gym_moves_with_its_runners_and_whom_a_person_moved_stays(
    hass: HomeAssistant,
) -> None:
    """Red when a form that leaves the area alone, or a set-up, moves a device back."""
    cellar, attic = areas(hass)
    hall = ar.async_get(hass).async_create("Hall").id
    entry = await add_gym(hass, area=cellar)
    await add_runner(hass, entry)
    await add_runner(hass, entry, name="Ben")

    def put(name: str, area: str) -> None:
        dr.async_get(hass).async_update_device(device_of(hass, entry, name).id, area_id=area)

    def where() -> list[str | None]:
        return [area_of(hass, entry, name) for name in ("Home gym", "Ann", "Ben")]

    put("Ben", hall)
    flow = await open_reconfigure(hass, entry)
    assert suggested(flow) == GYM | {"area": cellar}
    await fill(hass, flow, GYM | {"area": attic})
    assert where() == [attic, attic, hall]

    put("Home gym", cellar)
    lane = {"area": attic, "surface": "lane", "lane_length": 9}
    await fill(hass, await open_reconfigure(hass, entry), GYM | lane)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert where() == [cellar, attic, hall]

    await fill(hass, await open_reconfigure(hass, entry), GYM)
    assert where() == [None, None, hall]


async def test_a_gym_that_was_never_loaded_takes_its_area_later(hass: HomeAssistant) -> None:
    cellar, _ = areas(hass)
    entry = MockConfigEntry(domain=DOMAIN, title="Home gym", data={"surface": "treadmill"})
    entry.add_to_hass(hass)
    flow = await fill(hass, await open_reconfigure(hass, entry), GYM | {"area": cellar})
    assert flow["reason"] == "reconfigure_successful"
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert area_of(hass, entry, "Home gym") == cellar


# Changing a gym


async def test_a_gym_is_changed_without_a_reload(hass: HomeAssistant) -> None:
    """Red when the form reloads the entry."""
    entry = await add_gym(hass)
    home = entry.runtime_data
    flow = await open_reconfigure(hass, entry)
    assert suggested(flow) == GYM
    flow = await fill(hass, flow, {"name": "HOME gym ", "surface": "lane", "lane_length": 9})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert (entry.title, entry.unique_id) == ("HOME gym", "home gym")
    assert entry.data == {"surface": "lane", "lane_length": 9}
    assert device_of(hass, entry, "HOME gym").area_id is None
    assert entry.runtime_data is home


async def test_options_show_what_is_set_and_hold_at_once(hass: HomeAssistant) -> None:
    entry = await add_gym(hass)
    home = entry.runtime_data
    hass.states.async_set("binary_sensor.mat", "on")
    flow = await open_options(hass, entry)
    assert suggested(flow) == dict(entry.options) | {"session": {}}
    mat = {"sensors": ["binary_sensor.mat"], "also_sees_me": [], "watched": []}
    options = DETAILS | SESSION | {"path": mat}
    flow = await fill_options(hass, flow, options)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == options
    assert entry.runtime_data is home
    path = hass.states.get("binary_sensor.home_gym_path")
    assert path is not None
    assert path.state == "on"
    assert suggested(await open_options(hass, entry)) == options


# Runners


@pytest.mark.parametrize("form", ["a new runner", "a runner who is changed"])
async def test_a_bad_name_of_a_runner_is_said_and_what_was_typed_is_kept(
    hass: HomeAssistant, form: str
) -> None:
    """A runner's name is one for the whole home: it is what a voice calls."""
    entry, garage = await add_gym(hass), await add_gym(hass, name="Garage")
    await add_runner(hass, entry)
    await add_runner(hass, garage, name="Cal")
    ben = await add_runner(hass, entry, name="Ben") if form != "a new runner" else None
    flow = await open_runner_form(hass, entry, ben)
    taken = dict.fromkeys(("Ann", "ANN", " ann ", "cal"), "name_taken")
    typed = {
        "level": "3",
        "weekly_goal": 33,
        "rails": "always",
        "year_of_birth": 1950,
        "heart_rate": "sensor.strap",
        "phones": ["phone_of_dee", "tablet_of_dee"],
    }
    for name, error in (BAD_NAMES | taken).items():
        flow = await fill_runner(hass, flow, typed | {"name": name})
        assert flow["type"] is FlowResultType.FORM
        assert flow["errors"] == {"name": error}
        assert suggested(flow) == NOTHING_MORE | typed | {"name": name.strip()}
    await fill_runner(hass, flow, suggested(flow) | {"name": " Dee "})
    dee = the_runner(entry, "Dee")
    assert dee.data == typed | {"level": 3}
    assert dee.unique_id == "dee"
    assert len(entry.subentries) == 2


@pytest.mark.parametrize("form", ["a new runner", "a runner who is changed"])
async def test_a_runners_person_has_to_exist_and_to_be_free(hass: HomeAssistant, form: str) -> None:
    """Red when only the runners of the same gym are looked at."""
    for person in ("ann", "ben", "cal"):
        hass.states.async_set(f"person.{person}", "home")
    entry, garage = await add_gym(hass), await add_gym(hass, name="Garage")
    await add_runner(hass, entry, person="person.ann")
    await add_runner(hass, garage, name="Cal", person="person.cal")
    ben = await add_runner(hass, entry, name="Ben") if form != "a new runner" else None
    flow = await open_runner_form(hass, entry, ben)
    for person, error in {
        "person.nobody": "person_unknown",
        "person.ann": "person_taken",
        "person.cal": "person_taken",
    }.items():
        typed = RUNNER | {"name": "Ben", "person": person}
        flow = await fill_runner(hass, flow, typed)
        assert flow["errors"] == {"person": error}
        assert suggested(flow) == NOTHING_MORE | typed
    flow = await fill_runner(hass, flow, RUNNER | {"name": "", "person": "person.nobody"})
    assert flow["errors"] == {"name": "name_empty", "person": "person_unknown"}
    await fill_runner(hass, flow, RUNNER | {"name": "Ben", "person": "person.ben"})
    assert the_runner(entry, "Ben").data["person"] == "person.ben"


async def test_a_runner_is_changed_and_keeps_name_and_person(hass: HomeAssistant) -> None:
    hass.states.async_set("person.ann", "home")
    entry = await add_gym(hass)
    home = entry.runtime_data
    ann = await add_runner(hass, entry, person="person.ann", year_of_birth=1975)
    flow = await open_runner_form(hass, entry, ann)
    closed: Form = {key: {} for key in ("running", "screening", "break")}
    assert suggested(flow) == RUNNER | closed | {"person": "person.ann", "year_of_birth": 1975}
    data = RUNNER | {"name": "ANN", "person": "person.ann", "level": "7", "weekly_goal": 60}
    flow = await fill_runner(hass, flow, data)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    ann = the_runner(entry, "ANN")
    assert ann.unique_id == "ann"
    assert ann.data == {
        "person": "person.ann",
        "level": 7,
        "weekly_goal": 60,
        "rails": "as_level",
        "phones": [],
    }
    level, goal = hass.states.get("sensor.ann_level"), hass.states.get("number.ann_weekly_goal")
    assert level is not None
    assert goal is not None
    assert (level.state, goal.state) == ("7", "60")
    assert entry.runtime_data is home


async def test_a_runner_renamed_elsewhere_keeps_the_first_name_to_itself(
    hass: HomeAssistant,
) -> None:
    """Home Assistant's own rename changes the title alone.

    Red when only titles are looked at: the form closes and what was typed is lost.
    """
    entry = await add_gym(hass)
    ann = await add_runner(hass, entry)
    hass.config_entries.async_update_subentry(entry, ann, title="Anna")
    ben = await add_runner(hass, entry, name="Ben")
    await hass.async_block_till_done()
    for flow in (await open_runner_form(hass, entry), await open_runner_form(hass, entry, ben)):
        for name in ("ann", "anna"):
            shown = await fill_runner(hass, flow, RUNNER | {"name": name})
            assert shown["errors"] == {"name": "name_taken"}
    anna = the_runner(entry, "Anna")
    flow = await fill_runner(hass, await open_runner_form(hass, entry, anna), RUNNER)
    assert flow["reason"] == "reconfigure_successful"
    assert the_runner(entry, "Ann").unique_id == "ann"


# While somebody walks


def walk_of(world: World) -> tuple[str, str]:
    """Return which session of Ann's is going on, and what it does."""
    (ann,) = [
        each for each in world.entry.runtime_data.runners.values() if each.config.name == "Ann"
    ]
    view = ann.snapshot.session
    assert view is not None
    return view.session.session_id, world.state("sensor.ann_state")


async def test_no_form_disturbs_a_walk(make_world: MakeWorld) -> None:
    """Options, a changed gym, a changed runner and a new one: the same session walks on.

    Red when a form, the update listener or the runner's configure reloads or ends anything.
    """
    world = await make_world()
    hass, entry = world.hass, world.entry
    home = entry.runtime_data
    await world.call("start_session", {"kind": "warm_up"})
    await world.walk(to="walking_backward")
    await world.clocks.move(10)
    walk, ends = walk_of(world), world.attribute("sensor.ann_state", "phase_ends")

    options = DETAILS | {"light": {}, "path": {}, "session": {"go_wait": 60}}
    await fill_options(hass, await open_options(hass, entry), options)
    changed = {"name": "Cellar", "surface": "lane", "lane_length": 9}
    await fill(hass, await open_reconfigure(hass, entry), changed)
    for name in ("Ann", "Ben"):
        flow = await open_runner_form(hass, entry, the_runner(entry, name))
        await fill_runner(hass, flow, RUNNER | {"name": name, "level": "8", "weekly_goal": 10})

    assert hass.states.get("switch.cal_session") is None
    await add_runner(hass, entry, name="Cal")
    entity_ids = set(hass.states.async_entity_ids())
    of_ann = {each for each in entity_ids if ".ann_" in each}
    assert {each.replace(".ann_", ".cal_") for each in of_ann} <= entity_ids
    assert world.state("switch.cal_session") == "off"
    assert world.state("binary_sensor.cal_ready") == "off"  # Ann holds the gym

    assert walk_of(world) == walk
    assert world.attribute("sensor.ann_state", "phase_ends") == ends
    assert entry.runtime_data is home
    assert world.heard() == ["started", "level_changed"]
    await world.walk()
    assert world.heard()[-1] == "finished"
    assert world.state("sensor.ann_weekly_minutes") == "4.0"


# Through the real API


async def test_a_gym_and_its_runner_are_set_up_over_the_rest_api(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    """As the frontend does it, from the first form to the runner's, with one mistake in each."""
    assert await async_setup_component(hass, "config", {})
    # The server of these tests, unlike Home Assistant's own, takes no new paths once it runs.
    for component in (DOMAIN, "calendar"):
        assert await async_setup_component(hass, component, {})
    client = await hass_client()
    base = "/api/config/config_entries"

    async def post(path: str, data: Form, status: HTTPStatus = HTTPStatus.OK) -> Form:
        response = await client.post(f"{base}/{path}", json=data)
        assert response.status == status, await response.text()
        result: Form = await response.json()
        return result

    flow = await post("flow", {"handler": DOMAIN})
    assert [field["name"] for field in flow["data_schema"]] == [
        "name",
        "area",
        "surface",
        "lane_length",
    ]
    path = f"flow/{flow['flow_id']}"
    wrong = {"name": "Hall", "surface": "lane", "lane_length": 3}
    refused = await post(path, wrong, HTTPStatus.BAD_REQUEST)
    assert "lane_length" in refused["errors"]
    flow = await post(path, {"name": " ", "surface": "treadmill"})
    assert flow["errors"] == {"name": "name_empty"}
    flow = await post(path, GYM)
    assert flow["step_id"] == "details"
    assert [field["name"] for field in flow["data_schema"]] == [
        "light",
        "path",
        "treadmill",
        "voice",
        "week",
    ]
    flow = await post(path, EMPTY_DETAILS | {"path": {"also_sees_me": ["binary_sensor.x"]}})
    assert flow["errors"] == {"base": "not_a_path_sensor"}
    made = await post(path, EMPTY_DETAILS)
    assert made["type"] == "create_entry"
    kind, flow_id = made["next_flow"]
    assert kind == "config_subentries_flow"

    path = f"subentries/flow/{flow_id}"
    flow = await post(path, RUNNER | {"person": "person.nobody"})
    assert flow["errors"] == {"person": "person_unknown"}
    assert (await post(path, RUNNER))["type"] == "create_entry"
    await hass.async_block_till_done()
    assert hass.states.get("switch.ann_session") is not None

    entry_id = made["result"]["entry_id"]
    menu = await post("options/flow", {"handler": entry_id})
    flow = await post(f"options/flow/{menu['flow_id']}", {"next_step_id": "settings"})
    options = EMPTY_DETAILS | SESSION
    flow = await post(f"options/flow/{flow['flow_id']}", options)
    assert flow["type"] == "create_entry"
    entry = hass.config_entries.async_get_entry(entry_id)
    assert entry is not None
    assert entry.options == LEFT_EMPTY | SESSION


# What the coach knows from the form


@pytest.mark.parametrize(
    ("pause", "error"),
    [
        ({"until": "2026-12-24"}, "break_without_start"),
        ({"from": "2026-12-24"}, "break_without_end"),
        ({"from": "2026-12-24", "until": "2026-12-23"}, "break_backward"),
        ({"from": "2026-12-24", "until": "2028-12-24"}, "break_backward"),
    ],
)
async def test_a_break_has_two_ends_in_order(
    hass: HomeAssistant, pause: dict[str, str], error: str
) -> None:
    entry = await add_gym(hass)
    flow = await open_runner_form(hass, entry, None)
    flow = await fill_runner(hass, flow, RUNNER | {"break": pause})
    assert flow["errors"] == {"base": error}
    assert suggested(flow)["break"] == pause | {"ill": False}
    whole = {"from": "2026-12-24", "until": "2026-12-24"}
    await fill_runner(hass, flow, RUNNER | {"break": whole})
    assert the_runner(entry, "Ann").data["break"] == whole


async def test_the_day_of_the_answers_is_the_one_on_which_somebody_says_so(
    hass: HomeAssistant, freezer: Any
) -> None:
    """Red when every change of the form counts as going through the questions."""
    freezer.move_to("2026-11-16 12:00:00+00:00")
    entry = await add_gym(hass)
    answers = {"applies": ["knee"], "true_today": True}
    ann = await add_runner(hass, entry, screening=answers, check_in="07:15:00", weight=70)
    kept = {"applies": ["knee"], "answered": "2026-11-16"}
    assert ann.data["screening"] == kept
    assert (ann.data["check_in"], ann.data["weight"]) == ("07:15:00", 70)
    freezer.move_to("2026-12-16 12:00:00+00:00")
    flow = await open_runner_form(hass, entry, ann)
    await fill_runner(hass, flow, suggested(flow) | {"weekly_goal": 20})
    assert the_runner(entry, "Ann").data["screening"] == kept


async def test_our_own_calendar_tells_of_no_run(hass: HomeAssistant) -> None:
    """What we propose would take away what we propose. Red when the form takes it."""
    entry = await add_gym(hass)
    ann = await add_runner(hass, entry)
    flow = await open_runner_form(hass, entry, ann)
    ours = {"running": {"calendar": "calendar.ann_walks", "keyword": "Dedicated"}}
    flow = await fill_runner(hass, flow, suggested(flow) | ours)
    assert flow["errors"] == {"base": "own_entity"}


async def test_who_agreed_to_one_thing_has_not_agreed_to_the_next(hass: HomeAssistant) -> None:
    entry = await add_gym(hass)
    answers = {"applies": ["knee"], "cleared": True, "true_today": True}
    ann = await add_runner(hass, entry, screening=answers)
    assert ann.data["screening"]["cleared"] is True
    flow = await open_runner_form(hass, entry, ann)
    more = {"applies": ["knee", "diabetes"], "cleared": True}
    await fill_runner(hass, flow, suggested(flow) | {"screening": more})
    assert "cleared" not in the_runner(entry, "Ann").data["screening"]
