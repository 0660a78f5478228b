"""The dashboard that the visitor lands on: Retrowalk's cards, and the gym in core cards beside."""

from collections.abc import Iterable, Iterator

from .api import Api, Json
from .entities import Device, Retrowalk
from .people import WEEKS_BEFORE

URL_PATH = "home-gym"
MOVING = ("get_ready", "walking_backward", "walking_forward", "resting", "turning")


async def create(api: Api, retrowalk: Retrowalk) -> None:
    """Make the dashboard and let the visitor land on it."""
    await api.ask(
        "lovelace/dashboards/create",
        url_path=URL_PATH,
        title="Home gym",
        icon="mdi:dumbbell",
        mode="storage",
    )
    await api.ask("lovelace/config/save", url_path=URL_PATH, config=config(retrowalk))
    await api.ask("frontend/set_user_data", key="core", value={"default_panel": URL_PATH})


def config(retrowalk: Retrowalk) -> Json:
    """The whole dashboard: a section for each runner, then the gym, then what came of it."""
    runners = retrowalk.runners.values()
    sections = [
        *(_runner(runner) for runner in runners),
        _gym(retrowalk.gym),
        _treadmill(retrowalk.gym),
        *(
            _section(_heading(runner.name, "mdi:calendar-week"), _card("week", runner))
            for runner in runners
        ),
        _weeks(runners),
        _happenings(retrowalk),
    ]
    return {
        "views": [
            {
                "type": "sections",
                "title": "Home gym",
                "path": "gym",
                "max_columns": 3,
                "sections": sections,
            }
        ]
    }


# --- a runner ------------------------------------------------------------


def _runner(runner: Device) -> Json:
    return _section(
        _heading(
            runner.name,
            "mdi:account",
            _badge(runner["sensor.level"], "Level"),
            _badge(runner["sensor.streak"], "Streak"),
        ),
        _card("session", runner),
        _tile(
            runner["switch.session"],
            "Session",
            features=[{"type": "custom:retrowalk-session-feature"}],
        ),
        _tile(runner["sensor.state"], "State", state_content=["state", "phase", "reason"]),
        *_while(runner, [_press(runner["button.skip_phase"], "Skip phase", columns=12)], *MOVING),
    )


def _card(which: str, runner: Device) -> Json:
    """One of Retrowalk's own."""
    name = {"session": "retrowalk-card", "week": "retrowalk-week-card"}[which]
    return {
        "type": f"custom:{name}",
        "runner": runner.device_id,
        "grid_options": {"columns": "full"},
    }


def _while(runner: Device, cards: Iterable[Json], *states: str) -> Iterator[Json]:
    """The cards, shown only in these states of the runner."""
    condition = {"condition": "state", "entity": runner["sensor.state"], "state": list(states)}
    for card in cards:
        yield card | {"visibility": [condition]}


# --- the gym -------------------------------------------------------------


def _gym(gym: Device) -> Json:
    brightness: Json = {"features": [{"type": "light-brightness"}], "features_position": "inline"}
    return _section(
        _heading("Gym", "mdi:dumbbell"),
        _tile(gym["binary_sensor.path"], "Path", columns=6),
        _press(gym["button.stop_everything"], "Stop everything", color="red"),
        _tile("light.gym_light", "Gym light", **brightness),
        _tile("light.mirror_light", "Mirror light", **brightness),
        # What is said, in place of a sound.
        _tile(
            "media_player.gym_speaker",
            "Gym speaker",
            state_content=["media_title", "state"],
            icon="mdi:account-voice",
        ),
        _heading("Put something in the way", "mdi:alert-octagon-outline"),
        _toggle("input_boolean.gym_box", "Box on the floor"),
        _toggle("input_boolean.gym_door_open", "Door open"),
        _toggle("input_boolean.gym_somebody", "Somebody there"),
        _toggle("input_boolean.gym_sensor_dead", "Dead battery"),
    )


def _treadmill(gym: Device) -> Json:
    return _section(
        _heading("Treadmill", "mdi:run", _badge("sensor.treadmill_true_speed", "Truly")),
        _toggle("switch.treadmill", "Belt"),
        _tile("sensor.treadmill_measured_speed", "Measured", columns=6),
        _tile("number.treadmill_speed", "Speed set", columns=6),
        _tile("number.treadmill_incline", "Incline", columns=6),
        _tile("sensor.treadmill_power", "Power", columns=6),
        _toggle("switch.treadmill_plug", "Plug"),
        _tile(
            "select.treadmill_misbehaviour",
            "Misbehaviour",
            features=[{"type": "select-options"}],
        ),
        _press("button.treadmill_pull_the_clip", "Pull the clip", color="red"),
        _press("button.treadmill_drop_the_connection", "Drop connection"),
        _press("button.treadmill_press_go", "Remote: go"),
        _press("button.treadmill_press_stop", "Remote: stop"),
        _tile(gym["event.safety"], "Safety", state_content=["event_type", "state"]),
        _press(gym["button.test_stop"], "Test the stop"),
        _tile(gym["sensor.time_to_still"], "Time to still", columns=6),
    )


# --- what came of it -----------------------------------------------------


def _weeks(runners: Iterable[Device]) -> Json:
    return _section(
        _heading("Minutes by week", "mdi:chart-bar"),
        {
            "type": "statistics-graph",
            "entities": [
                {
                    "entity": f"retrowalk:{runner.owner.lower()}_backward_minutes",
                    "name": runner.name,
                }
                for runner in runners
            ],
            "period": "week",
            "stat_types": ["change"],
            "chart_type": "bar",
            "days_to_show": 7 * (WEEKS_BEFORE + 1),
            "grid_options": {"columns": 12},
        },
    )


def _happenings(retrowalk: Retrowalk) -> Json:
    entities = [retrowalk.gym["event.safety"]]
    entities += [runner["event.session"] for runner in retrowalk.runners.values()]
    return _section(
        _heading("What happened", "mdi:format-list-bulleted"),
        {
            "type": "logbook",
            "target": {"entity_id": entities},
            "hours_to_show": 24,
            "grid_options": {"columns": 12, "rows": 5},
        },
    )


# --- cards ---------------------------------------------------------------


def _section(*cards: Json) -> Json:
    return {"type": "grid", "cards": list(cards)}


def _heading(text: str, icon: str, *badges: Json) -> Json:
    return {
        "type": "heading",
        "heading": text,
        "heading_style": "title",
        "icon": icon,
        "badges": list(badges),
    }


def _badge(entity_id: str, name: str) -> Json:
    return {
        "type": "entity",
        "entity": entity_id,
        "name": name,
        "state_content": ["name", "state"],
        "show_icon": False,
    }


def _tile(entity_id: str, name: str, *, columns: int = 12, **more: object) -> Json:
    return {
        "type": "tile",
        "entity": entity_id,
        "name": name,
        "grid_options": {"columns": columns},
        **more,
    }


def _toggle(entity_id: str, name: str) -> Json:
    return _tile(entity_id, name, columns=6, tap_action={"action": "toggle"})


def _press(entity_id: str, name: str, *, columns: int = 6, **more: object) -> Json:
    return _button_tile(entity_id, name, action="button.press", columns=columns, **more)


def _button_tile(
    entity_id: str, name: str, *, action: str, columns: int = 12, **more: object
) -> Json:
    tap = {
        "action": "perform-action",
        "perform_action": action,
        "target": {"entity_id": entity_id},
    }
    return _tile(
        entity_id,
        name,
        columns=columns,
        hide_state=True,
        tap_action=tap,
        icon_tap_action=tap,
        **more,
    )
