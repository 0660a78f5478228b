"""The demo's Home Assistant, for a test that cannot await: Playwright's loop is in its thread."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
import threading
import time
from types import TracebackType
from typing import Any, Self

from demo.api import Api, Json
from demo.entities import Device, Retrowalk
from demo.furnish import NAMES, RUNNER_FLOW, fill_in

DOOR = "input_boolean.gym_door_open"
BELT = "sensor.treadmill_true_speed"
RUNS_KMH = 0.5
WALKING = ("walking_forward", "walking_backward")
GO_COUNTS_AFTER = timedelta(seconds=2.1)
"""Since the state that waits for it began."""


class House:
    """One signed-in connection, used from outside its loop."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.retrowalk: Retrowalk
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._api = Api(url)

    def __enter__(self) -> Self:
        self._thread.start()
        self.do(self._api.__aenter__())
        self.do(self._api.sign_in())
        self.retrowalk = self.do(Retrowalk.find(self._api, NAMES))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.do(self._api.__aexit__(exc_type, exc, traceback))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def do[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    @property
    def ben(self) -> Device:
        return self.retrowalk.runner("Ben")

    # --- asking and acting -----------------------------------------------

    def ask(self, command: str, **fields: Any) -> Any:
        return self.do(self._api.ask(command, **fields))

    def act(self, action: str, **data: Any) -> None:
        self.do(self._api.act(action, data))

    def read(self, action: str, entity_id: str) -> Json:
        """Call an action on an entity, and return what it answers."""
        return self.do(self._api.act_and_read(action, entity_id=entity_id))

    def tell_ben(self, verb: str, **data: Any) -> None:
        """Call an action of ours on Ben."""
        session = self.ben["switch.session"]
        self.do(self._api.act(f"retrowalk.{verb}", data, entity_id=session))

    def door(self, *, is_open: bool) -> None:
        self.act(f"input_boolean.turn_{'on' if is_open else 'off'}", entity_id=DOOR)

    def post(self, path: str, body: Json) -> Any:
        return self.do(self._api.post(path, body))

    def state(self, entity_id: str) -> Json:
        found: Json = self.do(self._api.get(f"/api/states/{entity_id}"))
        return found

    def make_noise(self, changes: int) -> None:
        """Let an entity that is none of ours change so often, as fast as it goes."""

        async def each(n: int) -> None:
            await self._api.post("/api/states/sensor.noise", {"state": str(n)})

        async def all_of_them() -> None:
            for n in range(0, changes, 10):
                await asyncio.gather(*(each(n + more) for more in range(10)))

        self.do(all_of_them())

    def add_runner(self, name: str) -> tuple[str, str]:
        """Add one by its form; returns the ids of the subentry and the device."""
        (entry,) = self.ask("config_entries/get", domain="retrowalk")
        flow = self.post(RUNNER_FLOW, {"handler": [entry["entry_id"], "runner"]})
        answers = {
            "name": name,
            "level": "2",
            "weekly_goal": 20,
            "rails": "always",
            "year_of_birth": 1979,
            "weight": 81,
            "running": {"weekdays": []},
            "screening": {"true_today": True},
        }
        self.do(fill_in(self._api, RUNNER_FLOW, flow, {"user": answers}))
        device = self.do(Retrowalk.find(self._api, (*NAMES, name))).runner(name)
        subentries = self.ask("config_entries/subentries/list", entry_id=entry["entry_id"])
        found = next(each["subentry_id"] for each in subentries if each["title"] == name)
        return found, device.device_id

    def remove_runner(self, subentry: str) -> None:
        (entry,) = self.ask("config_entries/get", domain="retrowalk")
        self.ask(
            "config_entries/subentries/delete",
            entry_id=entry["entry_id"],
            subentry_id=subentry,
        )

    # --- waiting ---------------------------------------------------------

    def until(self, condition: Callable[[], bool], within: float = 30) -> None:
        deadline = time.monotonic() + within
        while not condition():
            assert time.monotonic() < deadline, f"not within {within} s"
            time.sleep(0.05)

    def ben_is(self, *states: str, within: float = 30) -> None:
        self.until(lambda: self.state(self.ben["sensor.state"])["state"] in states, within)

    def ben_walks(self, surface: str) -> None:
        """Lead Ben, from wherever he is, into his walk."""
        state = self.ben["sensor.state"]
        if self.state(state)["state"] == "idle":
            self.tell_ben("start_session", kind="dedicated", surface=surface)
            self.ben_is("ready", *WALKING)  # on the lane nothing waits for a go
        if self.state(state)["state"] in ("ready", "paused"):
            since = datetime.fromisoformat(self.state(state)["last_changed"])
            self.until(lambda: datetime.now(UTC) - since > GO_COUNTS_AFTER)
            self.tell_ben("go")
        self.ben_is(*WALKING)

    def belt_runs(self) -> None:
        """Wait until it does: a stop before that takes 15 s to be proven."""
        self.until(lambda: float(self.state(BELT)["state"]) > RUNS_KMH)

    def rest(self) -> None:
        """End whatever goes on, and leave nobody with a question about how hard it was."""
        states = [each["sensor.state"] for each in self.retrowalk.runners.values()]

        def is_over() -> bool:
            return all(self.state(each)["state"] == "idle" for each in states)

        if not is_over():
            self.act("retrowalk.stop_everything")
        self.door(is_open=False)
        self.until(is_over)
        ready = self.ben["binary_sensor.ready"]
        self.until(lambda: self.state(ready)["state"] == "on")  # so the belt is proven to stand
        session = self.ben["switch.session"]
        for walk in self.read("retrowalk.get_sessions", session)["sessions"]:
            if walk["effort"] is None:
                self.tell_ben("delete_session", session_id=walk["session_id"])
