"""The actions: registered once, whether or not a gym is loaded.

Actions on a runner target its Session switch, so that devices, areas and labels work and Home
Assistant checks permissions. A field that is out of its range is refused by name, with the range,
in the user's language.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, cast

import voluptuous as vol

from homeassistant.components.switch import DOMAIN as SWITCH_DOMAIN
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.service import async_register_platform_entity_service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType

from .coach.day import RunEffort
from .coach.feedback import MOST, MOST_STUMBLES, NOTHING_SAID, Feedback
from .coach.levels import LADDER, LAST, level
from .coach.plan import LEAST_MINUTES, Kind, Surface, sources
from .coach.progress import COACH_JUDGEMENT, SOURCES, Why
from .const import DOMAIN
from .entry import RUNNER
from .gym.room import PreparedBy
from .gym.stop_path import StopCause
from .home import Home, RetrowalkConfigEntry, close_gym, gym_to_stop
from .messages import reason_text
from .refusal import refusal
from .runner import RunnerSnapshot
from .switch import SessionSwitch
from .unfinished import Unfinished

MOST_MINUTES: Final = LADDER[LAST - 1].minutes.high
"""No level has more; a level's own bound is checked with the plan."""
LOGGED_MINUTES: Final = (1, 180)
EXTEND_SECONDS: Final = (10, 300)
PACE: Final = (1, 20)
SCORE: Final = (0, MOST)
RUN_KM: Final = (0.1, 500)
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2999, 1, 1, tzinfo=UTC)
"""A time outside of these is a slip of the pen, and the calendar's ends have no local time."""

type Fields = dict[Any, Any]
type Handler = Callable[[SessionSwitch, ServiceCall], Any]


def number(field: str, low: float, high: float) -> Callable[[Any], float]:
    """Return a validator for a number from `low` to `high`, both included."""

    def validate(value: Any) -> float:
        try:
            figure = float(value)
        except (TypeError, ValueError, OverflowError) as err:
            raise _out_of_range(field, value, low, high) from err
        if isinstance(value, bool) or not low <= figure <= high:
            raise _out_of_range(field, value, low, high)
        return figure

    return validate


def whole(field: str, low: int, high: int) -> Callable[[Any], int]:
    """Return a validator for a whole number from `low` to `high`, both included."""
    within = number(field, low, high)

    def validate(value: Any) -> int:
        figure = within(value)
        if not figure.is_integer():
            raise refusal("not_whole", field=field, value=value, min=low, max=high)
        return int(figure)

    return validate


def one_of[T: StrEnum](field: str, choices: type[T]) -> Callable[[Any], T]:
    """Return a validator for one of the names of an enumeration."""

    def validate(value: Any) -> T:
        try:
            return choices(value)
        except ValueError as err:
            names = ", ".join(each.value for each in choices)
            raise refusal("not_a_choice", field=field, value=value, choices=names) from err

    return validate


def yes_or_no(field: str) -> Callable[[Any], bool]:
    """Return a validator for yes or no, in the words that Home Assistant knows."""

    def validate(value: Any) -> bool:
        try:
            return cv.boolean(value)
        except vol.Invalid as err:
            raise refusal("not_a_choice", field=field, value=value, choices="true, false") from err

    return validate


def instant(field: str) -> Callable[[Any], datetime]:
    """Return a validator for a date and time; without a zone it is the home's local time."""

    def validate(value: Any) -> datetime:
        try:
            when = cv.datetime(value)
            if when.tzinfo is None:
                when = when.replace(tzinfo=dt_util.get_default_time_zone())
            when = when.astimezone(UTC)
        except (vol.Invalid, ValueError, OverflowError) as err:
            raise refusal("not_a_time", field=field, value=value) from err
        if not EARLIEST <= when <= LATEST:
            raise refusal("not_a_time", field=field, value=value)
        return when

    return validate


def _out_of_range(field: str, value: Any, low: float, high: float) -> Exception:
    return refusal("out_of_range", field=field, value=value, min=f"{low:g}", max=f"{high:g}")


KIND: Final[Fields] = {vol.Required("kind"): one_of("kind", Kind)}
WALK: Final[Fields] = {
    **KIND,
    vol.Optional("surface"): one_of("surface", Surface),
    vol.Optional("minutes"): number("minutes", LEAST_MINUTES.value, MOST_MINUTES),
}
SCORES: Final[Fields] = {
    vol.Optional("effort"): whole("effort", *SCORE),
    vol.Optional("pain"): whole("pain", *SCORE),
}
SESSION_ID: Final[Fields] = {vol.Required("session_id"): vol.Coerce(str)}


async def _start(switch: SessionSwitch, call: ServiceCall) -> ServiceResponse:
    session_id = await switch.runner.start(
        call.data["kind"],
        context=call.context,
        surface=call.data.get("surface"),
        minutes=call.data.get("minutes"),
        force=call.data["force"],
    )
    return {"session_id": session_id}


async def _rehearse(switch: SessionSwitch, call: ServiceCall) -> ServiceResponse:
    session_id = await switch.runner.rehearse(
        call.data["kind"],
        call.data["pace"],
        context=call.context,
        surface=call.data.get("surface"),
        minutes=call.data.get("minutes"),
    )
    return {"session_id": session_id}


async def _go(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.go(call.context)


async def _resume(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.resume(call.context)


async def _ease(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.ease(call.context)


async def _pause(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.pause(call.context)


async def _skip(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.skip(call.context)


async def _extend(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.extend(timedelta(seconds=call.data["by"]), call.context)


async def _stop(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.stop()


async def _log(switch: SessionSwitch, call: ServiceCall) -> ServiceResponse:
    session_id = await switch.runner.log(
        when=call.data["when"],
        minutes=call.data["minutes"],
        kind=call.data["kind"],
        surface=call.data.get("surface"),
        feedback=_said(call),
    )
    return {"session_id": session_id}


async def _edit(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.diary.edit(
        call.data["session_id"],
        when=call.data.get("when"),
        minutes=call.data.get("minutes"),
        kind=call.data.get("kind"),
        feedback=_said(call),
    )


def _said(call: ServiceCall) -> Feedback:
    """Return what a call says of how a walk was."""
    names = ("effort", "pain", "stumbles", "fall", "soreness", "swelling", "warning_sign")
    return Feedback(**{name: call.data[name] for name in names if name in call.data})


async def _check_in(switch: SessionSwitch, call: ServiceCall) -> ServiceResponse:
    said = _said(call)
    if said == NOTHING_SAID:
        raise refusal("nothing_said")
    decision = await switch.runner.diary.check_in(call.data.get("session_id"), said)
    return {
        "outcome": decision.outcome.value if decision else None,
        "level": switch.runner.outlook.standing.level,
        "reasons": _reasons(call, decision.reasons if decision else ()),
    }


async def _log_run(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.diary.log_run(
        call.data["when"], call.data["effort"], call.data.get("distance")
    )


async def _get_advice(switch: SessionSwitch, call: ServiceCall) -> ServiceResponse:
    outlook = await switch.runner.advice()
    advice, decision = outlook.advice, outlook.decision
    return {
        "advice": advice.kind.value,
        "minutes": advice.minutes,
        "level": advice.level,
        "is_due": advice.is_due,
        "from_day": advice.from_day.isoformat() if advice.from_day else None,
        "running_day": outlook.running_day.value,
        "week": _week(switch.runner.snapshot),
        "benchmark": _reasons(call, [outlook.benchmark])[0] if outlook.benchmark else None,
        "reasons": _reasons(call, advice.reasons),
        "changes": _reasons(call, advice.changes),
        "last_decision": {
            "outcome": decision.outcome.value,
            "reasons": _reasons(call, decision.reasons),
        }
        if decision
        else None,
    }


def _week(snapshot: RunnerSnapshot) -> dict[str, JsonValueType]:
    """Return the week so far: backward minutes, their goal, sessions, weeks in a row."""
    return {
        "minutes": round(snapshot.week.backward.total_seconds() / 60, 1),
        "goal": snapshot.weekly_goal,
        "sessions": snapshot.week.sessions,
        "streak": snapshot.streak,
    }


def _reasons(call: ServiceCall, reasons: Iterable[Why]) -> list[JsonValueType]:
    """Return reasons as automations read them: key and figures, and in words."""
    return [
        {
            "key": each.key,
            "figures": {
                name: it if isinstance(it, int | float) else str(it)
                for name, it in each.figures.items()
            },
            "text": reason_text(call.hass, each),
            "source": SOURCES.get(each.key, COACH_JUDGEMENT),
        }
        for each in reasons
    ]


async def _delete(switch: SessionSwitch, call: ServiceCall) -> None:
    await switch.runner.diary.delete(call.data["session_id"])


async def _get_plan(switch: SessionSwitch, call: ServiceCall) -> ServiceResponse:
    plan = switch.runner.plan(call.data["kind"], call.data.get("surface"), call.data.get("minutes"))
    advice = switch.runner.outlook.advice
    reasons = advice.reasons if advice.walk is call.data["kind"] else ()
    return {
        "plan": plan.as_dict(),
        "reasons": _reasons(call, reasons),
        "sources": dict(sources(plan.kind, level(plan.level))),
    }


async def _get_sessions(switch: SessionSwitch, call: ServiceCall) -> ServiceResponse:
    return {
        "sessions": [
            entry.as_dict() | {"backward_seconds": entry.backward_time.total_seconds()}
            for entry in await switch.runner.diary.sessions()
        ]
    }


async def _stop_everything(call: ServiceCall) -> None:
    """Stop all at once: no gym waits for another's lights, nor for a device that is gone."""
    entries, strangers = _named(call)
    await asyncio.gather(*(_stop_in(call.hass, entry) for entry in entries))
    if strangers:
        raise refusal("not_a_gym", device=", ".join(strangers))


async def _stop_in(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> None:
    """Stop what goes on in a gym; where it is not loaded, what would go on with the next set-up."""
    home = _home(entry)
    if home is not None:
        await home.stop_everything()
    else:
        await _stop_belt_of(hass, entry)
    for runner in entry.get_subentries_of_type(RUNNER):
        if home is not None and runner.subentry_id in home.runners:
            continue
        with suppress(ConfigEntryError):  # a file that nobody can read lets no walk go on
            await (await Unfinished.open(hass, runner.subentry_id)).stop()


async def _stop_belt_of(hass: HomeAssistant, entry: RetrowalkConfigEntry) -> None:
    """Stop and prove the belt of a gym that is not loaded."""
    gym = gym_to_stop(hass, entry)
    gym.stop_belt(StopCause.ASKED)
    await gym.belt.stopped()
    close_gym(hass, gym)


def _home(entry: RetrowalkConfigEntry) -> Home | None:
    """Return what a gym is made into; one whose unload failed still has what could go on."""
    return getattr(entry, "runtime_data", None)


async def _prepare_room(call: ServiceCall) -> None:
    for home in _homes(call):
        await home.gym.prepare_room(PreparedBy.ACTION)


async def _restore_room(call: ServiceCall) -> None:
    homes = _homes(call)
    for home in homes:
        if holder := home.gym.snapshot.holder:
            raise refusal("gym_in_use", holder=holder.name)
    for home in homes:
        await home.gym.restore_room()


def _homes(call: ServiceCall) -> list[Home]:
    """Return the loaded gyms that a call names; raises where it names anything else."""
    entries, strangers = _named(call)
    if strangers:
        raise refusal("not_a_gym", device=", ".join(strangers))
    return [home for entry in entries if (home := _home(entry)) is not None]


def _named(call: ServiceCall) -> tuple[list[RetrowalkConfigEntry], list[str]]:
    """Return the gyms that a call names, and the devices that are no gym of ours.

    No name is every gym.
    """
    entries = cast("list[RetrowalkConfigEntry]", call.hass.config_entries.async_entries(DOMAIN))
    strangers = []
    if device_ids := call.data.get(ATTR_DEVICE_ID):
        devices = dr.async_get(call.hass)
        wanted = set()
        for device_id in device_ids:
            device = devices.async_get(device_id)
            if device is None or not any(each[0] == DOMAIN for each in device.identifiers):
                strangers.append(device_id)
            else:
                wanted.add(device.config_entry_id)
        entries = [entry for entry in entries if entry.entry_id in wanted]
    return entries, strangers


RUNNER_ACTIONS: Final[tuple[tuple[str, Handler, Fields, SupportsResponse], ...]] = (
    (
        "start_session",
        _start,
        {**WALK, vol.Optional("force", default=False): yes_or_no("force")},
        SupportsResponse.OPTIONAL,
    ),
    (
        "rehearse",
        _rehearse,
        {**WALK, vol.Optional("pace", default=PACE[1]): number("pace", *PACE)},
        SupportsResponse.OPTIONAL,
    ),
    ("go", _go, {}, SupportsResponse.NONE),
    ("ease", _ease, {}, SupportsResponse.NONE),
    ("pause_session", _pause, {}, SupportsResponse.NONE),
    ("resume_session", _resume, {}, SupportsResponse.NONE),
    ("skip_phase", _skip, {}, SupportsResponse.NONE),
    (
        "extend_phase",
        _extend,
        {vol.Required("by"): whole("by", *EXTEND_SECONDS)},
        SupportsResponse.NONE,
    ),
    ("stop_session", _stop, {}, SupportsResponse.NONE),
    (
        "log_session",
        _log,
        {
            vol.Required("when"): instant("when"),
            vol.Required("minutes"): number("minutes", *LOGGED_MINUTES),
            vol.Optional("kind", default=Kind.DEDICATED.value): one_of("kind", Kind),
            vol.Optional("surface"): one_of("surface", Surface),
            **SCORES,
        },
        SupportsResponse.OPTIONAL,
    ),
    (
        "edit_session",
        _edit,
        {
            **SESSION_ID,
            vol.Optional("when"): instant("when"),
            vol.Optional("minutes"): number("minutes", *LOGGED_MINUTES),
            vol.Optional("kind"): one_of("kind", Kind),
            **SCORES,
        },
        SupportsResponse.NONE,
    ),
    ("delete_session", _delete, SESSION_ID, SupportsResponse.NONE),
    ("get_plan", _get_plan, WALK, SupportsResponse.ONLY),
    (
        "check_in",
        _check_in,
        {
            vol.Optional("session_id"): vol.Coerce(str),
            **SCORES,
            vol.Optional("soreness"): whole("soreness", *SCORE),
            vol.Optional("stumbles"): whole("stumbles", 0, MOST_STUMBLES),
            vol.Optional("swelling"): yes_or_no("swelling"),
            vol.Optional("fall"): yes_or_no("fall"),
            vol.Optional("warning_sign"): yes_or_no("warning_sign"),
        },
        SupportsResponse.OPTIONAL,
    ),
    (
        "log_run",
        _log_run,
        {
            vol.Required("when"): instant("when"),
            vol.Optional("effort", default=RunEffort.EASY.value): one_of("effort", RunEffort),
            vol.Optional("distance"): number("distance", *RUN_KM),
        },
        SupportsResponse.NONE,
    ),
    ("get_advice", _get_advice, {}, SupportsResponse.ONLY),
    ("get_sessions", _get_sessions, {}, SupportsResponse.ONLY),
)

GYM_ACTIONS: Final = (
    ("stop_everything", _stop_everything),
    ("prepare_room", _prepare_room),
    ("restore_room", _restore_room),
)


def async_setup_services(hass: HomeAssistant) -> None:
    """Register every action."""
    for name, handler, schema, response in RUNNER_ACTIONS:
        async_register_platform_entity_service(
            hass,
            DOMAIN,
            name,
            entity_domain=SWITCH_DOMAIN,
            schema=schema,
            func=handler,
            supports_response=response,
        )
    gym_schema = vol.Schema({vol.Optional(ATTR_DEVICE_ID): vol.All(cv.ensure_list, [cv.string])})
    for name, action in GYM_ACTIONS:
        hass.services.async_register(DOMAIN, name, action, gym_schema)
