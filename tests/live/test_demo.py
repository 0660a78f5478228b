"""`script/demo`, from outside: what its visitor sees, and what it leaves behind."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
import re
import signal
import subprocess
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo.api import Api
from demo.dashboard import URL_PATH
from demo.entities import Retrowalk
from demo.errors import DemoError
from demo.furnish import NAMES
from demo.home import REPOSITORY
from demo.people import RUNNERS
from demo.waiting import until
from demo.walk import Week, judge

from .conftest import DEMO, Running, start, visit

WARM_UP_OF_ANN_S = 240
OURS = re.compile(
    r"custom_components[./](retrowalk|simulated_treadmill)"
    r"|integration '?(retrowalk|simulated_treadmill)|\[retrowalk|simulated_treadmill platform"
)
RECORD = re.compile(r"^\d{4}-\d\d-\d\d [\d:.]+ (?=[A-Z]+ \()", re.MULTILINE)


async def test_the_browser_gets_what_it_asks_for_first(visitor: Api) -> None:
    """Red when a package that Home Assistant loads by itself is missing from the environment."""
    assert "retrowalk" in await visitor.ask("get_services")
    assert URL_PATH in await visitor.ask("get_panels")
    issues = (await visitor.ask("repairs/list_issues"))["issues"]
    assert [each["translation_key"] for each in issues] == ["stop_test_due"]


async def test_the_visitor_lands_on_a_dashboard_of_things_that_exist(visitor: Api) -> None:
    """Red when a card names an entity that the integration does not have."""
    landing = await visitor.ask("frontend/get_user_data", key="core")
    assert landing["value"]["default_panel"] == URL_PATH
    named = set(_entities(await visitor.ask("lovelace/config", url_path=URL_PATH)))
    states = {state["entity_id"] for state in await visitor.get("/api/states")}
    assert len(named) > 30

    async def all_known() -> bool:  # the recorder takes the statistics in when it gets to it
        statistics = await visitor.ask("recorder/list_statistic_ids")
        return named <= states | {each["statistic_id"] for each in statistics}

    await until(all_known, within=20)


def _entities(config: Any) -> Iterator[str]:
    """Every entity that a dashboard names, wherever it does."""
    if isinstance(config, list):
        for each in config:
            yield from _entities(each)
    elif isinstance(config, dict):
        for key, value in config.items():
            if key in ("entity", "entity_id"):
                yield from [value] if isinstance(value, str) else value
            else:
                yield from _entities(value)


async def test_a_session_is_asked_for_in_words_and_answered_aloud(visitor: Api) -> None:
    """Through the real assistant, a real text-to-speech engine and a real player.

    Red when the sentences are not registered, or nothing is heard of the speaker.
    """

    async def say(words: str) -> str:
        asked = {"text": words, "language": "en"}
        answer = await visitor.post("/api/conversation/process", asked)
        return str(answer["response"]["speech"]["plain"]["speech"])

    async def player() -> Any:
        return await visitor.get("/api/states/media_player.gym_speaker")

    assert (await say("start a warm up for Ann")).startswith("Warm-up for Ann, 4 minutes backward.")

    async def asks_for_a_go() -> bool:
        said = (await player())["attributes"].get("media_title", "")
        return str(said).endswith("The path is clear. Say go.")

    await until(asks_for_a_go, within=30)
    assert (await say("say that again")).endswith("The path is clear. Say go.")
    assert await say("stop retrowalk") == "Everything is stopped."

    async def is_as_quiet_as_before() -> bool:
        return bool((await player())["attributes"]["volume_level"] == 0.3)

    await until(is_as_quiet_as_before, within=30)


async def test_six_weeks_lie_behind_the_runners(visitor: Api) -> None:
    retrowalk = await Retrowalk.find(visitor, NAMES)
    zone = ZoneInfo((await visitor.get("/api/config"))["time_zone"])
    for runner in RUNNERS:
        switch = retrowalk.runner(runner.name)["switch.session"]
        log = await visitor.act_and_read("retrowalk.get_sessions", entity_id=switch)
        walks = list(runner.walks_before(datetime.now(zone)))
        assert [walk["backward_seconds"] for walk in log["sessions"]] == [
            walk.minutes * 60 for walk in walks
        ]
        assert len(walks) >= 14


def test_home_assistant_has_nothing_to_complain_about_us(demo: Running) -> None:
    """Its warning that a custom integration is untested is the one that every such one gets."""
    records = RECORD.split((demo.folder / "home-assistant.log").read_text("utf-8"))
    complaints = [each for each in records if re.match("(WARNING|ERROR|CRITICAL)", each)]
    assert complaints, "the log could not be read"
    ours = [each for each in complaints if OURS.search(each)]
    assert [each for each in ours if "has not been tested by Home Assistant" not in each] == []
    assert [each for each in complaints if "Setup failed" in each] == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--dir", "{folder}"], "running already, at {url}"),
        (["--dir", "{other}", "--port", "{port}"], "Port {port} is not free"),
        (["--walk", "hill", "--port", "{port}"], "Port {port} is not free"),
        (["--dir", "tests"], "holds something else"),
    ],
)
def test_a_second_demo_keeps_out_of_the_way(
    demo: Running, tmp_path: Path, arguments: list[str], words: str
) -> None:
    known = {"folder": demo.folder, "url": demo.url, "port": demo.port, "other": tmp_path}
    refused = subprocess.run(  # noqa: S603 - our own script
        [DEMO, *(each.format(**known) for each in arguments)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert refused.returncode == 1
    assert words.format(**known) in refused.stderr


def test_ctrl_c_leaves_nothing_and_the_next_start_goes_on(demo: Running) -> None:
    """Red when the forms are filled in again. A crash, at the end, leaves nothing either."""
    assert demo.end(signal.SIGINT) == 0
    demo.until_nothing_is_left()

    again = visit(demo.folder)
    assert "forms" in demo.text
    assert "forms" not in again.text

    again.end(signal.SIGKILL)
    again.until_nothing_is_left()


def test_a_rehearsed_walk_agrees_with_its_plan(tmp_path: Path) -> None:
    walk = start(tmp_path, "--walk", "warm_up")
    assert walk.process.wait(150) == 0, walk.text
    walk.until_it_says("The figures agree.")
    assert f"Plan: {WARM_UP_OF_ANN_S} s backward" in walk.text
    assert f"Walked: {WARM_UP_OF_ANN_S} s backward" in walk.text
    week = re.search(r"Week: (\S+) min before, (\S+) min after", walk.text)
    assert week is not None
    assert week[1] == week[2]
    walk.until_nothing_is_left()
    assert list(tmp_path.iterdir()) == []


def test_a_walk_that_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    walk = start(tmp_path, "--walk", "hill")
    walk.until_it_says("walking_forward")
    assert walk.end(signal.SIGTERM) == 130
    walk.until_nothing_is_left()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("walked", "after", "starts"),
    [
        (239, Week(minutes=20, began="monday", sessions=5), 0),
        (240, Week(minutes=24, began="monday", sessions=5), 0),
        (240, Week(minutes=20, began="monday", sessions=6), 0),
        (240, Week(minutes=20, began="monday", sessions=6), 1),
        (240, Week(minutes=24, began="monday", sessions=5), 1),
        (240, Week(minutes=4, began="next monday", sessions=6), 1),
        (228, Week(minutes=23.8, began="monday", sessions=6), 1),
        (238, Week(minutes=24, began="monday", sessions=6), 1),
        (252, Week(minutes=24.2, began="monday", sessions=6), 1),
    ],
)
def test_a_walk_with_wrong_figures_is_told_apart(walked: float, after: Week, starts: int) -> None:
    before = Week(minutes=20, began="monday", sessions=5)
    with pytest.raises(DemoError):
        judge(240, walked, before, after, starts=starts)


@pytest.mark.parametrize(
    ("walked", "minutes", "starts"), [(240, 20, 0), (238.2, 23.97, 1), (231, 23.85, 2)]
)
def test_a_walk_may_lack_the_seconds_in_which_its_belt_starts(
    walked: float, minutes: float, starts: int
) -> None:
    before = Week(minutes=20, began="monday", sessions=5)
    after = Week(minutes=minutes, began="monday", sessions=5 + bool(starts))
    judge(240, walked, before, after, starts=starts)
