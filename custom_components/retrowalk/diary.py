"""What a runner has walked, and what was said of it: the verbs of the ledger, and its questions.

Whoever changes a walk does it here: it is written first, then shown, then the statistics follow and
what it led to is told. Verbs raise ServiceValidationError with a translated reason; nothing has
changed when they do.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
import logging
from typing import Any, Final, Protocol

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.ulid import ulid_now

from .book import Book, Change
from .check_in import CheckIns
from .clock import LocalTime
from .coach.day import Run, RunEffort
from .coach.energy import estimate_kcal
from .coach.feedback import MOST_SORE_HOURS, Feedback
from .coach.ledger import WEEK, Entry, Ledger, Source, local_minute, one_interval, to_ms
from .coach.plan import Kind, Surface
from .coach.progress import Decision
from .coach.refused import Refused
from .coach.session import Session, State
from .coaching import Coaching, Outlook
from .history import History
from .person import Place, RunnerConfig, SessionEvent
from .refusal import refusal, translated
from .store import NotWrittenError
from .unfinished import Unfinished

_LOGGER = logging.getLogger(__name__)

ASKED_WITHIN: Final = timedelta(days=3)
"""For so long after a walk an answer that names none is about it."""
RUN_AHEAD: Final = timedelta(days=60)
"""A race may be known of so long before."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_BEGUN: Final = (State.PREPARING, State.READY, State.GET_READY, State.PAUSED, State.IDLE)


class Writer(Protocol):
    """Whose walks they are."""

    @property
    def outlook(self) -> Outlook:
        """Return what the coach says now."""

    @property
    def going(self) -> Session | None:
        """Return the session that goes on."""

    def show(self) -> None:
        """Let the views read anew."""

    def tell_of(self, event: SessionEvent, data: dict[str, Any]) -> None:
        """Tell of an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the walks of a week are worth; None where no walk of it is known.

    `is_least` says that another walk of it is not: then it is at least that much.
    """

    kcal: int | None
    kcal_is_least: bool
    distance_m: float | None
    distance_is_least: bool


class Diary:
    """The walks of one runner."""

    def __init__(
        self,
        hass: HomeAssistant,
        runner_id: str,
        config: RunnerConfig,
        place: Place,
        book: Book,
        coaching: Coaching,
        unfinished: Unfinished,
        time: LocalTime,
        writer: Writer,
    ) -> None:
        """Open it; `open` begins to ask."""
        self._hass = hass
        self._config = config
        self._place = place
        self._book = book
        self._coaching = coaching
        self._unfinished = unfinished
        self._time = time
        self._writer = writer
        self._history = History(hass, runner_id, config.name, book)
        self._check_ins = CheckIns(hass, runner_id, unfinished, self._answer)
        self._tell_check_ins()

    @property
    def ledger(self) -> Ledger:
        """Return what was walked."""
        return self._book.ledger

    @property
    def last_led(self) -> Entry | None:
        """Return the last walk, where it was led here and not logged."""
        last = self._book.ledger.last
        return None if last is None or last.source is Source.LOGGED else last

    def worth(self, week: date) -> Worth:
        """Return what the walks of a week are worth."""
        entries = self._book.ledger.entries()
        return self.worth_of([each for each in entries if week <= each.day < week + WEEK])

    def worth_of(self, walks: Sequence[Entry]) -> Worth:
        """Return what some walks are worth together."""
        mets = [each.met_minutes for each in walks]
        metres = [each.distance_m for each in walks]
        known = [each for each in mets if each is not None]
        far = [each for each in metres if each is not None]
        weight = self._config.weight_kg
        return Worth(
            kcal=estimate_kcal(sum(known), weight) if known or not walks else None,
            kcal_is_least=len(known) < len(mets),
            distance_m=sum(far) if far or not walks else None,
            distance_is_least=len(far) < len(metres),
        )

    async def sessions(self, since: datetime | None = None) -> list[Entry]:
        """Return every finished walk, in order; those that began since then."""
        before = self._book.ledger
        entries = await self._book.entries(since)
        if self._book.ledger is not before:  # some of them were found to be missing
            self._history.changed(BEGINNING)
            self._writer.show()
        return entries

    async def has(self, session_id: str) -> bool:
        """Return whether a walk was written down."""
        return await self._book.has(session_id)

    # Lifecycle

    @callback
    def open(self) -> None:
        """Follow with the statistics from now on."""
        self._history.reopen()

    @callback
    def ask(self) -> None:
        """Ask what was not answered, and what is due in the morning."""
        self._unfinished.show()
        self._check_ins.open()
        self.ask_in_the_morning()

    async def configure(self, config: RunnerConfig, place: Place) -> None:
        """Take over what was changed in a form."""
        before, self._config, self._place = self._config, config, place
        self._tell_check_ins()
        if config.name != before.name:
            self._history.rename(config.name)
        if config.weekly_goal != before.weekly_goal:
            await self._set_goal()
        self.ask_in_the_morning()

    def _tell_check_ins(self) -> None:
        self._check_ins.phones = self._config.phones
        self._check_ins.usual_pain = self._config.usual_pain

    async def close(self) -> None:
        """Ask no more; what is not over is kept."""
        self._check_ins.close()
        self._unfinished.hide()
        await self._book.flush()
        await self._history.close()

    async def flush(self) -> None:
        """Have everything on disk."""
        await self._book.flush()

    async def forget(self) -> None:
        """Delete everything that was stored."""
        await self._unfinished.forget()
        await self._book.forget()
        await self._history.remove()

    async def verify_history(self) -> None:
        """Compare the long-term statistics with the ledger, and mend them."""
        await self._history.verify()

    async def settle_goal(self) -> None:
        """Let the ledger know the goal with which the runner was set up."""
        if self._book.ledger.latest_goal != self._config.weekly_goal:
            await self._set_goal()

    # Verbs

    async def keep(self, entry: Entry) -> bool:
        """Write a finished walk down; return whether it reached the goal of its week.

        Raises NotWrittenError where the disk does not take it: it is known all the same, and is
        written with the next change.
        """
        try:
            return self._changed_by(await self._book.keep(entry))
        except NotWrittenError:  # a repair issue says so
            self._history.changed(entry.started)
            raise
        finally:
            await self._coaching.walked(self._book.ledger)

    async def log(
        self,
        *,
        when: datetime,
        minutes: float,
        kind: Kind,
        surface: Surface,
        feedback: Feedback,
    ) -> str:
        """Log a walk that was done without us, from `when` on; return its id."""
        with translated():
            entry = Entry(
                session_id=ulid_now(),
                kind=kind,
                level=self._writer.outlook.standing.level,
                surface=surface,
                started=to_ms(when),
                time_zone=self._hass.config.time_zone,
                backward=one_interval(when, minutes),
                source=Source.LOGGED,
                feedback=feedback,
            )

            self._check_time(entry)
        await self._write(self._book.add(entry, self._time.now))
        await self._coaching.walked(self._book.ledger)
        self.ask_in_the_morning()
        self._unfinished.answered_on(local_minute(entry.started, self._time.zone)[:10])
        return entry.session_id

    async def edit(
        self,
        session_id: str,
        *,
        when: datetime | None = None,
        minutes: float | None = None,
        kind: Kind | None = None,
        feedback: Feedback,
    ) -> None:
        """Correct a walk; what is None stays."""

        def correct(old: Entry) -> Entry:
            entry = old.edited(when=when, minutes=minutes, kind=kind, feedback=feedback)
            if entry.backward != old.backward:
                self._check_time(entry)
            return entry

        await self._write(self._book.edit(session_id, correct, self._time.now))
        self._unfinished.answered(session_id)
        self._check_ins.answered(session_id, feedback)

    async def delete(self, session_id: str) -> None:
        """Take a walk out of the ledger."""
        await self._write(self._book.remove(session_id))
        self._unfinished.answered(session_id)
        self._check_ins.forget(session_id)

    async def check_in(self, session_id: str | None, said: Feedback) -> Decision | None:
        """Take what is said of a walk, the last one where none is named.

        Pain that is told of on a later day than that of the walk is that of the morning after.
        Returns what follows from it; None from a walk that is not the last one.
        """
        last = self._book.ledger.last
        with translated():
            if session_id is None:
                if last is None:
                    raise Refused("no_walk_yet")
                if self._time.today > last.day + ASKED_WITHIN:
                    raise Refused("walk_too_long_ago", days=ASKED_WITHIN.days)
                session_id = last.session_id
        await self._take_answer(session_id, lambda old: self._dated(said, old))
        is_last = last is not None and last.session_id == session_id
        return self._writer.outlook.decision if is_last else None

    async def _take_answer(self, session_id: str, said: Callable[[Entry], Feedback]) -> None:
        """Keep what was said of a walk, withdraw its questions, tell of a new level."""
        answered = Feedback()

        def answer(old: Entry) -> Entry:
            nonlocal answered
            answered = said(old)
            return old.edited(feedback=answered)

        await self._write(self._book.edit(session_id, answer, self._time.now))
        self._check_ins.answered(session_id, answered)

    def _dated(self, said: Feedback, entry: Entry) -> Feedback:
        ended = entry.ended.astimezone(self._time.zone).date()
        if self._time.today > ended and said.pain is not None:
            said = replace(said, pain=None, next_pain=said.pain)
        if said.soreness is not None:
            hours = (self._time.now - entry.ended) / timedelta(hours=1)
            said = replace(said, sore_hours=min(max(0, int(hours)), MOST_SORE_HOURS))
        return said

    async def log_run(self, when: datetime, effort: RunEffort, distance_km: float | None) -> None:
        """Know of a run that was done, or is going to be."""
        now = self._time.now
        if when > now + RUN_AHEAD:
            raise refusal("run_too_far_ahead", days=RUN_AHEAD.days)
        run = Run(
            day=when.astimezone(self._time.zone).date(),
            effort=effort,
            distance_km=distance_km,
            is_planned=when > now,
        )
        try:
            await self._coaching.log_run(run)
        except NotWrittenError as err:
            raise refusal("not_written", error=err.__cause__) from err
        self._writer.show()

    # Questions

    @callback
    def ask_how_it_was(self, entry: Entry) -> None:
        """Ask how hard a walk was, and the next morning how the knees are."""
        self._check_ins.ask("effort", entry.session_id, self._config.name)

    def ask_in_the_morning(self) -> None:
        """Ask how the knees are on the morning after the last walk, once."""
        last = self._book.ledger.last
        if last is None or last.feedback.is_answered or self._coaching.has_asked(last.session_id):
            return

        @callback
        def ask() -> None:
            walk = self._book.ledger.last
            if walk is None or walk.session_id != last.session_id or walk.feedback.is_answered:
                return
            self._check_ins.ask("knees", last.session_id, self._config.name)
            self._unfinished.keep(self._unfinished.walk)
            self._hass.async_create_task(
                self._coaching.asked(last.session_id), "retrowalk: asked in the morning"
            )

        self._check_ins.in_the_morning(last.day, self._config.check_in_at, self._time.now, ask)

    async def _answer(self, session_id: str, said: Feedback) -> None:
        """Take the answer of a button; a walk that is gone needs none."""
        try:
            await self._take_answer(session_id, lambda _walk: said)
        except ServiceValidationError as err:
            _LOGGER.warning("An answer came to nothing: %s", err)
            if err.translation_key == "unknown_session":
                self._check_ins.forget(session_id)
            return
        if said.effort is not None:
            self._check_ins.ask("pain", session_id, self._config.name)
            self._unfinished.keep(self._unfinished.walk)

    def ask_what_is_missing(self, session: Session, entry: Entry) -> None:
        """Ask once whether a walk that had begun went on when nobody could see it."""
        if all(each.state in _NOT_BEGUN for each in session.trail(session.marks[-1].at)):
            return
        words = {
            "runner": self._config.name,
            "started": local_minute(session.started, self._time.zone),
            "planned": _minutes(session.plan.backward),
        }
        if entry.backward:
            words |= {"session_id": entry.session_id, "minutes": _minutes(entry.backward_time)}
            self._unfinished.ask(entry.session_id, "walk_interrupted", **words)
        else:
            self._unfinished.ask(entry.session_id, "walk_interrupted_at_once", **words)

    def _check_time(self, entry: Entry) -> None:
        """Refuse a time at which the walk that is going on was walked."""
        going = self._writer.going
        if going is not None and not going.rehearsal and entry.ended > going.started:
            raise Refused("overlaps", started=local_minute(going.started, self._time.zone))

    async def _set_goal(self) -> None:
        with suppress(NotWrittenError):  # set again at the next set-up
            await self._book.set_goal(
                self._config.weekly_goal, self._time.this_week(self._place.first_weekday)
            )

    async def _write(self, writing: Awaitable[Change]) -> None:
        """Change what was walked, show it, and tell of a goal or a level that this reached."""
        level = self._writer.outlook.standing.level
        try:
            with translated():
                change = await writing
        except NotWrittenError as err:
            raise refusal("not_written", error=err.__cause__) from err
        goal_reached = self._changed_by(change)
        self._writer.show()
        if goal_reached:
            self.tell_goal_reached()
        self.tell_of_level(since=level)

    @callback
    def tell_of_level(self, *, since: int) -> None:
        """Tell where it is another one than it was."""
        if (now := self._writer.outlook.standing.level) != since:
            self._writer.tell_of(SessionEvent.LEVEL_CHANGED, {"from": since, "to": now})

    def _changed_by(self, change: Change) -> bool:
        """Let the statistics follow a change; return whether it reached this week's goal."""
        if change.since is not None:
            self._history.changed(change.since)
        week = self._time.this_week(self._place.first_weekday)
        return change.after.goal_met(week) and not change.before.goal_met(week)

    @callback
    def tell_goal_reached(self) -> None:
        """Tell that the weekly goal is met."""
        self._writer.tell_of(SessionEvent.GOAL_REACHED, {"weekly_goal": self._config.weekly_goal})


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.1f}"
