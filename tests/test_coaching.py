"""The coach in a real Home Assistant: advice, check-ins, runs, screening, what is remembered."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    async_get_persistent_notifications,
    async_mock_service,
)

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.exceptions import ServiceValidationError

from .conftest import MakeWorld, World

ANN = {"name": "Ann", "level": 4, "weekly_goal": 30}
ADVICE = "sensor.ann_advice"
LEVEL = "sensor.ann_level"
RUNNING_DAY = "binary_sensor.ann_running_day"
GREEN = {"effort": 2, "pain": 0}


async def make(make_world: MakeWorld, **ann: Any) -> World:
    return await make_world(surface="lane", runners=(ANN | ann,))


async def walks(world: World) -> str:
    """Walk what advice says, to the end; return the id."""
    answer = await world.call("start_session", {"kind": world.state(ADVICE)}, response=True)
    await world.walk()
    return str(answer["session_id"])


async def wakes_up(world: World, days: int = 1) -> None:
    """Let a night pass, to half past nine in the morning."""
    for _ in range(days):
        step, world.clocks.step_s = world.clocks.step_s, 1800
        until = (world.clocks.now + timedelta(days=1)).replace(hour=17, minute=30)
        await world.clocks.move((until - world.clocks.now).total_seconds())
        world.clocks.step_s = step
        world.entry.runtime_data.show()  # as at midnight
        await world.hass.async_block_till_done()


async def advice(world: World) -> dict[str, Any]:
    found: dict[str, Any] = await world.call("get_advice", response=True)
    return found


def keys(reasons: list[dict[str, Any]]) -> list[str]:
    return [each["key"] for each in reasons]


def questions(world: World) -> dict[str, str]:
    found: dict[str, Any] = async_get_persistent_notifications(world.hass)
    return {
        key.split("_")[2]: str(each["title"])
        for key, each in found.items()
        if any(f"_{what}_" in key for what in ("effort", "pain", "knees"))
    }


async def refused(world: World, action: str, **kwargs: Any) -> str:
    with pytest.raises(ServiceValidationError) as refusal:
        await world.call(action, **kwargs)
    return str(refusal.value.translation_key)


# Advice


async def test_advice_says_what_why_and_what_would_change_it(make_world: MakeWorld) -> None:
    world = await make(make_world)
    assert world.state(ADVICE) == "dedicated"
    assert world.attribute(ADVICE, "minutes") == 10
    assert world.attribute(ADVICE, "is_due") is True
    assert "30 minutes are left to your weekly goal." in world.attribute(ADVICE, "reasons")
    said = await advice(world)
    assert (said["advice"], said["minutes"], said["level"]) == ("dedicated", 10, 4)
    assert keys(said["reasons"])[0] == "week_needs"
    assert keys(said["changes"]) == ["if_you_run"]
    assert {each["source"] for each in said["reasons"]} == {"CJ"}
    await walks(world)
    assert world.state(ADVICE) == "rest"
    assert world.attribute(ADVICE, "reasons") == ["You have walked today."]


async def test_the_switch_starts_what_advice_says_and_refuses_where_it_says_rest(
    make_world: MakeWorld,
) -> None:
    """Breaks when the switch starts a dedicated walk whatever today asks for."""
    world = await make(make_world, running={"weekdays": ["mon"]})
    assert (world.state(ADVICE), world.state(RUNNING_DAY)) == ("warm_up", "on")
    await world.call("switch.turn_on")
    await world.clocks.move(2)
    await world.call("go")
    assert world.attribute("sensor.ann_state", "kind") == "warm_up"
    await world.walk()
    assert await refused(world, "switch.turn_on") == "nothing_due"
    await world.call("start_session", {"kind": "dedicated"})  # a person may all the same
    assert world.state("sensor.ann_state") != "idle"


async def test_a_walk_without_minutes_grows_no_more_than_the_rules_allow(
    make_world: MakeWorld,
) -> None:
    world = await make(make_world)
    await world.call("log_session", {"when": "2026-11-14 09:00", "minutes": 3})
    plan = (await world.call("get_plan", {"kind": "dedicated"}, response=True))["plan"]
    assert plan["backward_seconds"] == 5 * 60


# Running days


@pytest.mark.parametrize(
    ("weekdays", "events", "state", "kind", "due"),
    [
        (["mon"], None, "on", "warm_up", False),
        (["tue"], None, "off", "dedicated", True),
        ([], ["Easy run"], "on", "warm_up", False),
        ([], ["Dentist"], "off", "dedicated", True),
        (["mon"], ["Dentist"], "unknown", "dedicated", False),
        (["mon"], ["Easy run"], "on", "warm_up", False),
        ([], "unavailable", "unknown", "dedicated", False),
        ([], RuntimeError("no connection"), "unknown", "dedicated", False),
    ],
)
async def test_running_days_come_from_what_knows_them(
    hass: HomeAssistant,
    make_world: MakeWorld,
    weekdays: list[str],
    events: Any,
    state: str,
    kind: str,
    due: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Monday. Breaks when a calendar that is silent is taken for a day without a run."""
    running: dict[str, Any] = {"weekdays": weekdays}
    if events is not None:
        running |= {"calendar": "calendar.training", "keyword": "run"}
        hass.states.async_set("calendar.training", "off" if events != "unavailable" else events)
    world = await make(make_world, running=running)
    if events is not None:
        day = {"start": "2026-11-16T18:00:00+00:00", "end": "2026-11-16T19:00:00+00:00"}
        many = [{"summary": f"Meeting {n}", **day} for n in range(500)]
        named = [{"summary": each, **day} for each in events] if isinstance(events, list) else []
        async_mock_service(
            hass,
            "calendar",
            "get_events",
            response={"calendar.training": {"events": [*many, *named]}},
            supports_response=SupportsResponse.ONLY,
            raise_exception=events if isinstance(events, Exception) else None,
        )
    said = await advice(world)
    assert (said["advice"], said["is_due"]) == (kind, due)
    assert world.state(RUNNING_DAY) == state


@pytest.mark.parametrize(
    ("last_run", "kind"),
    [
        ("2026-11-16T15:00:00+00:00", "rest"),
        ("2026-11-15T15:00:00+00:00", "dedicated"),
        ("2036-11-16T06:00:00+00:00", "dedicated"),
        ("unavailable", "dedicated"),
        ("yesterday", "dedicated"),
    ],
)
async def test_a_run_that_a_sensor_tells_of_cancels_and_nothing_else(
    hass: HomeAssistant, make_world: MakeWorld, last_run: str, kind: str
) -> None:
    hass.states.async_set("sensor.last_run", last_run)
    world = await make(make_world, running={"weekdays": ["tue"], "last_run": "sensor.last_run"})
    assert world.state(ADVICE) == kind


async def test_a_run_that_is_told_of_shapes_its_days(make_world: MakeWorld) -> None:
    world = await make(make_world)
    await world.call("log_run", {"when": "2026-11-17 09:00", "effort": "hard"})
    assert world.attribute(ADVICE, "minutes") == 5
    await world.call("log_run", {"when": "2026-11-16 09:00", "effort": "long"})
    assert (world.state(ADVICE), world.state(RUNNING_DAY)) == ("rest", "on")
    far = {"when": "2036-11-17 09:00"}
    assert await refused(world, "log_run", data=far) == "run_too_far_ahead"


# Check-ins


async def test_pain_the_next_morning_holds_back_and_says_why(make_world: MakeWorld) -> None:
    world = await make(make_world)
    await walks(world)
    assert list(questions(world).values()) == ["Ann: how hard was it?"]
    await world.call("check_in", {"effort": 2, "pain": 1})
    assert questions(world) == {}
    await wakes_up(world)
    assert list(questions(world).values()) == ["Ann: how are your knees?"]
    assert world.state(ADVICE) == "check_in"
    answer = await world.call("check_in", {"pain": 6}, response=True)
    assert (answer["outcome"], keys(answer["reasons"])) == ("regress", ["red_pain"])
    assert questions(world) == {}
    assert world.state(ADVICE) == "rest"
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert (walk["pain"], walk["next_pain"], walk["effort"]) == (1, 6, 2)


async def test_nobody_is_asked_twice_and_no_answer_changes_nothing(make_world: MakeWorld) -> None:
    """Breaks when a restart asks again, or a missing answer is taken for a good one."""
    world = await make(make_world)
    await walks(world)
    before = await advice(world)
    await wakes_up(world)
    for notification in list(async_get_persistent_notifications(world.hass)):
        await world.hass.services.async_call(
            "persistent_notification", "dismiss", {"notification_id": notification}, blocking=True
        )
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert questions(world) == {}
    decided = (await advice(world))["last_decision"]
    assert (decided["outcome"], keys(decided["reasons"])) == (
        "hold",
        ["no_effort_said", "no_pain_said", "no_morning_said"],
    )
    assert (await advice(world))["level"] == before["level"]


async def test_a_button_on_the_phone_answers(hass: HomeAssistant, make_world: MakeWorld) -> None:
    world = await make(make_world)
    session_id = await walks(world)
    (ann,) = world.entry.subentries
    for action in (
        "somebody else's",
        f"retrowalk|other|effort|{session_id}|4",
        f"retrowalk|{ann}|effort|{session_id}|99",
        f"retrowalk|{ann}|effort|gone|4",
        f"retrowalk|{ann}|effort|{session_id}|4",
    ):
        hass.bus.async_fire("mobile_app_notification_action", {"action": action})
    await hass.async_block_till_done()
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert walk["effort"] == 4
    assert list(questions(world).values()) == ["Ann: did it hurt?"]
    press = {"action": f"retrowalk|{ann}|pain|{session_id}|0"}
    hass.bus.async_fire("mobile_app_notification_action", press)
    await hass.async_block_till_done()
    assert questions(world) == {}
    (walk,) = (await world.call("get_sessions", response=True))["sessions"]
    assert (walk["effort"], walk["pain"]) == (4, 0)


async def test_good_walks_lead_on_and_a_late_answer_mends_one_decision(
    make_world: MakeWorld,
) -> None:
    """Level 1 to 2. Breaks when the level of the form is the level for good."""
    world = await make(make_world, level=1, weekly_goal=10)
    for _ in range(16):
        if world.state(ADVICE) == "dedicated":
            await walks(world)
            await world.call("check_in", GREEN)
        await wakes_up(world)
        if world.state(ADVICE) == "check_in":
            await world.call("check_in", {"pain": 0})
        if world.state(LEVEL) == "2":
            break
    assert world.state(LEVEL) == "2"
    assert "level_changed" in world.heard()
    await world.call("check_in", {"pain": 6})
    assert world.state(LEVEL) == "1"


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"pain": 11}, "out_of_range"),
        ({"effort": -1}, "out_of_range"),
        ({"stumbles": 2.5}, "not_whole"),
        ({"swelling": "perhaps"}, "not_a_choice"),
        ({}, "nothing_said"),
        ({"pain": 2, "session_id": "deleted"}, "unknown_session"),
    ],
)
async def test_an_answer_that_is_none_is_refused_and_loses_nothing(
    make_world: MakeWorld, data: dict[str, Any], key: str
) -> None:
    world = await make(make_world)
    assert await refused(world, "check_in", data={"pain": 1}) == "no_walk_yet"
    await walks(world)
    before = (await world.call("get_sessions", response=True))["sessions"]
    assert await refused(world, "check_in", data=data) == key
    assert (await world.call("get_sessions", response=True))["sessions"] == before


# Screening


async def test_who_should_ask_first_is_locked_and_told_why(make_world: MakeWorld) -> None:
    world = await make(make_world, screening={"applies": ["chest"], "answered": "2026-11-01"})
    assert world.state(ADVICE) == "locked"
    assert await refused(world, "start_session", data={"kind": "dedicated"}) == "locked"
    assert await refused(world, "switch.turn_on") == "nothing_due"
    (ann,) = world.entry.subentries.values()
    world.hass.config_entries.async_update_subentry(
        world.entry, ann, data={**ann.data, "screening": {"answered": "2026-11-16"}}
    )
    await world.hass.async_block_till_done()
    assert world.state(ADVICE) == "dedicated"


async def test_a_restricted_runner_keeps_the_rails_the_flat_and_level_four(
    make_world: MakeWorld,
) -> None:
    world = await make(make_world, level=8, screening={"applies": ["knee"]})
    assert world.state(LEVEL) == "4"
    assert await refused(world, "start_session", data={"kind": "hill"}) == "restricted_flat"
    plan = (await world.call("get_plan", {"kind": "dedicated"}, response=True))["plan"]
    hands = {each["hands"] for each in plan["phases"] if each["motion"] == "backward"}
    assert hands == {"both_rails"}


@pytest.mark.parametrize("sign", ["fall", "warning_sign"])
async def test_a_fall_locks_until_the_questions_are_answered_again(
    make_world: MakeWorld, sign: str
) -> None:
    world = await make(make_world, screening={"answered": "2026-11-01"})
    await walks(world)
    await world.call("check_in", {sign: True})
    assert (world.state(ADVICE), world.state(LEVEL)) == ("locked", "3")


# What is remembered


async def test_a_break_proposes_nothing_and_breaks_no_streak(make_world: MakeWorld) -> None:
    pause = {"from": "2026-11-09", "until": "2026-11-16"}
    world = await make(make_world, weekly_goal=10, **{"break": pause})
    assert world.attribute(ADVICE, "reasons") == ["You are taking a break."]
    for day in ("2026-11-03", "2026-10-28"):
        await world.call("log_session", {"when": f"{day} 09:00", "minutes": 12})
    assert world.state("sensor.ann_streak") == "2"


async def test_after_ten_weeks_away_it_begins_low(make_world: MakeWorld) -> None:
    """Breaks when a walk that is older than what the coach looks at leaves no gap."""
    world = await make(make_world)
    await walks(world)
    await wakes_up(world, 3)
    await world.clocks.sleep(timedelta(days=70).total_seconds())
    assert (await advice(world))["level"] == 4 or world.state(LEVEL) == "2"
    world.entry.runtime_data.show()
    assert world.state(LEVEL) == "2"


@pytest.mark.parametrize("damage", ["{", "{}", '{"version":1,"minor_version":1,"data":{"base":3}}'])
async def test_a_damaged_file_of_the_coach_keeps_nobody_from_walking(
    make_world: MakeWorld, files: Path, damage: str
) -> None:
    world = await make(make_world)
    await walks(world)
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    (ann,) = world.entry.subentries
    (files / f"retrowalk.{ann}.coach").write_text(damage)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert world.state(LEVEL) == "4"


# Energy, distance, calendar


async def test_the_calendar_shows_what_was_done_and_what_is_proposed(
    make_world: MakeWorld,
) -> None:
    world = await make(make_world)
    await walks(world)
    answer = await world.hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": "calendar.ann_walks",
            "start_date_time": "2026-11-16 00:00:00",
            "end_date_time": "2026-11-30 00:00:00",
        },
        blocking=True,
        return_response=True,
    )
    events: list[dict[str, str]] = dict[str, Any](answer or {})["calendar.ann_walks"]["events"]
    assert events[0]["summary"] == "Dedicated, 11 min"
    proposed = [each for each in events if "proposed" in each["summary"]]
    assert 3 <= len(proposed) <= 6
    assert all("description" in each for each in proposed)


async def test_what_locks_is_lifted_by_no_other_level_and_by_no_waiting(
    make_world: MakeWorld,
) -> None:
    """Breaks when a level that is chosen, or two months, forget a fall."""
    world = await make(make_world, screening={"answered": "2026-11-01"})
    await walks(world)
    await world.call("check_in", {"fall": True})
    (ann,) = world.entry.subentries.values()
    world.hass.config_entries.async_update_subentry(world.entry, ann, data={**ann.data, "level": 6})
    await world.hass.async_block_till_done()
    assert world.state(ADVICE) == "locked"
    await world.clocks.sleep(timedelta(days=66).total_seconds())
    world.entry.runtime_data.show()
    assert world.state(ADVICE) == "locked"


async def test_an_answer_that_names_no_walk_is_about_a_recent_one(make_world: MakeWorld) -> None:
    world = await make(make_world)
    session_id = await walks(world)
    await wakes_up(world, 5)
    assert await refused(world, "check_in", data={"pain": 8}) == "walk_too_long_ago"
    await world.call("check_in", {"effort": 2, "session_id": session_id})


async def test_a_walk_that_is_deleted_is_asked_about_no_more(make_world: MakeWorld) -> None:
    world = await make(make_world)
    session_id = await walks(world)
    assert len(questions(world)) == 1
    await world.call("delete_session", {"session_id": session_id})
    assert questions(world) == {}
    assert world.state(ADVICE) == "dedicated"


async def test_a_plan_says_where_its_figures_come_from(make_world: MakeWorld) -> None:
    world = await make(make_world, level=6)
    answer = await world.call("get_plan", {"kind": "hill"}, response=True)
    assert answer["sources"] == {"minutes": "CJ", "speed": "CJ", "grade": "V17 V18 V29"}


@pytest.mark.parametrize("state", ["2026-02-30T10:00:00+00:00", "0001-01-01T00:00:00+00:00", "nan"])
async def test_a_sensor_that_says_nonsense_takes_nothing_with_it(
    hass: HomeAssistant, make_world: MakeWorld, state: str
) -> None:
    """Breaks when a date that there is not keeps every entity of a runner from loading."""
    await hass.config.async_set_time_zone("Pacific/Kiritimati")
    hass.states.async_set("sensor.last_run", state)
    world = await make(make_world, running={"last_run": "sensor.last_run"})
    assert world.state(ADVICE) == "dedicated"


async def test_an_answer_about_an_earlier_walk_counts_for_what_followed(
    make_world: MakeWorld,
) -> None:
    """Two reds, the earlier told last. Breaks when only the last walk is decided."""
    world = await make(make_world, screening={"answered": "2026-11-01"})
    first = await walks(world)
    await wakes_up(world, 3)
    await walks(world)
    await world.call("check_in", {"pain": 7})
    assert world.state(ADVICE) != "locked"
    await world.call("check_in", {"pain": 7, "session_id": first})
    assert world.state(ADVICE) == "locked"


async def test_a_walk_that_is_deleted_leaves_the_one_before_to_be_decided(
    make_world: MakeWorld,
) -> None:
    world = await make(make_world)
    await walks(world)
    await world.clocks.move(1200)
    when = (world.clocks.now - timedelta(minutes=5)).isoformat()
    logged = await world.call("log_session", {"when": when, "minutes": 2}, response=True)
    await world.call("delete_session", {"session_id": logged["session_id"]})
    answer = await world.call("check_in", {"pain": 9}, response=True)
    assert answer["outcome"] == "regress"


async def test_what_is_settled_stays_when_its_walks_are_long_ago(make_world: MakeWorld) -> None:
    """Breaks when weeks of walks that led up a level are forgotten with a restart."""
    world = await make(make_world, level=1, weekly_goal=10)
    for _ in range(45):
        if world.state(ADVICE) == "dedicated":
            await walks(world)
            await world.call("check_in", GREEN)
        await wakes_up(world)
        if world.state(ADVICE) == "check_in":
            await world.call("check_in", {"pain": 0})
    level = world.state(LEVEL)
    assert int(level) >= 3
    await world.hass.config_entries.async_unload(world.entry.entry_id)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.hass.async_block_till_done()
    assert world.state(LEVEL) == level


async def test_a_walk_in_the_hour_that_comes_twice_is_in_the_calendar(
    hass: HomeAssistant, make_world: MakeWorld
) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    world = await make(make_world)
    await world.call("log_session", {"when": "2026-11-01T05:50:00+00:00", "minutes": 15})
    span = {"start_date_time": "2026-10-30 00:00:00", "end_date_time": "2026-11-10 00:00:00"}
    answer: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {"entity_id": "calendar.ann_walks", **span},
        blocking=True,
        return_response=True,
    )
    (walk,) = answer["calendar.ann_walks"]["events"]
    assert walk["summary"] == "Dedicated, 15 min"


async def test_nobody_goes_who_has_fallen_while_the_walk_was_prepared(
    make_world: MakeWorld,
) -> None:
    world = await make_world(runners=(ANN | {"screening": {"answered": "2026-11-01"}},))
    await world.call("log_session", {"when": "2026-11-16 07:00", "minutes": 5})
    await world.call("start_session", {"kind": "dedicated", "minutes": 5})
    await world.call("pause_session")
    await world.call("check_in", {"fall": True})
    await world.clocks.move(3)
    assert await refused(world, "go") == "locked"
    await world.call("stop_session")


@pytest.mark.parametrize(
    ("efforts", "key"),
    [
        ((4,), None),
        ((4, 3), "benchmark_easier"),
        ((3, 3), "benchmark_same"),
        ((5, 3, 4), "benchmark_harder"),
    ],
)
async def test_a_benchmark_compares_somebody_with_themselves(
    make_world: MakeWorld, efforts: tuple[int, ...], key: str | None
) -> None:
    world = await make(make_world)
    for n, effort in enumerate(efforts):
        when = f"2026-{10 if n < 2 else 11}-{5 + 7 * (n % 2):02} 09:00"
        walk = {"when": when, "minutes": 5, "kind": "benchmark", "effort": effort}
        await world.call("log_session", walk)
    said = (await advice(world))["benchmark"]
    assert (said and said["key"]) == key
    assert "fit" not in str(said)
