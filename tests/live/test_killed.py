"""Killed at any second: no walk is lost, none is invented, and nothing stays switched on.

A real Home Assistant dies at one of the instants of CUTS, is started again, and the walk is brought
to its end. What was walked is known from a witness (see witness.py), never from a sum of
Retrowalk's own. Six of the cuts are made every time, all of them with `script/test --soak`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
import signal
import time
from typing import Any

import pytest
import pytest_asyncio

from demo.api import Api, Json
from demo.entities import Device, Retrowalk
from demo.errors import DemoError
from demo.furnish import GYM_FLOW, RUNNER_FLOW, fill_in, onboard
from demo.home import Home, free_port, is_free
from demo.waiting import until
from demo.walk import GO_AFTER

from .conftest import GONE_WITHIN, in_use
from .witness import Seconds, Witness

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILL, TERM, STOP = signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP

MOST_LOST: Seconds = 15
"""What a process that is killed may cost of a walk; the promise that this file is about."""
TOLERANCE: Seconds = 0.3
"""A phase that ends by itself ends on time and is told when the event loop gets to it: a few
milliseconds later, up to a quarter of a second while Home Assistant starts on a busy machine."""
SLEEPS_FOR: Seconds = 20
SETTLES_WITHIN: Seconds = 10
GRACE_S = 120

LAMPS = {"light.dimmed_lamp": 77, "light.dark_lamp": 0}
"""What the room is before each walk: brightness of 255, 0 is off."""
PREPARED = 204
"""The 80 % of the gym's light, as a brightness of 255."""
BELT_KMH = 1.4
DETAILS: dict[str, Any] = {
    "light": {"lights": list(LAMPS), "brightness": 80, "restore": True},
    "path": {"sensors": ["binary_sensor.floor"], "also_sees_me": []},
    "treadmill": {"speed_sensor": "sensor.belt_speed"},
    "week": {"week_start": "monday"},
}
OPTIONS_FLOW = "/api/config/config_entries/options/flow"
MOVING = ("get_ready", "walking_backward", "walking_forward", "resting")
STATES = ("preparing", "ready", *MOVING, "turning", "paused", "idle")

type Tell = Callable[[str, object], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One way to die in mid-walk.

    `way` is the way to it and `onward` the way from it to the end, read aloud: a state is waited
    for, everything else is done. `seconds` after the last word of the way the process gets the
    signal. `then` is how the walk is found after the start.
    """

    name: str
    on: str
    way: str
    seconds: Seconds
    by: signal.Signals = KILL
    grace_s: int = GRACE_S
    then: Callable[[House], Awaitable[None]]
    onward: str = "stop"
    costs: Seconds = MOST_LOST
    always: bool = False


# --- how a walk is found -------------------------------------------------


async def it_goes_on(house: House) -> None:
    """On a lane, by itself, after a count-in; the gap is shown."""
    await house.witness.until(*MOVING)
    since_proven = house.witness.attributes["resumed_after"]
    away = house.witness.away_until(*MOVING)
    assert away - 1 <= since_proven <= away + MOST_LOST + 1, (away, since_proven)
    assert (await house.event())["event_type"] == "resumed"


async def it_waits_for_a_go(house: House) -> None:
    """On a belt, and nothing but a go moves it."""
    await house.witness.until("paused")
    assert house.witness.attributes["reason"] in ("restarted", "belt_still")
    await house.witness.says_nothing_new(1)


async def it_is_still_paused(house: House) -> None:
    """As it was when somebody asked for it, and it needs somebody to go on."""
    await house.witness.until("paused")
    assert house.witness.attributes["reason"] == "asked"
    await house.witness.says_nothing_new(1)


async def it_is_ready(house: House) -> None:
    """It asks for its go, still or for the first time."""
    await house.witness.until("ready")
    await house.witness.says_nothing_new(GO_AFTER)


async def it_is_closed(house: House) -> None:
    """After the grace: it is over, says so and asks what is missing, until that is dismissed."""
    await house.witness.until("idle")
    event = await house.event()
    assert event["event_type"] == "interrupted"
    assert event["backward_seconds"] == pytest.approx(await house.newly_credited(), abs=0.001)
    (question,) = await house.questions()
    assert event["session_id"] in question["message"]
    assert house.kept("running"), "the question would not be asked again"
    await house.do("dismiss")


async def it_is_over(house: House) -> None:
    """It was finished before: in the log, once, and not taken up again."""
    await house.witness.until("idle")
    assert await house.newly_credited() > 0


async def it_is_over_or_there(house: House) -> None:
    """The cut and the walk's end or beginning ran a race; either is right, if it is whole."""
    await house.witness.until("idle", "paused", "ready", *MOVING)


# --- the instants --------------------------------------------------------

FORWARD = "start get_ready walking_forward"
BACKWARD = f"{FORWARD} skip walking_backward"
TURNING = f"{FORWARD} skip turning"
ON_BELT = f"{TURNING} go walking_backward"

CUTS = (
    Cut(
        name="16 s into the backward part",
        on="lane",
        way=BACKWARD,
        seconds=16,
        then=it_goes_on,
        always=True,
    ),
    Cut(
        name="just before it would be written",
        on="lane",
        way=BACKWARD,
        seconds=14.5,
        then=it_goes_on,
        onward="walking_backward 2s skip",
    ),
    Cut(
        name="in the same breath as a phase's end",
        on="lane",
        way=f"{FORWARD} skip",
        seconds=0,
        then=it_goes_on,
        always=True,
    ),
    Cut(
        name="in the count-in",
        on="lane",
        way="start get_ready",
        seconds=2.5,
        then=it_goes_on,
        onward="walking_forward skip walking_backward 2s skip",
    ),
    Cut(
        name="in a rest",
        on="lane",
        way="start_bouts get_ready walking_forward skip walking_backward 1s skip 2s skip resting",
        seconds=3,
        then=it_goes_on,
        onward="resting skip get_ready walking_backward 1s stop",
    ),
    Cut(
        name="paused",
        on="lane",
        way=f"{BACKWARD} 3s pause paused",
        seconds=2,
        then=it_is_still_paused,
        onward="resume get_ready walking_backward 2s stop",
        costs=0,
    ),
    Cut(
        name="as soon as it is stopped",
        on="lane",
        way=f"{BACKWARD} 1s stop",
        seconds=0,
        then=it_is_over,
        costs=0,
        always=True,
    ),
    Cut(
        name="while it is asked to start",
        on="lane",
        way="start!",
        seconds=0.1,
        then=it_is_over_or_there,
        always=True,
    ),
    Cut(
        name="away for longer than the grace",
        on="lane",
        way=BACKWARD,
        seconds=17,
        grace_s=0,
        then=it_is_closed,
        onward="",
    ),
    Cut(
        name="the machine sleeps",
        on="lane",
        way=BACKWARD,
        seconds=4,
        by=STOP,
        then=it_goes_on,
        onward="walking_backward 2s stop",
    ),
    Cut(
        name="3 s into the backward part",
        on="treadmill",
        way=ON_BELT,
        seconds=3,
        then=it_waits_for_a_go,
        onward="go get_ready stop",
        always=True,
    ),
    Cut(
        name="long into the backward part",
        on="treadmill",
        way=ON_BELT,
        seconds=17.5,
        then=it_waits_for_a_go,
        onward="go get_ready walking_backward 2s skip",
    ),
    Cut(
        name="in the turn",
        on="treadmill",
        way=TURNING,
        seconds=1,
        then=it_waits_for_a_go,
        onward="go turning go walking_backward 2s stop",
    ),
    Cut(
        name="in the same breath as a go",
        on="treadmill",
        way=f"{TURNING} go",
        seconds=0,
        then=it_waits_for_a_go,
    ),
    Cut(
        name="after the belt has stood still",
        on="treadmill",
        way=f"{ON_BELT} 2s halt paused",
        seconds=1,
        then=it_waits_for_a_go,
        onward="go get_ready walking_backward 2s stop",
    ),
    Cut(
        name="while a box is in the way",
        on="treadmill",
        way="box start preparing",
        seconds=1,
        then=it_is_ready,
        onward="go get_ready walking_forward skip turning go walking_backward 2s stop",
    ),
    Cut(
        name="before its first go",
        on="treadmill",
        way="switch_on ready",
        seconds=3,
        then=it_is_ready,
        onward="go get_ready 1s stop",
    ),
    Cut(
        name="shut down in order, away for longer than the grace",
        on="treadmill",
        way=ON_BELT,
        seconds=3,
        by=TERM,
        grace_s=0,
        then=it_is_closed,
        onward="",
        costs=0,
        always=True,
    ),
    Cut(
        name="while it is being stopped",
        on="treadmill",
        way=f"{ON_BELT} 3s stop!",
        seconds=0.01,
        then=it_is_over_or_there,
    ),
    Cut(
        name="as it finishes",
        on="treadmill",
        way=f"{ON_BELT} 3s skip",
        seconds=0,
        then=it_is_over_or_there,
    ),
)


# --- the home ------------------------------------------------------------


class House:
    """One home, one runner, and the walk that is cut short in it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder, free_port(), Path(__file__).with_name("killed.yaml"))
        self.api = Api(self.home.url)
        self.gym: Device
        self.runner: Device
        self.witness: Witness
        self._entry_id = ""
        self._grace_s = GRACE_S
        self._on = ""
        self._known: list[Json] = []
        self._connection = AsyncExitStack()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._is_up = False

    # Its life

    async def furnish(self) -> None:
        """Set up a gym with a lane, a treadmill and a runner with a past, as a person would."""
        self.home.take()
        self._set_bulbs()
        await self.home.start()
        async with Api(self.home.url) as api:
            await onboard(api)
        await self._connect()
        gym = {"name": "Gym", "surface": "both", "lane_length": 10}
        form = await self.api.post(GYM_FLOW, {"handler": "retrowalk"})
        entry = await fill_in(self.api, GYM_FLOW, form, {"user": gym, "details": DETAILS})
        self._entry_id = entry["result"]["entry_id"]
        runner = {"name": "Ann", "level": "2", "weekly_goal": 20, "rails": "as_level"}
        form = await self.api.get(f"{RUNNER_FLOW}/{entry['next_flow'][1]}")
        await fill_in(self.api, RUNNER_FLOW, form, {"user": runner})
        retrowalk = await Retrowalk.find(self.api, ["Ann"])
        self.gym, self.runner = retrowalk.gym, retrowalk.runner("Ann")
        for days in (9, 5, 2):
            when = (datetime.now(UTC) - timedelta(days=days)).isoformat()
            await self._act("log_session", {"when": when, "minutes": 7.5})
        await self._until_on_disk("core.config_entries", '"Ann"')

    async def begin(self, cut: Cut) -> None:
        """Be as it was before the first cut, whatever went wrong in the last one."""
        if not self._is_up:
            await self._start()
        await self.api.act("retrowalk.stop_everything")
        await self.do("unbox", "halt", "dismiss")
        self._set_bulbs()
        await self.api.act("script.ask_lamps")
        await self._set_grace(cut.grace_s)
        self._on = cut.on
        self._known = await self._sessions()
        belt = "sensor.belt_speed" if cut.on == "treadmill" else None
        self.witness = Witness(self.runner["sensor.state"], belt)
        await self.witness.watch(self.api)

    async def cut_short(self, cut: Cut) -> None:
        """Let Home Assistant die or freeze, and be there again."""
        died = time.time()
        self.home.send(cut.by)
        if cut.by is STOP:
            await asyncio.sleep(SLEEPS_FOR)
            self.witness.heard_so_far(died)
            self.home.send(signal.SIGCONT)
            await self._disconnect()
            await self._connect()
        else:
            await self.home.wait()
            self._is_up = False
            await self.witness.to_the_last_word(died)
            await self._disconnect()
            await self._start()
        await self.witness.watch(self.api)

    async def close(self) -> None:
        """Stop it; nothing of it is left."""
        await self._disconnect()
        await self.home.stop()

        async def gone() -> bool:
            return is_free(self.home.port) and not in_use(self.home.folder)

        await until(gone, within=GONE_WITHIN)

    async def _start(self) -> None:
        await self.home.start()
        await self._connect()

    async def _connect(self) -> None:
        self.api = await self._connection.enter_async_context(Api(self.home.url))
        await self.api.sign_in()
        await self.home.until_running(self.api)
        self._is_up = True

    async def _disconnect(self) -> None:
        await self._connection.aclose()
        for task in self._in_flight:
            with suppress(DemoError):  # nobody was there to answer
                await task
        self._in_flight.clear()

    # What is done in it

    async def do(self, *words: str) -> None:
        """Walk a way: wait for each state, do everything else."""
        for word in words:
            if word in STATES:
                await self.witness.until(word)
                if word in ("get_ready", "ready"):  # nobody begins in the dark
                    assert self.brightness() == dict.fromkeys(LAMPS, PREPARED)
                if word == "turning":
                    await self._set_belt(0)
                    await asyncio.sleep(GO_AFTER)
            elif word[0].isdecimal():
                await asyncio.sleep(float(word.removesuffix("s")))
            elif word.endswith("!"):
                self._in_flight.add(asyncio.create_task(self._do(word.removesuffix("!"))))
            else:
                await self._do(word)

    async def _do(self, word: str) -> None:
        match word:
            case "start":
                await self._start_walking("warm_up")
            case "start_bouts":
                await self._start_walking("dedicated")
            case "switch_on":
                await self.api.act("switch.turn_on", entity_id=self.runner["switch.session"])
            case "go" | "resume":
                await self._set_belt(BELT_KMH)
                await self._act({"go": "go", "resume": "resume_session"}[word])
            case "skip":
                await self._act("skip_phase")
            case "pause" | "stop":
                await self._act(f"{word}_session")
            case "halt":
                await self._set_belt(0)
            case "box" | "unbox":
                turn = "turn_on" if word == "box" else "turn_off"
                await self.api.act(f"input_boolean.{turn}", entity_id="input_boolean.box")
            case "dismiss":
                await self.api.act("persistent_notification.dismiss_all")
            case _:
                raise ValueError(word)

    async def _start_walking(self, kind: str) -> None:
        await self._set_belt(BELT_KMH)
        await self._act("start_session", {"kind": kind, "surface": self._on})

    async def _act(self, action: str, data: Json | None = None) -> None:
        await self.api.act(f"retrowalk.{action}", data, entity_id=self.runner["switch.session"])

    async def _set_belt(self, speed_kmh: float) -> None:
        data = {"value": speed_kmh}
        await self.api.act("input_number.set_value", data, entity_id="input_number.belt")

    def _set_bulbs(self) -> None:
        for lamp, brightness in LAMPS.items():
            (self.home.folder / lamp.removeprefix("light.")).write_text(f"{brightness}\n", "utf-8")

    async def _set_grace(self, grace_s: int) -> None:
        if grace_s == self._grace_s:
            return
        options = {**DETAILS, "session": {"go_wait": 180, "grace": grace_s}}
        form = await self.api.post(OPTIONS_FLOW, {"handler": self._entry_id})
        form = await self.api.post(
            f"{OPTIONS_FLOW}/{form['flow_id']}", {"next_step_id": "settings"}
        )
        await fill_in(self.api, OPTIONS_FLOW, form, {"settings": options})
        self._grace_s = grace_s
        await self._until_on_disk("core.config_entries", f'"grace":{grace_s}')

    async def _until_on_disk(self, key: str, words: str) -> None:
        """Home Assistant writes it a second later; what it loses before is not our matter."""
        path = self.home.folder / ".storage" / key

        async def is_there() -> bool:
            return path.exists() and words in "".join(path.read_text("utf-8").split())

        await until(is_there, within=SETTLES_WITHIN)

    # What is seen in it

    async def _sessions(self) -> list[Json]:
        switch = self.runner["switch.session"]
        answer = await self.api.act_and_read("retrowalk.get_sessions", entity_id=switch)
        sessions: list[Json] = answer["sessions"]
        return sessions

    async def new_sessions(self) -> list[Json]:
        """What is in the log since this cut began; what was in it before is there as it was."""
        sessions = await self._sessions()
        assert [each for each in sessions if each in self._known] == self._known
        return [each for each in sessions if each not in self._known]

    async def newly_credited(self) -> Seconds:
        """The backward seconds that the cut's walk is credited with."""
        return sum(float(each["backward_seconds"]) for each in await self.new_sessions())

    async def event(self) -> Json:
        """What the Session event told last."""
        attributes: Json = (await self.state(self.runner["event.session"]))["attributes"]
        return attributes

    async def state(self, entity_id: str) -> Json:
        state: Json = await self.api.get(f"/api/states/{entity_id}")
        return state

    async def questions(self) -> list[Json]:
        asked: list[Json] = await self.api.ask("persistent_notification/get")
        return [each for each in asked if each["notification_id"].startswith("retrowalk")]

    def brightness(self) -> dict[str, int]:
        """How bright each lamp is, as the lamp itself knows: 0 is off."""
        return {
            lamp: int((self.home.folder / lamp.removeprefix("light.")).read_text("utf-8"))
            for lamp in LAMPS
        }

    def kept(self, what: str) -> list[str]:
        """The files of this kind that say something is not over."""
        return [each.name for each in (self.home.folder / ".storage").glob(f"retrowalk.*.{what}")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Return a home to be killed in."""
    house = House(tmp_path_factory.mktemp("killed"))
    try:
        await house.furnish()
        yield house
    finally:
        await house.close()


# --- the promises --------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cut" in metafunc.fixturenames:
        soak = metafunc.config.getoption("soak", default=False)
        cuts = [each for each in CUTS if each.always or soak]
        metafunc.parametrize("cut", cuts, ids=[f"{each.on}: {each.name}" for each in cuts])


async def test_killed(house: House, cut: Cut, record_testsuite_property: Tell) -> None:
    """Seen red with each of these, among others.

    - Nothing of a walk that goes on is on disk, or only its marks are; or a file of it stays.
    - A shutdown in order leaves nothing; a machine that slept is not noticed.
    - Paused time counts, or the time in which nobody was there.
    - What the room was is kept in memory alone, or not brought back by a start after the grace.
    - A walk on a belt comes back by itself.
    """
    await house.begin(cut)
    await house.do(*cut.way.split())
    await asyncio.sleep(cut.seconds)
    await house.cut_short(cut)
    await cut.then(house)
    await house.do(*cut.onward.split())
    await house.witness.until("idle")

    await nothing_stays_on(house)
    await only_what_was_walked_is_credited(house, cut, record_testsuite_property)


async def nothing_stays_on(house: House) -> None:
    """Nothing but the question how hard it was, which waits for its answer."""
    asked = await house.questions()
    assert all("_effort_" in each["notification_id"] for each in asked), asked
    await house.do("dismiss")
    for entity_id, wanted in (
        (house.runner["switch.session"], "off"),
        (house.runner["binary_sensor.ready"], "on"),
        (house.gym["binary_sensor.path"], "off"),
    ):
        assert (await house.state(entity_id))["state"] == wanted, entity_id

    async def settled() -> bool:
        return house.brightness() == LAMPS and not house.kept("running") + house.kept("room")

    with suppress(TimeoutError):
        await until(settled, within=SETTLES_WITHIN)
    assert house.brightness() == LAMPS
    assert house.kept("running") + house.kept("room") == []
    assert await house.questions() == []
    issues = (await house.api.ask("repairs/list_issues"))["issues"]
    assert [each for each in issues if each["domain"] == "retrowalk"] == []


async def only_what_was_walked_is_credited(house: House, cut: Cut, tell: Tell) -> None:
    """Never more, never another second than those, and at most so much less.

    The figures go into pytest's report (--junit-xml).
    """
    new = await house.new_sessions()
    assert len(new) <= 1, new
    walked = house.witness.walked_backward(time.time())
    seconds = sum(end - start for start, end in walked)
    credited = await house.newly_credited()
    what = f"walked {seconds:.2f} s, credited {credited:.2f} s: {house.witness.told()}"
    tell(cut.name, what)
    assert seconds - cut.costs - TOLERANCE <= credited <= seconds + TOLERANCE, what
    for session in new:
        began = datetime.fromisoformat(session["started"]).timestamp()
        for first, last in session["backward_ms"]:
            assert any(
                start - TOLERANCE <= began + first / 1000 and began + last / 1000 <= end + TOLERANCE
                for start, end in walked
            ), f"{first} to {last} ms were not walked; {what}"
