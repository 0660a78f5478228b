"""`--walk`: one session from start to end through the real API, and what came of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
import time

from .api import Api, Events, Json
from .entities import Device, Retrowalk
from .errors import DemoError, RefusedError
from .furnish import LIGHTS
from .waiting import until

KINDS = ("warm_up", "cool_down", "dedicated", "hill", "benchmark")
SURFACE = "treadmill"
TREADMILL = ("switch.treadmill", "number.treadmill_speed", "number.treadmill_incline")
PACE = 20
GO_AFTER = 2.2
"""A go counts only at least 2 s after the state that waits for it began."""
WAITS_FOR_A_GO = ("ready", "turning")
GO_WITHIN = 30.0
"""Seconds that a go may be refused for: the belt has to be proven to stand first."""
BELT_STARTS_WITHIN = 5.0
"""Seconds of a backward phase that do not count because its belt is only starting."""
ROUNDED = 0.1
"""Seconds; a week says its minutes to the thousandth."""
ENDS_BADLY = ("stopped", "interrupted")
SETTLED_AFTER = 1.0
"""Seconds after the end in which a total could still move."""
SLACK = 120.0
"""Seconds that preparing the room, counting in and finishing may take beside the plan itself."""


async def walk(api: Api, retrowalk: Retrowalk, kind: str, *, real: bool) -> None:
    """Walk `kind` at true pace, or rehearse it; raises DemoError unless the figures agree."""
    runner, plan = await _choose_runner(api, retrowalk, kind, shortest=real)
    before = await Week.read(api, runner)
    planned = float(plan["backward_seconds"])
    print(f"{_words(kind)} on the {plan['surface']} for {runner.name}, level {plan['level']}.")
    print(f"Plan: {planned:g} s backward, {plan['total_seconds']:g} s in all.")
    print("At true pace." if real else f"Rehearsed at {PACE} times the pace.", flush=True)

    walked = await _Journey(api, retrowalk, runner).walk(kind, plan, real=real)
    after = await Week.read(api, runner)

    verb = "added" if real else "would have added"
    print(f"Walked: {walked:g} s backward. That {verb} {walked / 60:g} min to the week.")
    print(f"Week: {before.minutes:g} min before, {after.minutes:g} min after.")
    judge(planned, walked, before, after, starts=_backward_starts(plan) if real else 0)
    print("The figures agree.")


async def _choose_runner(
    api: Api, retrowalk: Retrowalk, kind: str, *, shortest: bool
) -> tuple[Device, Json]:
    """The first runner whose level opens this kind, or the one with the shortest walk."""
    plans: list[tuple[Device, Json]] = []
    refusals: list[str] = []
    for runner in retrowalk.runners.values():
        try:
            answer = await api.act_and_read(
                "retrowalk.get_plan",
                {"kind": kind, "surface": SURFACE},
                entity_id=runner["switch.session"],
            )
        except RefusedError as refusal:
            refusals.append(f"{runner.name}: {refusal}")
            continue
        plans.append((runner, answer["plan"]))
    if not plans:
        raise DemoError("\n".join(["No runner may walk this kind.", *refusals]))
    return min(plans, key=lambda choice: choice[1]["total_seconds"]) if shortest else plans[0]


@dataclass(frozen=True, slots=True)
class Week:
    """What a runner's totals say at one moment."""

    minutes: float
    began: str
    sessions: int

    @classmethod
    async def read(cls, api: Api, runner: Device) -> Week:
        sensor = await api.get(f"/api/states/{runner['sensor.weekly_minutes']}")
        log = await api.act_and_read("retrowalk.get_sessions", entity_id=runner["switch.session"])
        return cls(
            minutes=float(sensor["state"]),
            began=sensor["attributes"]["last_reset"],
            sessions=len(log["sessions"]),
        )


def _backward_starts(plan: Json) -> int:
    """How often the belt is started for a backward phase; before the first one it stands."""
    motions = ["standing", *(phase["motion"] for phase in plan["phases"])]
    stands = ("standing", "turning")
    return sum(after == "backward" and before in stands for before, after in pairwise(motions))


def judge(planned: float, walked: float, before: Week, after: Week, *, starts: int) -> None:
    """Raise DemoError unless the figures agree.

    `starts` is how often a real walk started the belt to go backward; 0 is a rehearsal.
    """
    missing = planned - walked
    if not 0 <= missing <= starts * BELT_STARTS_WITHIN:
        raise DemoError(f"The plan says {planned:g} s, but {walked:g} s were walked.")
    if after.began != before.began:
        raise DemoError("A new week began during the walk; its total cannot be compared. Again?")
    grown = round((after.minutes - before.minutes) * 60, 3)
    expected = walked if starts else 0
    if abs(grown - expected) > ROUNDED:
        raise DemoError(f"The week should have grown by {expected:g} s; it grew by {grown:g} s.")
    if after.sessions - before.sessions != bool(starts):
        raise DemoError(
            f"The log had {before.sessions} sessions before and has {after.sessions} now."
        )


class _Journey:
    """Follows one session over the websocket, prints what happens, and gives the go."""

    def __init__(self, api: Api, retrowalk: Retrowalk, runner: Device) -> None:
        self._api = api
        self._runner = runner
        self._names = dict.fromkeys(runner.values(), runner.name)
        self._names |= dict.fromkeys(retrowalk.gym.values(), retrowalk.gym.name)
        self._names |= dict.fromkeys(LIGHTS, "")
        self._names |= dict.fromkeys(TREADMILL, "")
        self._began = 0.0

    async def walk(self, kind: str, plan: Json, *, real: bool) -> float:
        """Start, follow to the end, return the backward seconds that the end reports."""
        changes = await self._api.listen("subscribe_events", event_type="state_changed")
        length = float(plan["total_seconds"])
        within = (length if real else length / PACE) + SLACK
        data: Json = {"kind": kind, "surface": SURFACE}
        if not real:
            data["pace"] = PACE
        action = "retrowalk.start_session" if real else "retrowalk.rehearse"
        self._began = time.monotonic()
        try:
            async with asyncio.timeout(within):
                await self._api.act(action, data, entity_id=self._runner["switch.session"])
                walked = await self._follow(changes, gives_go=real)
        except TimeoutError:
            raise DemoError(f"The session did not end within {within:.0f} s.") from None
        await self._let_settle(changes)
        return walked

    async def _follow(self, changes: Events, *, gives_go: bool) -> float:
        walked: float | None = None
        state = ""
        while walked is None or state != "idle":
            try:
                old, new = await self._next_change(changes, 5 if state == "idle" else None)
            except TimeoutError:
                raise DemoError("State is idle again, but nothing was finished.") from None
            self._print(old, new)
            if new["entity_id"] == self._runner["event.session"]:
                attributes = new["attributes"]
                if attributes["event_type"] in ENDS_BADLY:
                    raise DemoError(f"The session was {attributes['event_type']}.")
                if attributes["event_type"] == "finished":
                    walked = float(attributes["backward_seconds"])
            elif new["entity_id"] == self._runner["sensor.state"] and new["state"] != state:
                state = new["state"]
                if state == "paused":
                    raise DemoError(f"The session paused: {new['attributes'].get('reason')}.")
                if gives_go and state in WAITS_FOR_A_GO:
                    await self._go()
        return walked

    async def _let_settle(self, changes: Events) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_AFTER):
                while True:
                    self._print(*await self._next_change(changes))

    async def _next_change(self, changes: Events, within: float | None = None) -> tuple[Json, Json]:
        """The next change of an entity that matters here: what it was, what it is."""
        async with asyncio.timeout(within):
            while (change := await changes.get()) is not None:
                old, new = change["data"]["old_state"], change["data"]["new_state"]
                if old is not None and new is not None and new["entity_id"] in self._names:
                    return old, new
        raise DemoError("Home Assistant closed the connection during the walk.")

    async def _go(self) -> None:
        """Say go, and again until it counts."""
        await asyncio.sleep(GO_AFTER)

        refusals: list[RefusedError] = []

        async def counts() -> bool:
            try:
                await self._api.act("retrowalk.go", entity_id=self._runner["switch.session"])
            except RefusedError as refusal:
                refusals.append(refusal)
                return False
            return True

        try:
            await until(counts, within=GO_WITHIN)
        except TimeoutError:
            raise DemoError(f"No go counted: {refusals[-1]}") from None
        self._line("", "Go", "said by the visitor")

    def _print(self, old: Json, new: Json) -> None:
        attributes = new["attributes"]
        value = new["state"]
        if new["entity_id"].startswith("event."):
            value = f"→ {attributes['event_type']}"
        elif value == old["state"]:
            return
        elif new["entity_id"].startswith("light."):
            value = _light(new)
        elif new["entity_id"] == self._runner["sensor.state"]:
            value = " · ".join([value, *_details(attributes)])
        elif unit := attributes.get("unit_of_measurement"):
            value = f"{value} {unit}"
        owner = self._names[new["entity_id"]]
        name = attributes.get("friendly_name", new["entity_id"]).removeprefix(owner).strip()
        self._line(owner, name, value)

    def _line(self, owner: str, name: str, value: str) -> None:
        seconds = time.monotonic() - self._began
        print(f"{seconds:7.1f} s  {owner:<9} {name:<22} {value}", flush=True)


def _light(state: Json) -> str:
    brightness = state["attributes"].get("brightness")
    return state["state"] if brightness is None else f"on, {brightness / 2.55:.0f} %"


def _details(attributes: Json) -> list[str]:
    """What the attributes of State tell beside it, as far as they are known."""
    figures: list[tuple[str, str]] = [
        ("phase", "{}"),
        ("speed", "{:g} km/h"),
        ("grade", "{:g} %"),
        ("reason", "{}"),
    ]
    known = ((attributes.get(key), form) for key, form in figures)
    return [form.format(value) for value, form in known if value]


def _words(kind: str) -> str:
    return kind.replace("_", "-").capitalize()
