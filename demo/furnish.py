"""Everything between an empty Home Assistant and the demo, done as a person would do it."""

from collections.abc import Callable
from datetime import datetime
import os
from pathlib import Path
import secrets
from typing import Any
from zoneinfo import ZoneInfo

from . import dashboard
from .api import Api, Json
from .entities import Retrowalk
from .errors import DemoError
from .people import ANN, BEN, RUNNERS, Runner

GYM = "Home gym"
NAMES = tuple(runner.name for runner in RUNNERS)
LIGHTS = ("light.gym_light", "light.mirror_light")
SEES_ME = "binary_sensor.gym_presence"
PATH_SENSORS = ("binary_sensor.gym_floor", "binary_sensor.gym_door", SEES_ME)
IN_THE_AREA = (*LIGHTS, *PATH_SENSORS)
TREADMILL = "switch.treadmill"
SPEAKER, VOICE = "media_player.gym_speaker", "tts.gym_voice"

type Say = Callable[[str], None]


async def furnish(api: Api, say: Say) -> None:
    """Turn a freshly onboarded Home Assistant into the demo. `say` gets one line a step."""
    zone = local_time_zone()
    await api.ask(
        "config/core/update",
        location_name="Demo home",
        time_zone=zone,
        unit_system="metric",
        currency="EUR",
        country="NL",
        language="en",
    )
    area = await _make_area(api)
    # Ann is a person since the onboarding; Ben becomes one, without a user of his own.
    await api.ask("person/create", name=BEN.name, device_trackers=[])
    say("Setting up the gym and its runners through Retrowalk's forms")
    await _set_up_gym(api, area)
    retrowalk = await Retrowalk.find(api, NAMES)
    say("Writing six weeks of past walks into the log")
    await _log_the_past(api, retrowalk, datetime.now(ZoneInfo(zone)))
    await dashboard.create(api, retrowalk)


async def onboard(api: Api) -> None:
    """Make the one user, Ann. Her password is thrown away: this machine needs none."""
    await api.create_first_user(ANN.name, ANN.name.lower(), secrets.token_urlsafe())


def local_time_zone() -> str:
    """The name of this machine's time zone, UTC where it does not say."""
    names = [os.environ.get("TZ", "").removeprefix(":")]
    link = Path("/etc/localtime")
    if link.is_symlink():
        names.append(str(link.readlink()).rpartition("zoneinfo/")[2])
    for name in filter(None, names):
        try:
            ZoneInfo(name)
        except OSError, ValueError:
            continue
        return name
    return "UTC"


async def _make_area(api: Api) -> str:
    area = await api.ask("config/area_registry/create", name="Gym", icon="mdi:dumbbell")
    for entity_id in IN_THE_AREA:
        await api.ask("config/entity_registry/update", entity_id=entity_id, area_id=area["area_id"])
    treadmill = await api.ask("config/entity_registry/get", entity_id=TREADMILL)
    await api.ask(
        "config/device_registry/update",
        device_id=treadmill["device_id"],
        area_id=area["area_id"],
    )
    area_id: str = area["area_id"]
    return area_id


# --- Retrowalk's forms ---------------------------------------------------

GYM_FLOW = "/api/config/config_entries/flow"
RUNNER_FLOW = "/api/config/config_entries/subentries/flow"


async def _set_up_gym(api: Api, area: str) -> None:
    first, *others = RUNNERS
    entry = await fill_in(
        api,
        GYM_FLOW,
        await api.post(GYM_FLOW, {"handler": "retrowalk"}),
        {
            "user": {"name": GYM, "area": area, "surface": "both", "lane_length": 10},
            "details": {
                "light": {"lights": LIGHTS, "brightness": 80, "restore": True},
                "path": {"sensors": PATH_SENSORS, "also_sees_me": [SEES_ME]},
                "treadmill": _treadmill(),
                "voice": {"speakers": [SPEAKER], "tts": VOICE, "volume": 60},
                "week": {"week_start": "monday"},
            },
        },
    )
    _, next_flow = entry["next_flow"]
    await _fill_in_runner(api, await api.get(f"{RUNNER_FLOW}/{next_flow}"), first)
    for runner in others:
        handler = [entry["result"]["entry_id"], "runner"]
        flow = await api.post(RUNNER_FLOW, {"handler": handler})
        await _fill_in_runner(api, flow, runner)


def _treadmill() -> Json:
    """The roles of the simulated treadmill, with the consent to move it."""
    # Not at the top: it imports Home Assistant, which takes a second that --help need not wait.
    from tests.treadmills import Shape, roles  # noqa: PLC0415

    return roles(Shape.SWITCH_AND_NUMBERS) | {
        "plug": "switch.treadmill_plug",
        "go_button": "event.treadmill_go_button",
        "stop_button": "event.treadmill_stop_button",
    }


async def _fill_in_runner(api: Api, flow: Json, runner: Runner) -> None:
    answers = {
        "name": runner.name,
        "person": f"person.{runner.name.lower()}",
        "level": str(runner.level),
        "weekly_goal": runner.weekly_goal,
        "rails": runner.rails,
        "year_of_birth": runner.year_of_birth,
        "weight": runner.weight,
        "running": {"weekdays": list(runner.runs_on)},
        "screening": {"true_today": True},
    }
    await fill_in(api, RUNNER_FLOW, flow, {"user": answers})


async def fill_in(api: Api, path: str, flow: Json, answers: dict[str, Json]) -> Json:
    """Answer each form of a flow until it makes its entry; returns that last answer."""
    while flow["type"] == "form":
        if flow.get("errors"):
            raise DemoError(f"The form {flow['step_id']} refused its answers: {flow['errors']}")
        flow = await api.post(f"{path}/{flow['flow_id']}", answers[flow["step_id"]])
    if flow["type"] != "create_entry":
        raise DemoError(f"The set-up of {flow['handler']} ended with: {flow.get('reason')}")
    return flow


async def _log_the_past(api: Api, retrowalk: Retrowalk, now: datetime) -> None:
    for runner in RUNNERS:
        switch = retrowalk.runner(runner.name)["switch.session"]
        for walk in runner.walks_before(now):
            data: dict[str, Any] = walk.as_action_data()
            await api.act("retrowalk.log_session", data, entity_id=switch)
