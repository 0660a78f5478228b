"""A person who trains: verbs, snapshot, ledger; owns at most one conductor.

Views and actions talk to this file alone: they read one immutable snapshot and call one verb.
Verbs raise ServiceValidationError with a translated reason; nothing has changed when they do.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
import logging
from typing import Any, Final
from zoneinfo import ZoneInfo

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.start import async_at_started
from homeassistant.util.ulid import ulid_now

from .book import Book, Change
from .caller import SharedCalls, is_person
from .check_in import ASK_AT, CheckIns
from .clock import Clocks, Journal
from .coach.day import Advice, Pause, Run, RunEffort
from .coach.energy import estimate_kcal
from .coach.feedback import MOST_SORE_HOURS, Feedback
from .coach.ledger import (
    WEEK,
    Entry,
    Source,
    Total,
    local_minute,
    midnight,
    one_interval,
    to_ms,
    walked,
    week_of,
)
from .coach.levels import Hands
from .coach.plan import Kind, Plan, Surface, make_plan
from .coach.refused import Refused
from .coach.screening import Answers, Mode
from .coach.session import PAUSED_WAIT, PREPARE_WAIT, Position, Reason, Session, State, Verb
from .coaching import CoachConfig, Coaching, Outlook
from .conductor import Conductor, SessionView
from .gym.gym import Gym, Holder
from .gym.path import Blocker
from .history import History
from .messages import name_blockers, name_reasons
from .refusal import refusal, translated
from .running import RunningConfig
from .store import NotWrittenError
from .unfinished import Unfinished

_LOGGER = logging.getLogger(__name__)


class SessionEvent(StrEnum):
    """What a runner's session tells."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    FINISHED = "finished"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    GOAL_REACHED = "goal_reached"
    LEVEL_CHANGED = "level_changed"


RUN_AHEAD: Final = timedelta(days=60)
"""A race may be known of so long before."""
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_BEGUN: Final = (State.PREPARING, State.READY, State.GET_READY, State.PAUSED, State.IDLE)
_END_EVENTS: Final = {
    Reason.FINISHED: SessionEvent.FINISHED,
    Reason.INTERRUPTED: SessionEvent.INTERRUPTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerConfig:
    """What the runner's form holds; `level` is the one to begin at."""

    name: str
    level: int
    weekly_goal: int
    keeps_rails: bool = False
    year_of_birth: int | None = None
    weight_kg: float | None = None
    usual_pain: int = 0
    running: RunningConfig = RunningConfig()
    pauses: tuple[Pause, ...] = ()
    answers: Answers = Answers()
    check_in_at: time = ASK_AT
    phones: tuple[str, ...] = ()
    """Device ids of what gets alerts."""
    heart_rate_sensor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a runner needs to know of its gym's settings; `first_weekday` 0 is Monday."""

    surfaces: tuple[Surface, ...]
    first_weekday: int
    go_wait: timedelta
    grace: timedelta
    """A session that nobody conducted for longer than this is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What the walks of a week are worth; None where no walk of it is known.

    `is_least` says that another walk of it is not: then it is at least that much.
    """

    kcal: int | None
    kcal_is_least: bool
    distance_m: float | None
    distance_is_least: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSnapshot:
    """What the views of a runner read. Times walked are backward time."""

    session: SessionView | None
    outlook: Outlook
    weekly_goal: int
    week_starts: datetime
    week: Total
    worth: Worth
    lifetime: Total
    streak: int
    last_session: datetime | None

    @property
    def state(self) -> State:
        """Return what the session does."""
        return self.session.position.state if self.session else State.IDLE


class Runner:
    """One person in one gym."""

    def __init__(
        self,
        hass: HomeAssistant,
        runner_id: str,
        config: RunnerConfig,
        place: Place,
        gym: Gym,
        book: Book,
        coaching: Coaching,
        unfinished: Unfinished,
        calls: SharedCalls,
        clocks: Clocks,
    ) -> None:
        """Build it; `runner_id` is the id of its subentry."""
        self._hass = hass
        self.runner_id = runner_id
        self.config = config
        self.place = place
        self.gym = gym
        self._book = book
        self._coaching = coaching
        coaching.running.on_change = self.show
        self._history = History(hass, runner_id, config.name, book)
        self._calls = calls
        self._stops = 0
        self._closed = True
        """Until it has come back; since it has left."""
        self._forgotten = False
        self._snapshot: RunnerSnapshot | None = None
        self._clocks = clocks
        self._conductor: Conductor | None = None
        self._unfinished = unfinished
        self._check_ins = CheckIns(hass, runner_id, unfinished, self._answer)
        self._untold: list[tuple[SessionEvent, dict[str, Any]]] | None = None
        self._views: list[Callable[[], None]] = []
        self._listeners: list[Callable[[SessionEvent, dict[str, Any]], None]] = []

    # What others see

    @property
    def snapshot(self) -> RunnerSnapshot:
        """Return what is so since `show` was called last; every view reads the same one."""
        if self._snapshot is None:
            self._snapshot = self._look()
        return self._snapshot

    def _look(self) -> RunnerSnapshot:
        week, ledger, today = self._this_week(), self._book.ledger, self._today()
        outlook = self._coaching.look(ledger, today)
        return RunnerSnapshot(
            session=self._conductor.view if self._conductor else None,
            outlook=outlook,
            weekly_goal=self.config.weekly_goal,
            week_starts=midnight(week, self._zone()),
            week=ledger.in_week(week),
            worth=self._worth(week),
            lifetime=ledger.lifetime,
            streak=ledger.streak(week, outlook.excused),
            last_session=ledger.last.started if ledger.last else None,
        )

    @property
    def blockers(self) -> tuple[Blocker, ...]:
        """Return what keeps a start from beginning at once: the belt only where it is walked on."""
        gym = self.gym.snapshot
        on_belt = self.place.surfaces[0] is Surface.TREADMILL
        return (*gym.blockers, *(gym.belt if on_belt else ()))

    @callback
    def subscribe(self, view: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `view` whenever the snapshot changes; returns the way out."""
        self._views.append(view)
        return lambda: self._views.remove(view)

    @callback
    def subscribe_events(
        self, listener: Callable[[SessionEvent, dict[str, Any]], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with each session event and its data; returns the way out."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _worth(self, week: date) -> Worth:
        walks = [each for each in self._book.ledger.entries() if week <= each.day < week + WEEK]
        mets = [each.met_minutes for each in walks]
        metres = [each.distance_m for each in walks]
        known = [each for each in mets if each is not None]
        far = [each for each in metres if each is not None]
        weight = self.config.weight_kg
        return Worth(
            kcal=estimate_kcal(sum(known), weight) if known or not walks else None,
            kcal_is_least=len(known) < len(mets),
            distance_m=sum(far) if far or not walks else None,
            distance_is_least=len(far) < len(metres),
        )

    def plan(
        self, kind: Kind, surface: Surface | None = None, minutes: float | None = None
    ) -> Plan:
        """Return the plan that a start would walk."""
        with translated():
            return self._plan(kind, surface, minutes)

    async def advice(self) -> Outlook:
        """Return what today asks for, once every source was asked."""
        await self._coaching.running.refresh(self._today())
        return self.snapshot.outlook

    def ahead(self) -> list[Advice]:
        """Return what the coming two weeks ask for, if all goes well."""
        return self._coaching.ahead(self._book.ledger, self._today())

    async def sessions(self) -> list[Entry]:
        """Return every finished walk, in order."""
        before = self._book.ledger
        entries = await self._book.entries()
        if self._book.ledger is not before:  # some of them were found to be missing
            self._history.changed(BEGINNING)
            self.show()
        return entries

    # Verbs of a session

    async def start(
        self,
        kind: Kind | None,
        *,
        context: Context,
        surface: Surface | None = None,
        minutes: float | None = None,
        force: bool = False,
        ask_go: bool = False,
    ) -> str | None:
        """Start a walk and return its id while it prepares.

        No kind is what advice says; where that is no walk, it is refused with its reasons.
        Starting again what is going on returns the same id. Where one call asks several runners,
        one starts and the others get None. `ask_go` waits for a go; so does a start without a
        person.
        """
        ask_go = ask_go or not await is_person(self._hass, context)
        return await self._one_starts(
            context, lambda: self._start(kind, surface, minutes, force=force, ask_go=ask_go)
        )

    async def rehearse(
        self,
        kind: Kind,
        pace: float,
        *,
        context: Context,
        surface: Surface | None = None,
        minutes: float | None = None,
    ) -> str | None:
        """Rehearse a walk `pace` times as fast; nothing of it is counted."""
        return await self._one_starts(
            context, lambda: self._begin(kind, surface, minutes, pace=pace)
        )

    async def go(self, context: Context) -> None:
        """Take a person's word that it may begin, or go on; it is on disk when this returns."""
        await self._mark_by_person(Verb.GO, context)
        await self._unfinished.flush()

    async def go_by_button(self, context: Context | None) -> None:
        """Take the gym's go button for a person's word, where a hand or a person pressed it.

        `context` is that of a press that anything in Home Assistant might have made. What is
        refused is said aloud: whoever pressed looks at no screen.
        """
        if self._conductor is None:
            return
        try:
            if context is not None and not await is_person(self._hass, context):
                raise refusal("needs_person")
            await self._mark(Verb.GO, context or Context())
        except ServiceValidationError as err:
            self.gym.say(err.translation_key or "", **(err.translation_placeholders or {}))

    async def resume(self, context: Context) -> None:
        """Go on after a pause; needs a person."""
        await self._mark_by_person(Verb.RESUME, context)

    async def pause(self, context: Context) -> None:
        """Pause at once; pausing twice is paused."""
        await self._mark(Verb.PAUSE, context, reason=Reason.ASKED)

    async def ease(self, context: Context) -> None:
        """Go 0.4 km/h slower from now on."""
        await self._mark(Verb.EASE, context)

    async def skip(self, context: Context) -> None:
        """End this phase now."""
        await self._mark(Verb.SKIP, context)

    async def extend(self, by: timedelta, context: Context) -> None:
        """Make this phase longer."""
        await self._mark(Verb.EXTEND, context, by=by)

    async def stop(self) -> None:
        """End the walk; what was walked counts. Does nothing when there is none."""
        await self._end(Reason.STOPPED)

    # Verbs of the ledger

    async def log(
        self,
        *,
        when: datetime,
        minutes: float,
        kind: Kind,
        surface: Surface | None,
        feedback: Feedback,
    ) -> str:
        """Log a walk that was done without us, from `when` on; return its id."""
        with translated():
            entry = Entry(
                session_id=ulid_now(),
                kind=kind,
                level=self.snapshot.outlook.standing.level,
                surface=self._surface(surface),
                started=to_ms(when),
                time_zone=self._hass.config.time_zone,
                backward=one_interval(when, minutes),
                source=Source.LOGGED,
                feedback=feedback,
            )

            self._check_time(entry)
        before = self._book.ledger
        await self._write(self._book.add(entry, self._clocks.wall()))
        if before.last is None or before.last.started < entry.started:
            await self._coaching.walked(before, entry)
            self.show()
        self._unfinished.answered_on(local_minute(entry.started, self._zone())[:10])
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

        await self._write(self._book.edit(session_id, correct, self._clocks.wall()))
        self._unfinished.answered(session_id)

    async def delete(self, session_id: str) -> None:
        """Take a walk out of the ledger."""
        await self._write(self._book.remove(session_id))
        self._unfinished.answered(session_id)

    async def check_in(self, session_id: str | None, said: Feedback) -> Outlook:
        """Take what is said of a walk, the last one where none is named; return what follows.

        Pain that is told of on a later day than that of the walk is that of the morning after.
        """
        with translated():
            if session_id is None:
                if (last := self._book.ledger.last) is None:
                    raise Refused("no_walk_yet")
                session_id = last.session_id

        await self._take_answer(session_id, lambda old: self._dated(said, old))
        return self.snapshot.outlook

    async def _take_answer(self, session_id: str, said: Callable[[Entry], Feedback]) -> None:
        """Keep what was said of a walk, withdraw its questions, tell of a new level."""
        answered = Feedback()

        def answer(old: Entry) -> Entry:
            nonlocal answered
            answered = said(old)
            return old.edited(feedback=answered)

        before = self.snapshot.outlook.standing.level
        await self._write(self._book.edit(session_id, answer, self._clocks.wall()))
        self._check_ins.answered(session_id, answered)
        after = self.snapshot.outlook.standing.level
        if after != before:
            self._say(SessionEvent.LEVEL_CHANGED, {"from": before, "to": after})

    def _dated(self, said: Feedback, entry: Entry) -> Feedback:
        if self._today() > entry.day and said.pain is not None:
            said = replace(said, pain=None, next_pain=said.pain)
        if said.soreness is not None:
            hours = (self._clocks.wall() - entry.ended) / timedelta(hours=1)
            said = replace(said, sore_hours=min(max(0, int(hours)), MOST_SORE_HOURS))
        return said

    async def log_run(self, when: datetime, effort: RunEffort, distance_km: float | None) -> None:
        """Know of a run that was done, or is going to be."""
        now = self._clocks.wall()
        if when > now + RUN_AHEAD:
            raise refusal("run_too_far_ahead", days=RUN_AHEAD.days)
        run = Run(
            day=when.astimezone(self._zone()).date(),
            effort=effort,
            distance_km=distance_km,
            is_planned=when > now,
        )
        try:
            await self._coaching.log_run(run)
        except NotWrittenError as err:
            raise refusal("not_written", error=err.__cause__) from err
        self.show()

    # Lifecycle

    async def configure(self, config: RunnerConfig, place: Place) -> None:
        """Take over what was changed in a form; a walk that is going on keeps its plan."""
        before, self.config, self.place = self.config, config, place
        self._coaching.configure(coach_config(config, place, self._today()))
        if config.name != before.name:
            self._history.rename(config.name)
        if config.weekly_goal != before.weekly_goal:
            await self._set_goal()
        if config.level != before.level:
            self._say(SessionEvent.LEVEL_CHANGED, {"from": before.level, "to": config.level})
        self.show()

    async def settle_goal(self) -> None:
        """Let the ledger know the goal with which the runner was set up."""
        if self._book.ledger.latest_goal != self.config.weekly_goal:
            await self._set_goal()

    async def come_back(self) -> None:
        """Take up what was not over when somebody was here last; `tell` tells of it.

        A walk that was lost goes on, waits for a go, or is closed at its last proven second.
        """
        if self._forgotten:
            return
        self._untold = []
        self._history.reopen()
        self._coaching.running.open()
        try:
            if (journal := self._unfinished.walk) is not None:
                await self._take_up(journal)
        finally:
            self._unfinished.show()
            self._check_ins.open()
            self._ask_in_the_morning()
            self._closed = False

    async def _take_up(self, journal: Journal) -> None:
        if await self._book.has(journal.session.session_id):  # died before the file was forgotten
            self._unfinished.keep(None)
            return
        if journal.session.position(journal.at).state is not State.IDLE:
            moved = journal.session.has_moved_belt
            self.gym.see_to_lost_walk(self.config.phones, moved=moved)
        gap = journal.gap(self._clocks)
        session = journal.session.lost(journal.at, gap, self.place.grace)
        if gap is None or session.position(journal.at).state is State.IDLE:
            await self._ended(session, session.position(journal.at))
            return
        now = journal.at + gap
        position = session.position(now)
        if position.reason is Reason.RESTARTED:
            self._say(SessionEvent.PAUSED, _event_data(session) | {"reason": position.reason.value})
        try:
            self._conduct(session, since_start=now)
            self.show()
        except Refused:  # another runner has the gym: it was not this walk that went on there
            over = session.mark(Verb.END, now, reason=Reason.INTERRUPTED)
            await self._ended(over, over.position(now))

    @callback
    def tell(self) -> None:
        """Tell of what happened when nobody could hear it: there are ears now."""
        untold, self._untold = self._untold or [], None
        for event, data in untold:
            self._say(event, data)

    async def leave(self) -> None:
        """Conduct no more; what goes on is on disk as of this second, to be taken up again."""
        self._closed = True
        self._stops += 1
        try:
            if (conductor := self._conductor) is not None:
                if conductor.session.rehearsal:
                    conductor.mark(Verb.END, reason=Reason.INTERRUPTED)
                if (journal := conductor.leave()) is not None:
                    self._conductor = None
                    self._unfinished.keep(journal)
                await conductor.ended()
        finally:
            await self._unfinished.flush()
            self._unfinished.hide()
            self._coaching.running.close()
            self._check_ins.close()
            await self._book.flush()
            await self._history.close()

    async def flush(self) -> None:
        """Have everything on disk that is known now, the walk included."""
        if self._conductor is not None:
            self._conductor.prove()
        await self._unfinished.flush()
        await self._book.flush()

    async def verify_history(self) -> None:
        """Compare the long-term statistics with the ledger, and mend them."""
        await self._history.verify()

    async def close(self) -> None:
        """End a walk that is going on, keeping what was walked; none begins after it."""
        self._closed = self._forgotten = True
        await self._end(Reason.INTERRUPTED)
        self._coaching.running.close()
        self._check_ins.close()
        self._unfinished.hide()
        await self._history.close()

    async def forget(self) -> None:
        """Delete everything that was stored of this runner; nothing is written after it."""
        await self._unfinished.forget()
        await self._book.forget()
        await self._history.remove()

    @callback
    def show(self) -> None:
        """Let the views read the snapshot again."""
        self._snapshot = None
        for view in list(self._views):
            view()

    # Beneath

    async def _one_starts(
        self, context: Context, begin: Callable[[], Awaitable[str]]
    ) -> str | None:
        """Begin unless another runner of the same call has, or a stop came meanwhile."""
        stops = self._stops
        with self._calls.join(context) as call:
            await call.everybody_asked()
            if call.answered not in (None, self):
                return None
            try:
                if self._stops != stops:
                    raise refusal("stopped_meanwhile")
                session_id = await begin()
            except ServiceValidationError:
                if call.waiting > 1:
                    return None  # another runner of the same call may still begin
                raise
            call.answered = self
            return session_id

    async def _start(
        self,
        kind: Kind | None,
        surface: Surface | None,
        minutes: float | None,
        *,
        force: bool,
        ask_go: bool,
    ) -> str:
        going = self._conductor
        if going is not None and not going.is_over:
            same = going.session.plan.kind is kind and not going.session.rehearsal
            if kind is None or same:
                return going.session.session_id
            raise refusal("session_running", kind=going.session.plan.kind)
        if kind is None:
            advice = self.snapshot.outlook.advice
            if (kind := advice.walk) is None:
                raise refusal("nothing_due", reasons=name_reasons(self._hass, advice.reasons))
            minutes = advice.minutes if minutes is None else minutes
        return await self._begin(kind, surface, minutes, force=force, ask_go=ask_go)

    async def _begin(
        self,
        kind: Kind,
        surface: Surface | None,
        minutes: float | None,
        *,
        pace: float | None = None,
        force: bool = False,
        ask_go: bool = False,
    ) -> str:
        stops = self._stops
        if self._conductor is not None:
            await self._conductor.ended()
        with translated():
            if self._stops != stops or self._closed:
                raise Refused("stopped_meanwhile")
            if self._conductor is not None:
                raise Refused("session_running", kind=self._conductor.session.plan.kind)
            blockers = self.gym.snapshot.blockers if force else ()
            plan = self._plan(kind, surface, minutes)
            on_belt = plan.surface is Surface.TREADMILL and pace is None
            moves_belt = on_belt and self.gym.belt.moves
            if moves_belt and (belt := self.gym.snapshot.belt):
                raise Refused("belt_not_ready", blockers=name_blockers(self._hass, belt))
            session = Session(
                session_id=ulid_now(),
                plan=plan,
                started=to_ms(self._clocks.wall()),
                asks_go=ask_go or moves_belt,
                prepare_wait=PREPARE_WAIT * (pace or 1),
                go_wait=self.place.go_wait * (pace or 1),
                paused_wait=PAUSED_WAIT * (pace or 1),
                rehearsal=pace is not None,
                overrides=tuple(blocker.entity_id for blocker in blockers),
                measured=on_belt and self.gym.belt.is_measured,
                moves_belt=moves_belt,
            )
            self._conduct(session, pace=pace or 1)
        self.show()
        self._say(SessionEvent.STARTED, _event_data(session))
        return session.session_id

    def _conduct(
        self, session: Session, *, pace: float = 1, since_start: timedelta = timedelta()
    ) -> None:
        """Conduct a session; what it raises has changed nothing (Refused: `gym_in_use`, holder)."""
        self._conductor = Conductor(
            self._hass,
            self.gym,
            Holder(id=self.runner_id, name=self.config.name, phones=self.config.phones),
            session,
            self._clocks,
            pace=pace,
            since_start=since_start,
            age_years=self._age_years(),
            restricted=self._mode() is Mode.RESTRICTED,
            heart_rate_sensor=self.config.heart_rate_sensor,
            grace=self.place.grace,
            on_change=self._changed,
            on_proof=self._unfinished.keep,
            on_end=self._ended,
        )
        try:
            self._conductor.begin()
        except BaseException:
            self._conductor = None
            raise

    def _plan(self, kind: Kind, surface: Surface | None, minutes: float | None) -> Plan:
        standing = self.snapshot.outlook.standing
        dose = standing.dose
        if self.config.keeps_rails or standing.rails:
            dose = replace(dose, hands=Hands.BOTH_RAILS)
        if minutes is None:
            minutes = self._coaching.minutes(self._book.ledger, self._today(), kind)
        return make_plan(
            kind,
            standing.row,
            dose,
            self._surface(surface),
            age_years=self._age_years(),
            minutes=minutes,
            mode=self._mode(),
        )

    def _mode(self) -> Mode:
        return self.snapshot.outlook.screening.mode

    def _age_years(self) -> int | None:
        return _age_years(self.config, self._today())

    def _surface(self, surface: Surface | None) -> Surface:
        if surface is None:
            return self.place.surfaces[0]
        if surface not in self.place.surfaces:
            raise Refused("no_such_surface", surface=surface, gym=self.gym.name)
        return surface

    async def _mark_by_person(self, verb: Verb, context: Context) -> None:
        if not await is_person(self._hass, context):
            raise refusal("needs_person")
        await self._mark(verb, context)

    async def _mark(
        self,
        verb: Verb,
        context: Context,
        *,
        reason: Reason | None = None,
        by: timedelta | None = None,
    ) -> None:
        """Mark at once; refuse only if no other runner of the same call could."""
        with self._calls.join(context) as call:
            try:
                with translated():
                    if self._conductor is None:
                        raise Refused("no_session")
                    self._conductor.mark(verb, reason=reason, by=by)
            except ServiceValidationError:
                await call.everybody_asked()
                if call.answered is None:
                    raise
            else:
                call.answered = self
                await call.everybody_asked()

    async def _end(self, reason: Reason) -> None:
        self._stops += 1
        conductor = self._conductor
        if conductor is None:
            await self._unfinished.stop()  # nobody conducts it, and nobody will
            return
        conductor.stop_belt()
        conductor.mark(Verb.END, reason=reason)
        await conductor.ended()

    @callback
    def _changed(self, before: Position, now: Position) -> None:
        self.show()
        if before.state is now.state or self._conductor is None:
            return
        session = self._conductor.session
        if before.state is State.PAUSED:
            gap = session.gap(now)
            after = {} if gap is None else {"after_seconds": round(gap.total_seconds())}
            self._say(SessionEvent.RESUMED, after)
        if now.state is State.PAUSED:
            why = {"reason": now.reason.value if now.reason else None}
            self._say(SessionEvent.PAUSED, _event_data(session) | why)

    async def _ended(self, session: Session, position: Position) -> None:
        """Write a finished walk down, then show its minutes, then tell of it."""
        ledger = self._book.ledger
        zone, lifetime = self._hass.config.time_zone, ledger.lifetime.backward
        entry = walked(session, position.since, zone, lifetime)
        goal_reached, unwritten = False, None
        try:
            if entry.backward and not session.rehearsal:
                goal_reached = self._changed_by(await self._book.keep(entry))
                await self._coaching.walked(ledger, entry)
        except NotWrittenError:  # a repair issue says so; the book writes it with the next change
            self._history.changed(entry.started)
            unwritten = Journal.now(session, position.since, self._clocks)
        finally:
            self._conductor = None
            self.show()
        reason = position.reason or Reason.STOPPED
        if not session.rehearsal:
            if reason is Reason.INTERRUPTED and not self._forgotten:
                self._ask_what_is_missing(session, entry)
            elif entry.backward:
                who = (self.config.name, self.config.phones)
                self._check_ins.ask("effort", entry.session_id, *who)
            self._unfinished.keep(unwritten)
            self._ask_in_the_morning()
        data = _event_data(session) | {
            "reason": reason.value,
            "backward_seconds": round(entry.backward_time.total_seconds(), 3),
        }
        self._say(_END_EVENTS.get(reason, SessionEvent.STOPPED), data)
        if goal_reached:
            self._say_goal_reached()

    def _ask_in_the_morning(self) -> None:
        """Ask how the knees are on the morning after the last walk, once."""
        last = self._book.ledger.last
        if last is None or last.feedback.is_answered or self._coaching.has_asked(last.session_id):
            return

        @callback
        def ask() -> None:
            walk = self._book.ledger.last
            if walk is None or walk.session_id != last.session_id or walk.feedback.is_answered:
                return
            self._check_ins.ask("knees", last.session_id, self.config.name, self.config.phones)
            self._unfinished.keep(self._unfinished.walk)
            self._hass.async_create_task(
                self._coaching.asked(last.session_id), "retrowalk: asked in the morning"
            )

        self._check_ins.in_the_morning(last.day, self.config.check_in_at, self._clocks.wall(), ask)

    async def _answer(self, session_id: str, said: Feedback) -> None:
        """Take the answer of a button; a walk that is gone needs none."""
        try:
            await self._take_answer(session_id, lambda _walk: said)
        except ServiceValidationError as err:
            _LOGGER.warning("An answer came to nothing: %s", err)
            self._check_ins.answered(session_id, said)

    def _ask_what_is_missing(self, session: Session, entry: Entry) -> None:
        """Ask once whether a walk that had begun went on when nobody could see it."""
        if all(each.state in _NOT_BEGUN for each in session.trail(session.marks[-1].at)):
            return
        words = {
            "runner": self.config.name,
            "started": local_minute(session.started, self._zone()),
            "planned": _minutes(session.plan.backward),
        }
        if entry.backward:
            words |= {"session_id": entry.session_id, "minutes": _minutes(entry.backward_time)}
            self._unfinished.ask(entry.session_id, "walk_interrupted", **words)
        else:
            self._unfinished.ask(entry.session_id, "walk_interrupted_at_once", **words)

    def _check_time(self, entry: Entry) -> None:
        """Refuse a time at which the walk that is going on was walked."""
        going = self._conductor.session if self._conductor else None
        if going is not None and not going.rehearsal and entry.ended > going.started:
            raise Refused("overlaps", started=local_minute(going.started, self._zone()))

    async def _set_goal(self) -> None:
        with suppress(NotWrittenError):  # set again at the next set-up
            await self._book.set_goal(self.config.weekly_goal, self._this_week())

    async def _write(self, writing: Awaitable[Change]) -> None:
        """Change what was walked, show it, and tell when that reached the goal."""
        try:
            with translated():
                goal_reached = self._changed_by(await writing)
        except NotWrittenError as err:
            raise refusal("not_written", error=err.__cause__) from err
        self.show()
        if goal_reached:
            self._say_goal_reached()

    def _changed_by(self, change: Change) -> bool:
        """Let the statistics follow a change; return whether it reached this week's goal."""
        if change.since is not None:
            self._history.changed(change.since)
        week = self._this_week()
        return change.after.goal_met(week) and not change.before.goal_met(week)

    def _say_goal_reached(self) -> None:
        self._say(SessionEvent.GOAL_REACHED, {"weekly_goal": self.config.weekly_goal})

    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._hass.config.time_zone)

    def _today(self) -> date:
        return self._clocks.wall().astimezone(self._zone()).date()

    def _this_week(self) -> date:
        return week_of(self._today(), self.place.first_weekday)

    @callback
    def _say(self, event: SessionEvent, data: dict[str, Any]) -> None:
        """Tell of an event; nobody listens before Home Assistant has started, so it waits."""
        if self._untold is not None:
            self._untold.append((event, data))
            return

        @callback
        def tell(_hass: HomeAssistant) -> None:
            for listener in list(self._listeners):
                listener(event, data)

        async_at_started(self._hass, tell)


def coach_config(config: RunnerConfig, place: Place, today: date) -> CoachConfig:
    """Return what the coach has to know of a runner."""
    return CoachConfig(
        level=config.level,
        weekly_goal=config.weekly_goal,
        age_years=_age_years(config, today),
        usual_pain=config.usual_pain,
        first_weekday=place.first_weekday,
        running=config.running,
        pauses=config.pauses,
        answers=config.answers,
    )


def _age_years(config: RunnerConfig, today: date) -> int | None:
    return today.year - config.year_of_birth if config.year_of_birth else None


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.1f}"


def _event_data(session: Session) -> dict[str, Any]:
    plan = session.plan
    return {
        "session_id": session.session_id,
        "kind": plan.kind.value,
        "surface": plan.surface.value,
        "level": plan.level,
        "rehearsal": session.rehearsal,
        "forced": bool(session.overrides),
    }
