"""A person who trains: verbs of a session, snapshot; owns at most one conductor, and a diary.

Views and actions talk to this file, and to its diary for what was walked, alone: they read one
immutable snapshot and call one verb.
Verbs raise ServiceValidationError with a translated reason; nothing has changed when they do.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import floor
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.start import async_at_started
from homeassistant.util.ulid import ulid_now

from .book import Book
from .caller import SharedCalls, is_person
from .clock import Clocks, Journal, LocalTime
from .coach.day import Advice
from .coach.feedback import MOST_STUMBLES, RED_PAIN, Feedback
from .coach.ledger import (
    Total,
    midnight,
    to_ms,
    walked,
)
from .coach.levels import Hands
from .coach.limits import age_years
from .coach.plan import Kind, Plan, Surface, make_plan
from .coach.refused import Refused
from .coach.screening import Mode
from .coach.session import PAUSED_WAIT, PREPARE_WAIT, Position, Reason, Session, State, Verb
from .coaching import Coaching, Outlook
from .conductor import Conductor, SessionView
from .diary import Diary, Worth
from .gym.gym import Gym, Holder
from .gym.path import Blocker
from .gym.speaker import Urgency
from .messages import name_blockers, name_reasons, phrase, refusal_text
from .person import Place, RunnerConfig, SessionEvent, coach_config
from .refusal import refusal, translated
from .store import NotWrittenError
from .unfinished import Unfinished

_END_EVENTS: Final = {
    Reason.FINISHED: SessionEvent.FINISHED,
    Reason.INTERRUPTED: SessionEvent.INTERRUPTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSnapshot:
    """What the views of a runner read. Times walked are backward time."""

    today: date
    """The local day."""
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
        self._coaching = coaching
        coaching.on_change = self.show
        self._calls = calls
        self._stops = 0
        self._closed = True
        """Until it has come back; since it has left."""
        self._forgotten = False
        self._snapshot: RunnerSnapshot | None = None
        self._ahead: tuple[Outlook, list[Advice]] | None = None
        self._clocks = clocks
        self._conductor: Conductor | None = None
        self._unfinished = unfinished
        self._time = LocalTime(hass, clocks)
        self.diary = Diary(
            hass, runner_id, config, place, book, coaching, unfinished, self._time, self
        )
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
        week, ledger, today = (
            self._time.this_week(self.place.first_weekday),
            self.diary.ledger,
            self._time.today,
        )
        outlook = self._coaching.look(ledger, today)
        return RunnerSnapshot(
            today=today,
            session=self._conductor.view if self._conductor else None,
            outlook=outlook,
            weekly_goal=self.config.weekly_goal,
            week_starts=midnight(week, self._time.zone),
            week=ledger.in_week(week),
            worth=self.diary.worth(week),
            lifetime=ledger.lifetime,
            streak=ledger.streak(week, outlook.excused),
            last_session=ledger.last.started if ledger.last else None,
        )

    @property
    def outlook(self) -> Outlook:
        """Return what the coach says now."""
        return self.snapshot.outlook

    @property
    def now(self) -> datetime:
        """Return the instant by which its sessions go (UTC)."""
        return self._clocks.wall()

    @property
    def going(self) -> Session | None:
        """Return the session that goes on."""
        return self._conductor.session if self._conductor else None

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

    def plan(
        self, kind: Kind, surface: Surface | None = None, minutes: float | None = None
    ) -> Plan:
        """Return the plan that a start would walk."""
        with translated():
            return self._plan(kind, surface, minutes)

    def starts(self) -> tuple[Plan | None, list[Plan]]:
        """Return the plan that advice asks for, None where it asks for none; and all others."""
        advice = self.outlook.advice
        asked = self._plan_or_none(advice.walk, advice.minutes) if advice.walk else None
        if self._mode() is Mode.LOCKED:
            return asked, []
        others = [self._plan_or_none(each) for each in Kind if each is not advice.walk]
        return asked, [each for each in others if each is not None]

    def _plan_or_none(self, kind: Kind, minutes: float | None = None) -> Plan | None:
        try:
            return self._plan(kind, None, minutes)
        except Refused:
            return None

    @callback
    def ask_calendar(self) -> None:
        """Ask anew what is known of the coming runs."""
        self._coaching.running.ask()

    async def advice(self) -> Outlook:
        """Return what today asks for, once every source was asked."""
        await self._coaching.running.refresh(self._time.today)
        return self.snapshot.outlook

    def ahead(self) -> list[Advice]:
        """Return what the coming two weeks ask for, if all goes well."""
        outlook = self.outlook
        if self._ahead is None or self._ahead[0] is not outlook:
            proposed = self._coaching.ahead(self.diary.ledger, self._time.today)
            self._ahead = (outlook, proposed)
        return self._ahead[1]

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
        person, which looks at no screen: what is refused is said aloud.
        """
        try:
            return await self.start_answered(
                kind, context=context, surface=surface, minutes=minutes, force=force, ask_go=ask_go
            )
        except ServiceValidationError as err:
            if not await is_person(self._hass, context):
                self._say_refused(err)
            raise

    async def start_answered(
        self,
        kind: Kind | None,
        *,
        context: Context,
        surface: Surface | None = None,
        minutes: float | None = None,
        force: bool = False,
        ask_go: bool = False,
    ) -> str | None:
        """Start as `start` does, for a caller who tells by itself what is refused."""
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
            await self._mark_unlocked(Verb.GO, context or Context())
        except ServiceValidationError as err:
            self._say_refused(err)

    async def by_voice(self, verb: Verb, context: Context) -> None:
        """Take a go or a resume that somebody in the gym was heard to say.

        Whoever calls vouches for that: a satellite has no user. It is on disk when this returns.
        """
        await self._mark_unlocked(verb, context)
        await self._unfinished.flush()

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

    async def hear(self, said: Feedback) -> None:
        """Take what a runner says of the walk that goes on, of the last one where none does.

        Pain that asks for it ends the walk (training.md 4.1).
        """
        conductor = self._conductor
        if conductor is not None and conductor.is_over:
            await conductor.ended()
            conductor = None
        if conductor is None or conductor.session.rehearsal:
            last = self.diary.ledger.last
            if said.stumbles and last is not None:
                so_far = (last.feedback.stumbles or 0) + said.stumbles
                said = replace(said, stumbles=min(so_far, MOST_STUMBLES))
            await self.diary.check_in(None, said)
            return
        is_red = said.pain is not None and said.pain >= RED_PAIN.value
        if is_red:
            conductor.stop_belt()
        conductor.tell(said)
        if is_red:
            await self.stop()

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
            on = self._surface(surface)
        return await self.diary.log(
            when=when, minutes=minutes, kind=kind, surface=on, feedback=feedback
        )

    # Lifecycle

    async def configure(self, config: RunnerConfig, place: Place) -> None:
        """Take over what was changed in a form; a walk that is going on keeps its plan."""
        level = self.outlook.standing.level
        before, self.config, self.place = self.config, config, place
        self._coaching.configure(coach_config(config, place))
        if config.level != before.level:
            await self._coaching.begin_at(config.level, self.diary.ledger, self._time.today)
        await self.diary.configure(config, place)
        self.show()
        self.diary.tell_of_level(since=level)

    async def come_back(self) -> None:
        """Take up what was not over when somebody was here last; `tell` tells of it.

        A walk that was lost goes on, waits for a go, or is closed at its last proven second.
        """
        if self._forgotten:
            return
        self._untold = []
        self.diary.open()
        self._coaching.running.open()
        try:
            if (journal := self._unfinished.walk) is not None:
                await self._take_up(journal)
        finally:
            self.diary.ask()
            self._closed = False

    async def _take_up(self, journal: Journal) -> None:
        if await self.diary.has(journal.session.session_id):  # died before the file was forgotten
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
            self.tell_of(
                SessionEvent.PAUSED, _event_data(session) | {"reason": position.reason.value}
            )
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
            self.tell_of(event, data)

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
            self._coaching.running.close()
            await self.diary.close()

    async def flush(self) -> None:
        """Have everything on disk that is known now, the walk included."""
        if self._conductor is not None:
            self._conductor.prove()
        await self._unfinished.flush()
        await self.diary.flush()

    async def close(self) -> None:
        """End a walk that is going on, keeping what was walked; none begins after it."""
        self._closed = self._forgotten = True
        await self._end(Reason.INTERRUPTED)
        self._coaching.running.close()
        await self.diary.close()

    async def forget(self) -> None:
        """Delete everything that was stored of this runner; nothing is written after it."""
        await self.diary.forget()

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
            if same or (kind is None and not going.session.rehearsal):
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
        self.tell_of(SessionEvent.STARTED, _event_data(session))
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
            detail=self.place.details[session.plan.kind],
            walks=self.diary.ledger.lifetime.sessions,
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
            minutes = self._coaching.minutes(self.diary.ledger, self._time.today, kind)
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
        return age_years(self.config.year_of_birth, self._time.today)

    def _surface(self, surface: Surface | None) -> Surface:
        if surface is None:
            return self.place.surfaces[0]
        if surface not in self.place.surfaces:
            raise Refused("no_such_surface", surface=surface, gym=self.gym.name)
        return surface

    async def _mark_by_person(self, verb: Verb, context: Context) -> None:
        if not await is_person(self._hass, context):
            raise refusal("needs_person")
        await self._mark_unlocked(verb, context)

    async def _mark_unlocked(self, verb: Verb, context: Context) -> None:
        if self._mode() is Mode.LOCKED:  # a fall was told of while it waited
            raise refusal("locked")
        await self._mark(verb, context)

    @callback
    def _say_refused(self, err: ServiceValidationError) -> None:
        self.gym.say_words(refusal_text(self._hass, err), Urgency.PROMPT)

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
            self.tell_of(SessionEvent.RESUMED, after)
        if now.state is State.PAUSED:
            why = {"reason": now.reason.value if now.reason else None}
            self.tell_of(SessionEvent.PAUSED, _event_data(session) | why)

    async def _ended(self, session: Session, position: Position) -> None:
        """Write a finished walk down, then show its minutes, then tell of it."""
        zone, lifetime = self._hass.config.time_zone, self.diary.ledger.lifetime.backward
        entry = walked(session, position.since, zone, lifetime)
        goal_reached, unwritten = False, None
        try:
            if entry.backward and not session.rehearsal:
                goal_reached = await self.diary.keep(entry)
        except NotWrittenError:  # the book writes it with the next change
            unwritten = Journal.now(session, position.since, self._clocks)
        finally:
            self._conductor = None
            self.show()
        reason = position.reason or Reason.STOPPED
        if not session.rehearsal:
            if self._forgotten:
                pass  # nobody is asked who was removed
            elif reason is Reason.INTERRUPTED:
                self.diary.ask_what_is_missing(session, entry)
            elif entry.backward:
                self.diary.ask_how_it_was(entry)
            self._unfinished.keep(unwritten)
            self.diary.ask_in_the_morning()
            self._say_how_it_ended(session, reason, entry.backward_time)
        data = _event_data(session) | {
            "reason": reason.value,
            "backward_seconds": round(entry.backward_time.total_seconds(), 3),
            "week_seconds": round(self.snapshot.week.backward.total_seconds(), 3),
            "weekly_goal": self.config.weekly_goal,
        }
        self.tell_of(_END_EVENTS.get(reason, SessionEvent.STOPPED), data)
        if goal_reached:
            self.diary.tell_goal_reached()

    def _say_how_it_ended(self, session: Session, reason: Reason, walked: timedelta) -> None:
        """Say what a walk came to, where the gym talks."""
        key = {Reason.FINISHED: "say_done", Reason.STOPPED: "say_stopped"}.get(reason)
        if key is None or not walked or not self.place.details[session.plan.kind].talks:
            return
        week = self.snapshot.week.backward
        figures = {"minutes": in_minutes(walked), "week": in_minutes(week)}
        self.gym.say_words(phrase(self._hass, key, figures), Urgency.CUE)

    @callback
    def tell_of(self, event: SessionEvent, data: dict[str, Any]) -> None:
        """Tell of an event; nobody listens before Home Assistant has started, so it waits."""
        if self._untold is not None:
            self._untold.append((event, data))
            return

        @callback
        def tell(_hass: HomeAssistant) -> None:
            for listener in list(self._listeners):
                listener(event, data)

        async_at_started(self._hass, tell)


def in_minutes(length: timedelta) -> float:
    """Return a length as people say it."""
    return as_minutes(length.total_seconds())


def as_minutes(seconds: float) -> float:
    """Return seconds as people say them: whole minutes, halves below ten."""
    minutes = seconds / 60
    return floor(minutes) if minutes >= 10 else floor(minutes * 2) / 2


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
