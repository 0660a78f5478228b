"""The forms: a gym in two steps, then its first runner; everything can be changed later."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from math import isfinite
from typing import Any, Final
import unicodedata

import voluptuous as vol

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentry,
    ConfigSubentryFlow,
    FlowType,
    OptionsFlow,
    SubentryFlowContext,
    SubentryFlowResult,
)
from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, CONF_NAME, PERCENTAGE, WEEKDAYS
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers import device_registry as dr, entity_registry as er, selector
from homeassistant.util import dt as dt_util
from homeassistant.util.unit_conversion import PowerConverter, SpeedConverter

from . import ready_made
from .check_in import ASK_AT
from .coach.cues import Detail
from .coach.feedback import MOST
from .coach.levels import FIRST, GOAL_MINUTES, LAST
from .coach.plan import Kind, Surface
from .coach.screening import ITEMS
from .const import DOMAIN
from .entry import (
    BOTH,
    CONF_ALSO_RESTORE,
    CONF_ALSO_SEES_ME,
    CONF_ANSWERED,
    CONF_APPLIES,
    CONF_AREA,
    CONF_AUTOMATIONS,
    CONF_BREAK,
    CONF_BRIGHTNESS,
    CONF_CALENDAR,
    CONF_CHECK_IN,
    CONF_CLEAR,
    CONF_CLEARED,
    CONF_CONNECT,
    CONF_DETAIL,
    CONF_DETAIL_OF,
    CONF_ENTITY,
    CONF_FROM,
    CONF_GO_BUTTON,
    CONF_GO_WAIT,
    CONF_GRACE,
    CONF_HEART_RATE,
    CONF_HOLD,
    CONF_ILL,
    CONF_INCLINE,
    CONF_KEYWORD,
    CONF_KIND,
    CONF_LANE_LENGTH,
    CONF_LAST_RUN,
    CONF_LEVEL,
    CONF_LIGHT,
    CONF_LIGHTS,
    CONF_MAY_MOVE,
    CONF_PATH,
    CONF_PERSON,
    CONF_PHONES,
    CONF_PLUG,
    CONF_POWER_SENSOR,
    CONF_RAILS,
    CONF_RESTORE,
    CONF_RUNNING,
    CONF_SATELLITES,
    CONF_SATELLITES_START,
    CONF_SCENE,
    CONF_SCREENING,
    CONF_SCRIPT,
    CONF_SENSORS,
    CONF_SESSION,
    CONF_SIGNAL_LIGHTS,
    CONF_SPEAKERS,
    CONF_SPEED,
    CONF_SPEED_SENSOR,
    CONF_START,
    CONF_STILL_WATTS,
    CONF_STOP,
    CONF_STOP_BUTTON,
    CONF_STOP_KEEPS_STILL,
    CONF_SURFACE,
    CONF_TREADMILL,
    CONF_TRUE_TODAY,
    CONF_TTS,
    CONF_UNTIL,
    CONF_USUAL_PAIN,
    CONF_VOICE,
    CONF_VOLUME,
    CONF_WATCHED,
    CONF_WEEK,
    CONF_WEEK_START,
    CONF_WEEKDAYS,
    CONF_WEEKLY_GOAL,
    CONF_WEIGHT,
    CONF_YEAR_OF_BIRTH,
    DEFAULT_BRIGHTNESS,
    DEFAULT_GO_WAIT_S,
    DEFAULT_GRACE_S,
    RAILS_ALWAYS,
    RAILS_AS_LEVEL,
    RUNNER,
)
from .gym.roles import NUMBERS, PRESSES, STILL_WATTS, SWITCHES, domain_of, reaches_zero

LONGEST_NAME: Final = 60
LANE_M: Final = (8, 100)
"""A lane shorter than 8 m leaves no room to stop before the wall (training.md 3, CJ)."""
GO_WAIT_S: Final = (30, 600)
GRACE_S: Final = (0, 600)
YEARS: Final = (1920, 2020)
WEIGHT_KG: Final = (25, 250)
LONGEST_BREAK: Final = timedelta(days=366)
HOLD_S: Final = (0, 10)
"""How long something may be in the way before a walk is stopped for it."""
WATTS: Final = (1, 500)
RESTORED: Final = [
    *("climate", "cover", "fan", "humidifier", "input_boolean", "light", "media_player", "switch")
]
"""What Home Assistant can bring back to what it was."""
MOVING_ROLES: Final = (CONF_START, CONF_STOP, CONF_SPEED, CONF_INCLINE)
"""What starts, stops and sets a belt: it belongs to one gym, and to nothing else there."""
WEEK_STARTS: Final = ("monday", "saturday", "sunday")

HEART_RATE_UNITS: Final = {"bpm", "BPM", "beats/min", "1/min", None}

type Errors = dict[str, str]


class _FigureSelector(selector.NumberSelector):
    """A number within its bounds; NaN is neither below nor above any."""

    def __call__(self, data: Any) -> float:
        figure = super().__call__(data)
        if not isfinite(figure):
            raise vol.Invalid(f"{data} is not a number")
        return figure


class _YesOrNoSelector(selector.BooleanSelector):
    """Yes or no; a text is neither, so that nobody consents by a slip."""

    def __call__(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise vol.Invalid(f"{data} is neither yes nor no")
        return data


class _ObjectsSelector(selector.ObjectSelector):
    """A list of objects; what is none is refused in words."""

    def __call__(self, data: Any) -> Any:
        if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
            raise vol.Invalid("expected a list of objects")
        return super().__call__(data)


def _number(low: float, high: float, unit: str | None = None) -> selector.NumberSelector:
    config = selector.NumberSelectorConfig(
        min=low, max=high, step=1, mode=selector.NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return _FigureSelector(config)


def _choice(options: list[str], translation_key: str) -> selector.SelectSelector:
    return selector.SelectSelector(
        selector.SelectSelectorConfig(options=options, translation_key=translation_key)
    )


def _choices(options: list[str], translation_key: str) -> selector.SelectSelector:
    return selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=options, translation_key=translation_key, multiple=True
        )
    )


def _entity(*domain: str, multiple: bool = False) -> selector.EntitySelector:
    return selector.EntitySelector(
        selector.EntitySelectorConfig(domain=list(domain), multiple=multiple)
    )


WATCHED: Final = _ObjectsSelector(
    selector.ObjectSelectorConfig(
        multiple=True,
        label_field=CONF_ENTITY,
        description_field=CONF_CLEAR,
        translation_key="watched",
        fields={
            CONF_ENTITY: {"required": True, "selector": selector.EntitySelector()},
            CONF_CLEAR: {"selector": selector.TextSelector()},
            CONF_HOLD: {"selector": _number(*HOLD_S, unit="s")},
        },
    )
)
DETAIL_OF: Final = _ObjectsSelector(
    selector.ObjectSelectorConfig(
        multiple=True,
        label_field=CONF_KIND,
        description_field=CONF_DETAIL,
        translation_key="detail_of",
        fields={
            CONF_KIND: {"required": True, "selector": _choice([*Kind], "kind")},
            CONF_DETAIL: {"required": True, "selector": _choice([*Detail], "detail")},
        },
    )
)
GYM_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): selector.TextSelector(),
        vol.Optional(CONF_AREA): selector.AreaSelector(),
        vol.Required(CONF_SURFACE, default=Surface.TREADMILL.value): _choice(
            [*(each.value for each in Surface), BOTH], "surface"
        ),
        vol.Optional(CONF_LANE_LENGTH): _number(*LANE_M, unit="m"),
    }
)
DETAIL_SECTIONS: Final = {
    vol.Required(CONF_LIGHT): section(
        vol.Schema(
            {
                vol.Optional(CONF_LIGHTS, default=list): _entity("light", multiple=True),
                vol.Optional(CONF_SCENE): _entity("scene"),
                vol.Optional(CONF_BRIGHTNESS, default=DEFAULT_BRIGHTNESS): _number(1, 100, "%"),
                vol.Optional(CONF_RESTORE, default=True): selector.BooleanSelector(),
                vol.Optional(CONF_SCRIPT): _entity("script"),
                vol.Optional(CONF_ALSO_RESTORE, default=list): selector.EntitySelector(
                    selector.EntitySelectorConfig(domain=RESTORED, multiple=True)
                ),
            }
        ),
        {"collapsed": True},
    ),
    vol.Required(CONF_PATH): section(
        vol.Schema(
            {
                vol.Optional(CONF_SENSORS, default=list): _entity("binary_sensor", multiple=True),
                vol.Optional(CONF_ALSO_SEES_ME, default=list): _entity(
                    "binary_sensor", multiple=True
                ),
                vol.Optional(CONF_WATCHED, default=list): WATCHED,
            }
        ),
        {"collapsed": True},
    ),
    vol.Required(CONF_TREADMILL): section(
        vol.Schema(
            {
                vol.Optional(CONF_STOP): _entity(*SWITCHES, *PRESSES, "script", *NUMBERS),
                vol.Optional(CONF_STOP_KEEPS_STILL, default=False): _YesOrNoSelector(),
                vol.Optional(CONF_START): _entity(*SWITCHES, *PRESSES, "script"),
                vol.Optional(CONF_SPEED): _entity(*NUMBERS),
                vol.Optional(CONF_INCLINE): _entity(*NUMBERS),
                vol.Optional(CONF_SPEED_SENSOR): _entity("sensor"),
                vol.Optional(CONF_POWER_SENSOR): _entity("sensor"),
                vol.Optional(CONF_STILL_WATTS, default=STILL_WATTS): _number(*WATTS, unit="W"),
                vol.Optional(CONF_PLUG): _entity("switch"),
                vol.Optional(CONF_CONNECT): _entity(*SWITCHES),
                vol.Optional(CONF_GO_BUTTON): _entity("event", "binary_sensor", *PRESSES),
                vol.Optional(CONF_STOP_BUTTON): _entity("event", "binary_sensor", *PRESSES),
                vol.Optional(CONF_MAY_MOVE, default=False): _YesOrNoSelector(),
            }
        ),
        {"collapsed": True},
    ),
    vol.Optional(CONF_VOICE, default=dict): section(
        vol.Schema(
            {
                vol.Optional(CONF_SATELLITES, default=list): _entity(
                    "assist_satellite", multiple=True
                ),
                vol.Optional(CONF_SPEAKERS, default=list): _entity("media_player", multiple=True),
                vol.Optional(CONF_TTS): _entity("tts"),
                vol.Optional(CONF_VOLUME): _number(1, 100, "%"),
                vol.Optional(CONF_DETAIL, default=Detail.FULL.value): _choice(
                    [each.value for each in Detail], "detail"
                ),
                vol.Optional(CONF_DETAIL_OF, default=list): DETAIL_OF,
                vol.Optional(CONF_SIGNAL_LIGHTS, default=list): _entity("light", multiple=True),
            }
        ),
        {"collapsed": True},
    ),
    vol.Required(CONF_WEEK): section(
        vol.Schema(
            {
                vol.Required(CONF_WEEK_START, default=WEEK_STARTS[0]): _choice(
                    list(WEEK_STARTS), "week_start"
                )
            }
        ),
        {"collapsed": True},
    ),
}
DETAILS_SCHEMA: Final = vol.Schema(DETAIL_SECTIONS)
OPTIONS_SCHEMA: Final = vol.Schema(
    {
        **DETAIL_SECTIONS,
        vol.Required(CONF_SESSION): section(
            vol.Schema(
                {
                    vol.Required(CONF_GO_WAIT, default=DEFAULT_GO_WAIT_S): _number(
                        *GO_WAIT_S, unit="s"
                    ),
                    vol.Required(CONF_GRACE, default=DEFAULT_GRACE_S): _number(*GRACE_S, unit="s"),
                }
            ),
            {"collapsed": True},
        ),
    }
)
AUTOMATIONS_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_AUTOMATIONS, default=list): selector.SelectSelector(
            selector.SelectSelectorConfig(
                options=list(ready_made.READY_MADE),
                translation_key="ready_made",
                multiple=True,
                mode=selector.SelectSelectorMode.LIST,
            )
        )
    }
)
RUNNER_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): selector.TextSelector(),
        vol.Optional(CONF_PERSON): _entity("person"),
        vol.Optional(CONF_SATELLITES_START, default=True): _YesOrNoSelector(),
        vol.Required(CONF_LEVEL, default=str(FIRST)): _choice(
            [str(each) for each in range(FIRST, LAST + 1)], "level"
        ),
        vol.Required(CONF_WEEKLY_GOAL, default=int(GOAL_MINUTES.low)): _number(
            GOAL_MINUTES.low, GOAL_MINUTES.high, "min"
        ),
        vol.Required(CONF_RAILS, default=RAILS_AS_LEVEL): _choice(
            [RAILS_AS_LEVEL, RAILS_ALWAYS], "rails"
        ),
        vol.Optional(CONF_YEAR_OF_BIRTH): _number(*YEARS),
        vol.Optional(CONF_WEIGHT): _number(*WEIGHT_KG, unit="kg"),
        vol.Optional(CONF_USUAL_PAIN, default=0): _number(0, MOST),
        vol.Optional(CONF_CHECK_IN, default=ASK_AT.isoformat()): selector.TimeSelector(),
        vol.Optional(CONF_HEART_RATE): _entity("sensor"),
        vol.Optional(CONF_PHONES, default=list): selector.DeviceSelector(
            selector.DeviceSelectorConfig(integration="mobile_app", multiple=True)
        ),
        vol.Optional(CONF_RUNNING, default=dict): section(
            vol.Schema(
                {
                    vol.Optional(CONF_WEEKDAYS, default=list): _choices(WEEKDAYS, "weekday"),
                    vol.Optional(CONF_CALENDAR): _entity("calendar"),
                    vol.Optional(CONF_KEYWORD): selector.TextSelector(),
                    vol.Optional(CONF_LAST_RUN): selector.EntitySelector(
                        selector.EntitySelectorConfig(domain="sensor", device_class="timestamp")
                    ),
                }
            ),
            {"collapsed": True},
        ),
        vol.Optional(CONF_SCREENING, default=dict): section(
            vol.Schema(
                {
                    vol.Optional(CONF_APPLIES, default=list): _choices(
                        [each.key for each in ITEMS], "screening"
                    ),
                    vol.Optional(CONF_CLEARED, default=False): _YesOrNoSelector(),
                    vol.Optional(CONF_TRUE_TODAY, default=False): _YesOrNoSelector(),
                }
            ),
            {"collapsed": False},
        ),
        vol.Optional(CONF_BREAK, default=dict): section(
            vol.Schema(
                {
                    vol.Optional(CONF_FROM): selector.DateSelector(),
                    vol.Optional(CONF_UNTIL): selector.DateSelector(),
                    vol.Optional(CONF_ILL, default=False): _YesOrNoSelector(),
                }
            ),
            {"collapsed": True},
        ),
    }
)
PLACEHOLDERS: Final = {
    "most": str(LONGEST_NAME),
    "shortest": str(LANE_M[0]),
    "longest": str(LANE_M[1]),
}


def _names(named: Iterable[ConfigEntry | ConfigSubentry]) -> set[str]:
    """Return their names, and those they once had: a rename elsewhere keeps the unique id."""
    return {name for each in named for name in (each.title.casefold(), each.unique_id) if name}


def _name_error(name: str, taken: set[str]) -> str | None:
    if not any(unicodedata.category(each)[0] not in "CZ" for each in name):
        return "name_empty"  # nothing that could be seen
    if len(name) > LONGEST_NAME:
        return "name_too_long"
    if name.casefold() in taken:
        return "name_taken"
    return None


def _gym_errors(user_input: dict[str, Any], taken: set[str]) -> Errors:
    """Return what is wrong with step 1; the name is stripped in place."""
    errors: Errors = {}
    user_input[CONF_NAME] = user_input[CONF_NAME].strip()
    if error := _name_error(user_input[CONF_NAME], taken):
        errors[CONF_NAME] = error
    if user_input[CONF_SURFACE] != Surface.TREADMILL and CONF_LANE_LENGTH not in user_input:
        errors[CONF_LANE_LENGTH] = "lane_length_missing"
    return errors


def _detail_errors(
    hass: HomeAssistant, user_input: Mapping[str, Any], entry_id: str | None = None
) -> Errors:
    """Return what is wrong with the sections; told for the whole form, since they may be closed."""
    treadmill = user_input[CONF_TREADMILL]
    error = (
        _own_error(hass, user_input)
        or _path_error(user_input[CONF_PATH])
        or _treadmill_error(hass, treadmill)
        or _taken_error(hass, user_input, entry_id)
    )
    if not error and (voice := user_input.get(CONF_VOICE)):
        error = _voice_error(voice)
    return {"base": error} if error else {}


def _own_error(hass: HomeAssistant, user_input: Mapping[str, Any]) -> str | None:
    """Whether an entity of ours is to do something for us: it would go round in a circle."""
    registry = er.async_get(hass)
    named = {entity_id for each in user_input.values() for entity_id in _entities_in(each)}
    entities = (registry.async_get(entity_id) for entity_id in named)
    is_ours = any(entity is not None and entity.platform == DOMAIN for entity in entities)
    return "own_entity" if is_ours else None


def _entities_in(value: Any) -> Iterator[str]:
    """Yield every text of a section; no other text is an entity's id."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _entities_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _entities_in(each)


def _path_error(path: Mapping[str, Any]) -> str | None:
    watched = [each[CONF_ENTITY] for each in path[CONF_WATCHED]]
    if not set(path[CONF_ALSO_SEES_ME]) <= {*path[CONF_SENSORS], *watched}:
        return "not_a_path_sensor"
    if len({*path[CONF_SENSORS], *watched}) < len(path[CONF_SENSORS]) + len(watched):
        return "watched_twice"
    return None


def _taken_error(
    hass: HomeAssistant, user_input: Mapping[str, Any], entry_id: str | None
) -> str | None:
    """Return whether a part of the treadmill has another part to play: here, or in another gym."""
    treadmill, light = user_input[CONF_TREADMILL], user_input[CONF_LIGHT]
    moving = {treadmill[each] for each in MOVING_ROLES if each in treadmill}
    switched = [treadmill[each] for each in (CONF_PLUG, CONF_CONNECT) if each in treadmill]
    if len({*switched, *moving}) < len(switched) + len(moving):
        return "role_taken"
    if {*moving, *switched} & {*light[CONF_LIGHTS], *light[CONF_ALSO_RESTORE]}:
        return "role_restored"
    for entry in hass.config_entries.async_entries(DOMAIN):
        others = entry.options.get(CONF_TREADMILL, {})
        if entry.entry_id != entry_id and moving & {others.get(each) for each in MOVING_ROLES}:
            return "treadmill_taken"
    return None


def _treadmill_error(hass: HomeAssistant, treadmill: Mapping[str, Any]) -> str | None:
    """Return what keeps a treadmill from being fitted like this."""
    if _has_other_unit(hass, treadmill.get(CONF_SPEED_SENSOR), SpeedConverter.VALID_UNITS):
        return "not_a_speed"
    if _has_other_unit(hass, treadmill.get(CONF_POWER_SENSOR), PowerConverter.VALID_UNITS):
        return "not_a_power"
    if _has_other_unit(hass, treadmill.get(CONF_INCLINE), {PERCENTAGE, None}):
        return "not_a_grade"
    start, stop = treadmill.get(CONF_START), treadmill.get(CONF_STOP)
    may_toggle = stop is not None and domain_of(stop) in (*PRESSES, "script")
    if may_toggle and start == stop:
        return "stop_is_toggle"
    if may_toggle and not treadmill[CONF_STOP_KEEPS_STILL]:
        return "stop_not_vouched_for"
    if stop is not None and domain_of(stop) in NUMBERS and not reaches_zero(hass, stop):
        return "stop_not_zero"
    return _consent_error(hass, treadmill) if treadmill[CONF_MAY_MOVE] else None


def _consent_error(hass: HomeAssistant, treadmill: Mapping[str, Any]) -> str | None:
    """Return what is missing before a belt may be moved."""
    if not (treadmill.get(CONF_SPEED_SENSOR) or treadmill.get(CONF_POWER_SENSOR)):
        return "consent_needs_sensor"
    if not treadmill.get(CONF_SPEED):
        return "consent_needs_speed"
    if _has_other_unit(hass, treadmill[CONF_SPEED], SpeedConverter.VALID_UNITS):
        return "speed_needs_unit"
    start, by_speed = treadmill.get(CONF_START, ""), reaches_zero(hass, treadmill[CONF_SPEED])
    if not (treadmill.get(CONF_STOP) or domain_of(start) in SWITCHES or by_speed):
        return "consent_needs_stop"
    return None if start or by_speed else "consent_needs_start"


def _has_other_unit(
    hass: HomeAssistant, entity_id: str | None, units: Container[str | None]
) -> bool:
    """Whether an entity that is there measures, or is set, in none of these units."""
    state = hass.states.get(entity_id) if entity_id else None
    return state is not None and state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) not in units


def _voice_error(voice: Mapping[str, Any]) -> str | None:
    return "speakers_need_tts" if voice[CONF_SPEAKERS] and not voice.get(CONF_TTS) else None


class RetrowalkConfigFlow(ConfigFlow, domain=DOMAIN):
    """Set up a gym."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._gym: dict[str, Any] = {}

    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the form in which a gym's details are changed."""
        return GymOptionsFlow()

    @classmethod
    @callback
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added to a gym."""
        return {RUNNER: RunnerFlow}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what the gym is called, where it is and what there is to walk on."""
        errors: Errors = {}
        if user_input is not None:
            errors = _gym_errors(user_input, _names(self._async_current_entries()))
            if not errors:
                self._gym = user_input
                return await self.async_step_details()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(GYM_SCHEMA, user_input),
            errors=errors,
            description_placeholders=PLACEHOLDERS,
        )

    async def async_step_details(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for lights, path sensors and the week; all of it may stay empty."""
        errors: Errors = {}
        if user_input is not None:
            errors = _detail_errors(self.hass, user_input)
            if not errors:
                name = self._gym.pop(CONF_NAME)
                await self.async_set_unique_id(name.casefold())
                self._abort_if_unique_id_configured()
                return self.async_create_entry(title=name, data=self._gym, options=user_input)
        return self.async_show_form(
            step_id="details",
            data_schema=self.add_suggested_values_to_schema(DETAILS_SCHEMA, user_input),
            errors=errors,
        )

    async def async_on_create_entry(self, result: ConfigFlowResult) -> ConfigFlowResult:
        """Go on to the first runner."""
        flow = await self.hass.config_entries.subentries.async_init(
            (result["result"].entry_id, RUNNER), context=SubentryFlowContext(source=SOURCE_USER)
        )
        result["next_flow"] = (FlowType.CONFIG_SUBENTRIES_FLOW, flow["flow_id"])
        return result

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the name, the area or what there is to walk on."""
        entry = self._get_reconfigure_entry()
        errors: Errors = {}
        if user_input is not None:
            others = [each for each in self._async_current_entries() if each is not entry]
            errors = _gym_errors(user_input, _names(others))
            if not errors:
                self._move_devices(entry, user_input.get(CONF_AREA))
                name = user_input.pop(CONF_NAME)
                return self.async_update_and_abort(
                    entry, title=name, unique_id=name.casefold(), data=user_input
                )
        shown = user_input or {CONF_NAME: entry.title, **entry.data}
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(GYM_SCHEMA, shown),
            errors=errors,
            description_placeholders=PLACEHOLDERS,
        )

    def _move_devices(self, entry: ConfigEntry, area: str | None) -> None:
        """Bring the gym to another area, and with it the runners who are where the form put it."""
        was = entry.data.get(CONF_AREA)
        if area == was:
            return
        devices = dr.async_get(self.hass)
        for device in dr.async_entries_for_config_entry(devices, entry.entry_id):
            if (DOMAIN, entry.entry_id) in device.identifiers or device.area_id == was:
                devices.async_update_device(device.id, area_id=area)


class GymOptionsFlow(OptionsFlow):
    """Change a gym's details; a walk that is going on keeps going."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what is wanted: to change the gym, or automations for it."""
        return self.async_show_menu(step_id="init", menu_options=["settings", "automations"])

    async def async_step_automations(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Add ready-made automations; one that is there already is left as it is."""
        errors: Errors = {}
        if user_input is not None:
            if not (chosen := user_input[CONF_AUTOMATIONS]):
                errors[CONF_AUTOMATIONS] = "nothing_chosen"
            else:
                added = await ready_made.add(self.hass, chosen)
                names = {name: ", ".join(each) or "-" for name, each in asdict(added).items()}
                return self.async_abort(reason="automations_added", description_placeholders=names)
        return self.async_show_form(
            step_id="automations", data_schema=AUTOMATIONS_SCHEMA, errors=errors
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show all sections."""
        errors: Errors = {}
        if user_input is not None:
            errors = _detail_errors(self.hass, user_input, self.config_entry.entry_id)
            if not errors:
                return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(
                OPTIONS_SCHEMA, user_input or self.config_entry.options
            ),
            errors=errors,
        )


class RunnerFlow(ConfigSubentryFlow):
    """Add a runner, or change one."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask who trains here."""
        errors = self._errors(user_input) if user_input is not None else {}
        if user_input is not None and not errors:
            name, data = _runner_data(user_input, {})
            return self.async_create_entry(title=name, data=data, unique_id=name.casefold())
        return self._form("user", user_input, errors)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change what the form holds; a walk that is going on keeps its plan."""
        subentry = self._get_reconfigure_subentry()
        errors = self._errors(user_input) if user_input is not None else {}
        if user_input is not None and not errors:
            name, data = _runner_data(user_input, subentry.data)
            return self.async_update_and_abort(
                self._get_entry(), subentry, title=name, unique_id=name.casefold(), data=data
            )
        shown = user_input or {
            **subentry.data,
            CONF_NAME: subentry.title,
            CONF_LEVEL: str(subentry.data[CONF_LEVEL]),
        }
        return self._form("reconfigure", shown, errors)

    def _form(
        self, step_id: str, shown: Mapping[str, Any] | None, errors: Errors
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(RUNNER_SCHEMA, shown),
            errors=errors,
            description_placeholders=PLACEHOLDERS,
        )

    def _errors(self, user_input: dict[str, Any]) -> Errors:
        """Return what is wrong with the form; the name is stripped in place."""
        mine = self._reconfigure_subentry_id if self.source != SOURCE_USER else None
        others = [
            subentry
            for entry in self.hass.config_entries.async_entries(DOMAIN)
            for subentry in entry.get_subentries_of_type(RUNNER)
            if subentry.subentry_id != mine
        ]
        errors: Errors = {}
        user_input[CONF_NAME] = user_input[CONF_NAME].strip()
        if error := _name_error(user_input[CONF_NAME], _names(others)):
            errors[CONF_NAME] = error
        heart_rate = user_input.get(CONF_HEART_RATE)
        if _has_other_unit(self.hass, heart_rate, HEART_RATE_UNITS):
            errors[CONF_HEART_RATE] = "not_a_heart_rate"
        if person := user_input.get(CONF_PERSON):
            if self.hass.states.get(person) is None:
                errors[CONF_PERSON] = "person_unknown"
            elif person in {each.data.get(CONF_PERSON) for each in others}:
                errors[CONF_PERSON] = "person_taken"
        sources = {CONF_RUNNING: user_input.get(CONF_RUNNING, {})}
        if error := _own_error(self.hass, sources) or _break_error(user_input.get(CONF_BREAK, {})):
            errors["base"] = error
        return errors


def _break_error(pause: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a break: it has a beginning, and ends after it."""
    first, last = pause.get(CONF_FROM), pause.get(CONF_UNTIL)
    if not first:
        return "break_without_start" if last else None
    if not last:
        return "break_without_end"
    length = date.fromisoformat(last) - date.fromisoformat(first)
    return None if timedelta() <= length <= LONGEST_BREAK else "break_backward"


def _runner_data(
    user_input: dict[str, Any], before: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Return the name and what is kept beside it: whole numbers as such, no empty section.

    Of screening the day of the answers is kept, which is today only where somebody says so.
    """
    data = dict(user_input)
    for key in (CONF_LEVEL, CONF_WEEKLY_GOAL, CONF_YEAR_OF_BIRTH, CONF_USUAL_PAIN):
        if key in data:
            data[key] = int(data[key])
    screening = dict(data.get(CONF_SCREENING, {}))
    was = before.get(CONF_SCREENING, {})
    if was.get(CONF_CLEARED) and set(screening.get(CONF_APPLIES, ())) - set(
        was.get(CONF_APPLIES, ())
    ):
        screening[CONF_CLEARED] = False  # nobody has agreed to what is new
    if screening.pop(CONF_TRUE_TODAY, False):
        screening[CONF_ANSWERED] = dt_util.now().date().isoformat()
    else:
        screening[CONF_ANSWERED] = before.get(CONF_SCREENING, {}).get(CONF_ANSWERED)
    data[CONF_SCREENING] = screening
    for key in (CONF_RUNNING, CONF_SCREENING, CONF_BREAK):
        data[key] = {name: it for name, it in data.get(key, {}).items() if it}
    for key in (CONF_RUNNING, CONF_SCREENING, CONF_BREAK, CONF_USUAL_PAIN):
        if not data.get(key):
            data.pop(key, None)
    if data.get(CONF_CHECK_IN) == ASK_AT.isoformat():
        del data[CONF_CHECK_IN]
    if data.get(CONF_SATELLITES_START):
        del data[CONF_SATELLITES_START]
    return data.pop(CONF_NAME), data
