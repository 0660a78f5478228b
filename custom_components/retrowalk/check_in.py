"""How a runner is asked how a walk was: once after it, and once the next morning.

A question is a notification in Home Assistant, and on the runner's phones one with buttons. It goes
when it is answered, whichever way; nobody is asked the same twice.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .coach.feedback import MOST, Feedback
from .messages import Phones, text
from .unfinished import Unfinished

PRESSED: Final = "mobile_app_notification_action"
"""What Home Assistant's app fires when a button of a notification is pressed."""
ASK_AT: Final = time(8)
CHOICES: Final = {"effort": (2, 4, 7), "pain": (0, 3, 5), "knees": (0, 1, 3)}
"""What the buttons answer; a phone shows three. The knees are asked for more than usual."""
_FIELDS: Final = {"effort": "effort", "pain": "pain", "knees": "next_pain"}
_FIGURES: Final = {str(each) for each in range(MOST + 1)}
_DAY: Final = timedelta(days=1)


class CheckIns:
    """The questions of one runner."""

    def __init__(
        self,
        hass: HomeAssistant,
        runner_id: str,
        unfinished: Unfinished,
        on_answer: Callable[[str, Feedback], Awaitable[object]],
    ) -> None:
        """Know who asks; `on_answer` gets the id of the walk and what was said of it."""
        self._hass = hass
        self._runner_id = runner_id
        self._unfinished = unfinished
        self._on_answer = on_answer
        self._phones = Phones(hass, f"{runner_id}_")
        self.phones: tuple[str, ...] = ()
        """Device ids of whom to ask."""
        self.usual_pain = 0
        self._unsubscribe: CALLBACK_TYPE | None = None
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def open(self) -> None:
        """Listen to the buttons."""
        if self._unsubscribe is None:
            self._unsubscribe = self._hass.bus.async_listen(PRESSED, self._pressed)

    @callback
    def close(self) -> None:
        """Listen no more, and ask nothing in the morning."""
        for cancel in (self._unsubscribe, self._timer):
            if cancel is not None:
                cancel()
        self._unsubscribe = self._timer = None

    @callback
    def ask(self, what: str, session_id: str, runner: str) -> None:
        """Ask for the `effort` of a walk, the `pain` during it, or the `knees` after it.

        What was asked of an earlier walk and not answered is asked no more.
        """
        for old in self._unfinished.asked_about(f"{what}_"):
            self.withdraw(old)
        about = f"{what}_{session_id}"
        self._unfinished.ask(about, f"ask_{what}", runner=runner, session_id=session_id)
        usual = self.usual_pain if what == "knees" else 0
        actions = [
            {
                "action": "|".join(
                    ("retrowalk", self._runner_id, what, session_id, f"{min(usual + each, MOST)}")
                ),
                "title": text(self._hass, f"choice_{what}_{each}"),
            }
            for each in CHOICES[what]
        ]
        message = text(self._hass, f"ask_{what}", runner=runner)
        title = text(self._hass, f"ask_{what}_title", runner=runner)
        self._phones.send(self.phones, about, message, title=title, actions=actions)

    @callback
    def answered(self, session_id: str, said: Feedback) -> None:
        """Take back what needs no answer any more."""
        for what, is_said in (
            ("effort", said.effort is not None),
            ("pain", said.pain is not None),
            ("knees", said.is_answered),
        ):
            if is_said:
                self.withdraw(f"{what}_{session_id}")

    @callback
    def forget(self, session_id: str) -> None:
        """Ask nothing more of a walk."""
        for what in CHOICES:
            self.withdraw(f"{what}_{session_id}")

    @callback
    def withdraw(self, about: str) -> None:
        """Take one question back, wherever it is shown."""
        if self._unfinished.asked_about(about):
            self._unfinished.answered(about)
            self._phones.clear(self.phones, about)

    @callback
    def in_the_morning(self, of: date, at: time, now: datetime, ask: Callable[[], None]) -> None:
        """Have `ask` called on the morning after a day; at once where that has begun."""
        if self._timer is not None:
            self._timer()
            self._timer = None
        zone = dt_util.get_default_time_zone()
        due = datetime.combine(of + _DAY, at, zone)
        if now.astimezone(zone).date() > of + _DAY:
            return  # nobody remembers that long
        if due <= now:
            ask()
            return

        @callback
        def morning(_now: datetime) -> None:
            self._timer = None
            ask()

        job = HassJob(morning, "retrowalk: ask how the knees are", cancel_on_shutdown=True)
        self._timer = async_call_later(self._hass, (due - now).total_seconds(), job)

    async def _pressed(self, event: Event[Any]) -> None:
        """Take a button for an answer; what is none of ours is somebody else's."""
        match str(event.data.get("action")).split("|"):
            case ["retrowalk", self._runner_id, what, session_id, value] if value in _FIGURES:
                field = _FIELDS.get(what)
                if field is not None:
                    await self._on_answer(session_id, Feedback.from_dict({field: int(value)}))
