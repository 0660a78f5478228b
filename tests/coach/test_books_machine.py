"""What was walked is what is in the books, whatever happens to the walk, the clocks and the files.

The machine below lives through sessions, restarts, crashes, set clocks and corrected entries in any
order. `Keeper` does with the pure parts what the integration does with them; the machine beside it
only looks at a watch of its own while somebody walks backward.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
import json
import sys
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from custom_components.retrowalk.coach.feedback import Feedback
from custom_components.retrowalk.coach.ledger import (
    Days,
    Entry,
    Interval,
    Ledger,
    Source,
    Total,
    midnight,
    to_ms,
    walked,
    week_of,
)
from custom_components.retrowalk.coach.plan import Kind, Surface
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.session import Position, Reason, Session, State, Verb

from .walks import GRACE, Wish, wishes

ZERO = timedelta()
MS = timedelta(milliseconds=1)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PROVE_EVERY = 15 * SECOND
MOST_LOST = 15 * SECOND
"""What a process that is killed may cost."""
APART = 5 * SECOND
BEGIN = datetime(2026, 10, 24, 21, 40, tzinfo=UTC)
"""Twenty minutes before midnight in Madrid, on the eve of the day that has 25 hours."""
ZONES = (
    "Europe/Madrid",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "UTC",
)


@dataclass
class Clocks:
    """The two clocks of a machine: what people set, and what nobody can."""

    wall: datetime = BEGIN
    steady: timedelta = 1000 * SECOND

    def move(self, by: timedelta) -> None:
        self.wall += by
        self.steady += by


@dataclass
class Disk:
    """What is left when a process dies."""

    books: str = "[]"
    journal: str | None = None


def write_books(ledger: Ledger) -> str:
    return json.dumps([each.as_dict() for each in ledger.entries()])


def read_books(written: str) -> Ledger:
    """Return the ledger from its last month and an index of the days before, then all its walks."""
    entries = [Entry.from_dict(each) for each in json.loads(written)]
    last = max((each.started.strftime("%Y-%m") for each in entries), default="")
    covered = [each for each in entries if each.started.strftime("%Y-%m") != last]
    days = Days()
    for entry in covered:
        days.add(entry)
    index = Days.from_dict(json.loads(json.dumps(days.as_dict())))
    ledger = Ledger((each for each in entries if each not in covered), days=index)
    for entry in covered:
        ledger.bring_in(entry)
    return ledger


@dataclass
class Keeper:
    """A process that conducts walks and keeps the books, as the integration does."""

    clocks: Clocks
    disk: Disk
    zone: str
    path_is_clear: bool = True
    ledger: Ledger = field(default_factory=Ledger)
    session: Session | None = None
    started: datetime = BEGIN
    zero: timedelta = ZERO
    proven: timedelta = ZERO
    proven_session: Session | None = None
    stood: tuple[Session, timedelta, Position] | None = None

    # The clock of a session

    @property
    def at(self) -> timedelta:
        """Return the session's time: steady, whatever the wall clock says."""
        return self.clocks.steady - self.zero

    @property
    def position(self) -> Position:
        """Return where the walk stands now; asked often, computed once."""
        assert self.session is not None
        known, at, position = self.stood or (None, ZERO, None)
        if position is None or known is not self.session or at != self.at:
            position = self.session.position(self.at)
            self.stood = (self.session, self.at, position)
        return position

    def begin_at(self, at: timedelta) -> None:
        self.zero = self.clocks.steady - at
        self.started = self.clocks.wall - at
        self.proven_session = None

    def settle(self) -> None:
        """Move the start where somebody has set the clock: it names the day, nothing else."""
        if abs(self.clocks.wall - self.started - self.at) > APART:
            self.started = self.clocks.wall - self.at

    @property
    def wakes_in(self) -> timedelta | None:
        """Return when it looks again by itself."""
        if self.session is None:
            return None
        ends = self.position.wakes
        proves = self.proven + PROVE_EVERY
        return min(proves, proves if ends is None else ends) - self.at

    # A walk

    def start(self, session: Session) -> None:
        self.session = replace(session, started=to_ms(self.clocks.wall))
        self.begin_at(ZERO)
        self.follow()

    def say(self, verb: Verb, **figures: Any) -> None:
        self.follow()
        if self.session is not None:
            self.session = self.session.mark(verb, self.at, **figures)
            self.follow()

    def follow(self) -> None:
        """Be in step with the walk, and have on disk what has to be there."""
        if self.session is None:
            return
        self.settle()
        position, at = self.position, self.at
        if position.state is State.IDLE:
            self.write_down(position.since)
            return
        is_soon = at - position.since <= GRACE
        if self.session.comes_back(position) and is_soon and self.path_is_clear:
            self.session = self.session.mark(Verb.BACK, at)
        if self.proven_session != self.session or at - self.proven >= PROVE_EVERY:
            self.prove(at)

    def prove(self, at: timedelta) -> None:
        assert self.session is not None
        self.proven, self.proven_session = at, self.session
        if not self.session.rehearsal:
            journal = {
                "session": replace(self.session, started=to_ms(self.started)).as_dict(),
                "at_ms": at // MS,
                "wall": self.clocks.wall.isoformat(),
                "steady_ms": self.clocks.steady // MS,
            }
            self.disk.journal = json.dumps(journal)

    def write_down(self, over_at: timedelta) -> None:
        assert self.session is not None
        session = replace(self.session, started=to_ms(self.started))
        entry = walked(session, over_at, self.zone)
        if entry.backward and not session.rehearsal:
            self.put(entry)
        self.session = None
        if not session.rehearsal:
            self.disk.journal = None

    def put(self, entry: Entry) -> None:
        self.ledger.put(entry)
        self.write_books()

    def delete(self, session_id: str) -> None:
        self.ledger.remove(session_id)
        self.write_books()

    def write_books(self) -> None:
        self.disk.books = write_books(self.ledger)

    # Going, and coming back

    def was_asleep(self) -> None:
        """Notice that nobody conducted for a while."""
        if self.session is not None:
            self.session = self.session.lost(self.proven, self.at - self.proven, GRACE)
            self.follow()

    def leave(self) -> None:
        """Go in good order."""
        if self.session is None:
            return
        if self.session.rehearsal:
            self.say(Verb.END, reason=Reason.INTERRUPTED)
        else:
            self.follow()
            if self.session is not None:
                self.prove(self.at)

    def come_back(self) -> None:
        """Take up what the disk says."""
        self.ledger = read_books(self.disk.books)
        if self.disk.journal is None:
            return
        journal = json.loads(self.disk.journal)
        session = Session.from_dict(journal["session"])
        if session.session_id in self.ledger:
            self.disk.journal = None
            return
        proven = journal["at_ms"] * MS
        gap = self.gap_since(
            datetime.fromisoformat(journal["wall"]), timedelta(milliseconds=journal["steady_ms"])
        )
        self.session = session.lost(proven, gap, GRACE)
        if self.session.position(proven).state is State.IDLE:
            self.started = session.started
            self.write_down(self.session.position(proven).since)
            return
        assert gap is not None
        self.begin_at(proven + gap)
        self.follow()

    def gap_since(self, wall: datetime, steady: timedelta) -> timedelta | None:
        """Return how long ago that was, by the clock that says more; None where nobody knows."""
        by_wall = self.clocks.wall - wall
        if by_wall < -APART:
            return None
        return max(by_wall, self.clocks.steady - steady, ZERO)


@dataclass
class Truth:
    """What somebody saw of one walk who looked at nothing but a watch and the walker."""

    session: Session
    backward: list[tuple[timedelta, timedelta]] = field(default_factory=list)
    """When the walker went backward, by the session's time."""
    carried: timedelta = ZERO
    """How long of that the belt ran, or nobody measured it."""
    dips: int = 0
    """How often it stood still under the walker."""
    in_dip: bool = False
    crashes: int = 0
    went_on: bool = False


STEPS: Counter[str] = Counter()
"""How often each rule was followed."""
MUST_HAPPEN = {
    *("start", "pause", "resume", "skip", "extend", "stop"),
    *("edit", "delete", "restart", "crash", "sleep", "clock", "midnight", "time zone", "belt"),
}
SEEN: Counter[str] = Counter()
"""What came of it: a machine that never gets far proves little."""

TIMES = st.integers(0, 90_000).map(lambda each: each * MS)
SHORT = st.integers(0, 44_000).map(lambda each: each * MS)
LONG = st.sampled_from([61 * SECOND, HOUR, DAY, 9 * DAY])
AWAY = st.one_of(SHORT, SHORT, SHORT, LONG)
"""How long no process runs: mostly soon enough for a walk to go on."""
NAPS = st.one_of(st.integers(25, 44).map(lambda each: each * SECOND), LONG)
"""How long a machine sleeps: so long that it is noticed."""
ONE_OF_TWO = st.booleans()
SELDOM_A_JUMP = st.sampled_from([ZERO, ZERO, ZERO, ZERO, -3 * SECOND, -HOUR, HOUR, -DAY])
MOSTLY = st.sampled_from([True, True, True, False])
GOES_ON = st.integers(0, 3)
SAID = st.sampled_from([Verb.PAUSE, Verb.RESUME, Verb.SKIP, Verb.EXTEND, Verb.EASE, Verb.GO])
MOVES = {State.GET_READY, State.WALKING_FORWARD, State.WALKING_BACKWARD, State.RESTING}
JUMPS = st.sampled_from([-DAY, -HOUR, HOUR, DAY])
DONE = st.sampled_from([5, 4, 3, 6, 5, 0, 8, 5, 6, 10])
"""How often the walker has done what was asked before anything else happens."""


def quarters(interval: Interval) -> Iterator[tuple[datetime, timedelta]]:
    """Cut a time at each quarter of an hour: midnight is at one of them in every zone."""
    start = interval.start
    while start < interval.end:
        past = timedelta(minutes=start.minute % 15, seconds=start.second) + timedelta(
            microseconds=start.microsecond
        )
        end = min(interval.end, start - past + timedelta(minutes=15))
        yield start, end - start
        start = end


class Books(RuleBasedStateMachine):
    """A gym, its process, its disk, its clocks, and somebody who watches."""

    def __init__(self) -> None:
        super().__init__()
        self.clocks = Clocks()
        self.disk = Disk()
        self.keeper = Keeper(self.clocks, self.disk, "Europe/Madrid")
        self.seen: dict[str, Truth] = {}
        self.belt_runs = False
        self.credited: dict[str, timedelta] = {}
        """What was written down of each walk, or what a person made of it."""
        self.deleted: set[str] = set()
        self.logged: set[str] = set()
        self.conducted = ZERO
        """How long any walk was conducted, by the watch."""

    # The watch

    @property
    def session(self) -> Session | None:
        return self.keeper.session

    @property
    def state(self) -> State:
        return self.keeper.position.state if self.session else State.IDLE

    @property
    def measured(self) -> bool:
        return self.session is not None and self.session.measured

    @property
    def truth(self) -> Truth:
        assert self.session is not None
        return self.seen[self.session.session_id]

    def pass_time(self, length: timedelta) -> None:
        until = self.clocks.steady + length
        while (left := until - self.clocks.steady) > ZERO:
            wakes_in = self.keeper.wakes_in
            step = left if wakes_in is None else min(left, wakes_in)
            assert step > ZERO, "it should have looked already"
            self.watch(step)
            self.clocks.move(step)
            self.keeper.follow()

    def watch(self, step: timedelta) -> None:
        """See what is done for a while in which nothing changes."""
        if self.session is None:
            return
        at, state, truth = self.keeper.at, self.state, self.truth
        assert self.session.position(at + step - MS).state is state, "it changed unseen"
        self.conducted += step
        stands = self.session.measured and not self.belt_runs
        walks = state is State.WALKING_BACKWARD
        truth.went_on |= walks and any(mark.verb is Verb.LOST for mark in self.session.marks)
        if walks:
            truth.backward.append((at, at + step))
            truth.carried += ZERO if stands else step
            truth.dips += stands and not truth.in_dip
        truth.in_dip = walks and stands

    # Somebody walks

    @initialize(zone=st.sampled_from(ZONES))
    def somewhere(self, zone: str) -> None:
        self.keeper.zone = zone

    @precondition(lambda self: self.session is None)
    @rule(
        asked=wishes(),
        asks_go=st.booleans(),
        measured=MOSTLY,
        rehearsal=st.sampled_from([False, False, False, True]),
        done=DONE,
        idle=st.sampled_from([ZERO, ZERO, HOUR, DAY, 9 * DAY]),
    )
    def start(
        self,
        asked: Wish,
        idle: timedelta,
        *,
        asks_go: bool,
        measured: bool,
        rehearsal: bool,
        done: int,
    ) -> None:
        """Somebody starts, after days in which the process may have become another."""
        STEPS["start"] += 1
        if idle:
            self.be_back(idle, path_is_clear=True, reboots=True)
        on_belt = asked.surface is Surface.TREADMILL
        session = Session(
            session_id=f"{len(self.seen):02}",
            plan=asked.plan,
            started=BEGIN,
            asks_go=asks_go,
            rehearsal=rehearsal,
            measured=measured and on_belt and not rehearsal,
        )
        self.seen[session.session_id] = Truth(session)
        self.keeper.start(session)
        self.belt(runs=True)
        self.go_on(done)

    def go_on(self, times: int = 1) -> None:
        for _ in range(times):
            if self.session is not None:
                self.do_what_is_asked()

    def do_what_is_asked(self) -> None:
        """Do what the walk waits for, or walk until this state ends."""
        assert self.session is not None
        position = self.keeper.position
        waits = position.phase and position.phase.needs_go and not self.session.rehearsal
        if position.state is State.PREPARING:
            self.keeper.say(Verb.PREPARED)
        elif position.state in (State.READY, State.TURNING, State.PAUSED) or waits:
            self.pass_time(max(ZERO, position.since + 2 * SECOND - self.keeper.at))
            self.keeper.say(Verb.GO)
        else:
            assert position.wakes is not None
            self.pass_time(position.wakes - self.keeper.at)

    @precondition(lambda self: self.session is not None)
    @rule()
    def the_walker_does_what_is_asked(self) -> None:
        STEPS["go on"] += 1
        self.go_on()

    @precondition(lambda self: self.session is not None)
    @rule(length=TIMES)
    def time_passes(self, length: timedelta) -> None:
        STEPS["time"] += 1
        self.pass_time(length)

    @precondition(lambda self: self.state in MOVES)
    @rule(walked=TIMES, paused=TIMES)
    def the_walker_catches_breath(self, walked: timedelta, paused: timedelta) -> None:
        STEPS["catch breath"] += 1
        self.pass_time(walked)
        if self.state in MOVES:
            self.keeper.say(Verb.PAUSE)
            self.pass_time(paused)
            self.keeper.say(Verb.RESUME)

    @precondition(lambda self: self.session is not None)
    @rule(verb=SAID, then=TIMES)
    def something_is_said(self, verb: Verb, then: timedelta) -> None:
        STEPS[verb.value] += 1
        try:
            self.keeper.say(verb, by=30 * SECOND if verb is Verb.EXTEND else ZERO)
        except Refused:
            STEPS["refused"] += 1
        self.pass_time(then)

    @precondition(lambda self: self.session is not None and self.keeper.at > 600 * SECOND)
    @rule(crashes=ONE_OF_TWO)
    def stop(self, *, crashes: bool) -> None:
        """Where it crashes then, the books have the walk already, and the journal has it still."""
        STEPS["stop"] += 1
        journal = self.disk.journal
        self.keeper.say(Verb.END, reason=Reason.STOPPED)
        assert self.session is None
        if crashes:
            STEPS["crash"] += 1
            self.disk.journal = journal
            self.be_back(SECOND, path_is_clear=True, reboots=False)

    def belt(self, *, runs: bool) -> None:
        self.belt_runs = runs
        self.keeper.say(Verb.MOVING if runs else Verb.STILL)

    @precondition(lambda self: self.state in MOVES and self.measured)
    @rule(ran=SHORT, stood=st.integers(1, 9_000).map(lambda each: each * MS))
    def the_belt_stops_for_a_moment(self, ran: timedelta, stood: timedelta) -> None:
        STEPS["belt"] += 1
        self.pass_time(ran)
        self.belt(runs=False)
        self.pass_time(stood)
        self.belt(runs=True)

    @precondition(lambda self: self.measured)
    @rule(then=TIMES)
    def the_belt_stops_or_starts(self, then: timedelta) -> None:
        STEPS["belt"] += 1
        self.belt(runs=not self.belt_runs)
        self.pass_time(then)

    # Nobody conducts

    def lose_at_most(self) -> None:
        """Remember that what is not yet proven may be gone."""
        if self.session is not None:
            self.truth.crashes += 1
            self.truth.in_dip = False

    def be_back(
        self, away: timedelta, jump: timedelta = ZERO, *, path_is_clear: bool, reboots: bool
    ) -> None:
        """Let a new process find the disk, after a while in which the clock may have been set."""
        before = self.keeper
        self.clocks.move(away)
        self.clocks.wall += jump
        if reboots:
            self.clocks.steady = 30 * SECOND
        self.keeper = Keeper(self.clocks, self.disk, before.zone, path_is_clear)
        self.keeper.come_back()
        found = self.keeper.ledger.entries()
        assert all(each in found for each in before.ledger.entries())
        if self.session is not None:
            self.belt(runs=False)  # it was told to stop

    @precondition(lambda self: self.session is not None)
    @rule(
        away=AWAY,
        jump=SELDOM_A_JUMP,
        path_is_clear=MOSTLY,
        reboots=ONE_OF_TWO,
        goes_on=GOES_ON,
    )
    def restart(
        self,
        away: timedelta,
        jump: timedelta,
        goes_on: int,
        *,
        path_is_clear: bool,
        reboots: bool,
    ) -> None:
        STEPS["restart"] += 1
        self.keeper.leave()
        self.be_back(away, jump, path_is_clear=path_is_clear, reboots=reboots)
        self.go_on(goes_on)

    @precondition(lambda self: self.session is not None)
    @rule(
        away=AWAY,
        jump=SELDOM_A_JUMP,
        path_is_clear=MOSTLY,
        reboots=ONE_OF_TWO,
        goes_on=GOES_ON,
    )
    def crash(
        self,
        away: timedelta,
        jump: timedelta,
        goes_on: int,
        *,
        path_is_clear: bool,
        reboots: bool,
    ) -> None:
        STEPS["crash"] += 1
        self.lose_at_most()
        self.be_back(away, jump, path_is_clear=path_is_clear, reboots=reboots)
        self.go_on(goes_on)

    @precondition(lambda self: self.session is not None)
    @rule(asleep=NAPS, goes_on=GOES_ON)
    def the_machine_sleeps(self, asleep: timedelta, goes_on: int) -> None:
        STEPS["sleep"] += 1
        self.lose_at_most()
        self.clocks.move(asleep)
        self.keeper.was_asleep()
        self.go_on(goes_on)

    # The clocks

    @precondition(lambda self: self.session is not None)
    @rule(jump=JUMPS | st.integers(-7200, 7200).map(lambda each: each * SECOND), then=TIMES)
    def the_clock_is_set(self, jump: timedelta, then: timedelta) -> None:
        """A walk goes on, and moves to the day that the clock now says."""
        STEPS["clock"] += 1
        self.clocks.wall += jump
        self.keeper.follow()
        self.pass_time(then)

    @precondition(lambda self: self.session is not None)
    @rule(jump=st.sampled_from([10 * SECOND, 40 * SECOND, HOUR, DAY]), goes_on=GOES_ON)
    def the_clock_jumps_ahead_as_after_a_sleep_that_no_steady_clock_saw(
        self, jump: timedelta, goes_on: int
    ) -> None:
        """Handled as a restart after that time."""
        STEPS["clock ahead"] += 1
        self.lose_at_most()
        self.clocks.wall += jump
        if self.session is not None:
            self.keeper.session = self.session.lost(self.keeper.proven, jump, GRACE)
        self.keeper.follow()
        self.go_on(goes_on)

    @precondition(lambda self: self.session is not None)
    @rule(before=SHORT, then=TIMES)
    def midnight_comes(self, before: timedelta, then: timedelta) -> None:
        """The clock is set to shortly before the end of the local day."""
        STEPS["midnight"] += 1
        zone = ZoneInfo(self.keeper.zone)
        tomorrow = self.clocks.wall.astimezone(zone).date() + DAY
        self.clocks.wall = midnight(tomorrow, zone) - before
        self.keeper.follow()
        self.pass_time(then)

    @precondition(lambda self: self.session is not None)
    @rule(zone=st.sampled_from(ZONES))
    def the_time_zone_changes(self, zone: str) -> None:
        STEPS["time zone"] += 1
        self.keeper.zone = zone

    # A person corrects the books

    def some_entry(self, which: int) -> Entry:
        entries = self.keeper.ledger.entries()
        return entries[which % len(entries)]

    @precondition(lambda self: len(self.keeper.ledger) > 0)
    @rule(
        which=st.integers(0, 50),
        minutes=st.none() | st.integers(0, 90),
        moved=st.none() | st.integers(-9 * 86_400, 9 * 86_400),
        kind=st.none() | st.sampled_from(Kind),
        effort=st.none() | st.integers(0, 10),
    )
    def edit(
        self,
        which: int,
        minutes: int | None,
        moved: int | None,
        kind: Kind | None,
        effort: int | None,
    ) -> None:
        STEPS["edit"] += 1
        entry = self.some_entry(which)
        when = None if moved is None else entry.started + moved * SECOND
        self.keeper.put(
            entry.edited(when=when, minutes=minutes, kind=kind, feedback=Feedback(effort=effort))
        )
        if minutes is not None:
            self.credited[entry.session_id] = timedelta(minutes=minutes)

    @precondition(lambda self: len(self.keeper.ledger) > 0)
    @rule(which=st.integers(0, 50))
    def delete(self, which: int) -> None:
        STEPS["delete"] += 1
        entry = self.some_entry(which)
        self.keeper.delete(entry.session_id)
        del self.credited[entry.session_id]
        self.deleted.add(entry.session_id)

    # What holds

    @invariant()
    def every_promise_holds(self) -> None:
        self.what_is_written_down_was_walked()
        self.nothing_that_was_walked_is_missing()
        self.what_goes_on_was_walked_too()
        self.the_books_hold_each_walk_once_and_keep_it()
        self.every_day_can_be_opened_to_its_walks()
        self.days_weeks_and_lifetime_agree()
        self.storing_and_loading_changes_nothing()

    def what_is_written_down_was_walked(self) -> None:
        """Second by second: no pause, no rest, no gap, no sleep and no belt that stood.

        Red when: a pause counts; LOST is dated at the return; the session's time is the wall
        clock's; a journal is taken up twice.
        """
        for entry in self.keeper.ledger.entries():
            if entry.session_id in self.credited:
                continue
            truth = self.seen[entry.session_id]
            assert not truth.session.rehearsal
            assert entry.source is Source.WALKED
            counted = [(e.start - entry.started, e.end - entry.started) for e in entry.backward]
            self.was_walked(truth, counted)
            assert entry.backward_time <= entry.ended - entry.started

    def was_walked(self, truth: Truth, counted: list[tuple[timedelta, timedelta]]) -> None:
        for start, end in counted:
            at = start
            for begin, until in sorted(truth.backward):
                if begin <= at < until:
                    at = until
            assert at >= end, f"{at} to {end} was not walked backward"
        total = sum((end - start for start, end in counted), ZERO)
        assert total <= truth.carried + truth.dips * 5 * SECOND
        assert total <= self.conducted

    def nothing_that_was_walked_is_missing(self) -> None:
        """But up to 15 s a crash, which nobody can prove.

        Red when: a journal is written every minute; a crash forgets the walk; a walk that was left
        paused loses its minutes.
        """
        for session_id, truth in self.seen.items():
            goes_on = self.session is not None and session_id == self.session.session_id
            is_settled = session_id in self.credited or session_id in self.deleted
            if goes_on or is_settled or truth.session.rehearsal:
                continue
            ledger = self.keeper.ledger
            kept = ledger.get(session_id).backward_time if session_id in ledger else ZERO
            assert kept >= truth.carried - truth.crashes * MOST_LOST
            if session_id in ledger:
                self.credited[session_id] = kept
                self.tell(truth, ledger.get(session_id))
            else:
                self.deleted.add(session_id)  # and it had better not turn up later

    def tell(self, truth: Truth, entry: Entry) -> None:
        SEEN["walks"] += 1
        SEEN["walks that a crash or a sleep took something from"] += (
            entry.backward_time < truth.carried
        )
        SEEN["walks that went on after they were lost"] += truth.went_on
        SEEN["walks with a belt that stood still"] += truth.dips > 0
        SEEN["walks over midnight"] += len({day for day, _ in entry.by_day()}) > 1
        SEEN["walks in pieces"] += len(entry.backward) > 1

    def what_goes_on_was_walked_too(self) -> None:
        """On the day that the clock says now. Red when: a clock that was set moves no start."""
        if self.session is None:
            return
        truth = self.truth
        assert abs(self.keeper.started + self.keeper.at - self.clocks.wall) <= APART
        counted = list(self.session.backward(self.keeper.at))
        self.was_walked(truth, counted)
        total = sum((end - start for start, end in counted), ZERO)
        assert total >= truth.carried - truth.crashes * MOST_LOST

    def the_books_hold_each_walk_once_and_keep_it(self) -> None:
        """Red when: a deleted walk comes back with a restart, or an edit adds to what was there."""
        ledger = self.keeper.ledger
        held = {each.session_id: each.backward_time for each in ledger.entries()}
        assert held == self.credited
        assert not held.keys() & self.deleted
        assert all(ledger.get(each).session_id == each for each in held)
        assert len(ledger) == len(held) == ledger.lifetime.sessions
        first = max(ledger.entries(), key=lambda each: each.started, default=None)
        assert (ledger.last and ledger.last.started) == (first and first.started)

    def every_day_can_be_opened_to_its_walks(self) -> None:
        """Red when: a walk over midnight gives one day all, or its zone is that of today."""
        days: dict[date, Total] = defaultdict(Total)
        for entry in self.keeper.ledger.entries():
            zone = ZoneInfo(entry.time_zone)
            days[entry.started.astimezone(zone).date()] += Total(sessions=1)
            for interval in entry.backward:
                for start, length in quarters(interval):
                    days[start.astimezone(zone).date()] += Total(length)
        for day in around(days):
            assert self.keeper.ledger.on_day(day) == days.get(day, Total())

    def days_weeks_and_lifetime_agree(self) -> None:
        """Red when: a removed walk stays in its day or in the lifetime."""
        ledger = self.keeper.ledger
        entries = ledger.entries()
        in_all = sum((each.backward_time for each in entries), ZERO)
        assert ledger.lifetime == Total(in_all, len(entries))
        days = around({each.day for each in entries} | {d for e in entries for d, _ in e.by_day()})
        assert sum((ledger.on_day(day) for day in days), Total()) == ledger.lifetime
        for first_weekday in (0, 6):
            weeks = {week_of(day, first_weekday) for day in days}
            assert sum((ledger.in_week(week) for week in weeks), Total()) == ledger.lifetime

    def storing_and_loading_changes_nothing(self) -> None:
        """Red when: an interval, a day or a mark is rounded or left out on its way to the disk."""
        ledger = self.keeper.ledger
        again = read_books(write_books(ledger))
        assert again.entries() == ledger.entries()
        assert (again.lifetime, again.last) == (ledger.lifetime, ledger.last)
        for day in {each.day for each in ledger.entries()}:
            assert again.on_day(day) == ledger.on_day(day)
            assert again.in_week(day) == ledger.in_week(day)
        if self.session is not None:
            written = json.loads(json.dumps(self.session.as_dict()))
            assert Session.from_dict(written) == self.session

    def teardown(self) -> None:
        if self.session is not None:
            self.keeper.say(Verb.END, reason=Reason.STOPPED)
        self.every_promise_holds()


def around(days: Any) -> list[date]:
    """Return all days from the one before the first to the one after the last."""
    if not days:
        return []
    first, last = min(days) - DAY, max(days) + DAY
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_the_books_hold_whatever_happens() -> None:
    """In at least 2,000 steps, each of which has happened, and without Home Assistant."""
    STEPS.clear()
    SEEN.clear()
    lives = settings().max_examples // 2
    run_state_machine_as_test(Books, settings=settings(max_examples=lives))
    assert STEPS.total() - STEPS["refused"] >= 2000
    assert STEPS.keys() >= MUST_HAPPEN
    assert all(SEEN.values()), SEEN
    assert not any(name.partition(".")[0] == "homeassistant" for name in sys.modules)
