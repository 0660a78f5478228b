"""Where the belt's speed is measured, only what the belt carried counts."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from typing import Self

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.evidence import GRACE
from custom_components.retrowalk.coach.plan import Kind, PhaseName, Surface
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.session import Reason, State, Verb

from .walks import Walk, Wish, walk, wish, wishes

WARM_UP = wish(Kind.WARM_UP, 2).plan
"""180 s forward, a turn, 120 s backward."""
LONG = wish(Kind.DEDICATED, 8).plan
FIRST_STEPS = wish(Kind.DEDICATED, 1).plan
ZERO = timedelta()
SECOND = timedelta(seconds=1)
US = timedelta(microseconds=1)
WALKING = (State.WALKING_FORWARD, State.WALKING_BACKWARD)


def measured(asked: Wish | None = None) -> Walk:
    """Return a walk on a belt that is measured, and runs whenever it should."""
    plan = WARM_UP if asked is None else asked.plan
    return walk(plan, asks_go=True, measured=True).say(Verb.MOVING)


def backward(asked: Wish | None = None) -> Walk:
    """Return such a walk that has just begun to go backward."""
    return measured(asked).to(State.WALKING_BACKWARD)


# The belt's word


@pytest.mark.parametrize("state", [state for state in State if state is not State.IDLE])
def test_the_belts_word_is_noted_in_every_state_and_moves_none(state: State) -> None:
    """Red when: a row of the table has no MOVING or STILL, or one of them moves a walk."""
    asked = wish(Kind.DEDICATED, 1)
    there = measured(asked)
    if state is State.PAUSED:
        there.to(State.WALKING_FORWARD).wait(9).say(Verb.PAUSE, reason=Reason.ASKED)
    there.to(state).wait(2)
    phase = there.position.phase
    there.say(Verb.STILL)
    assert there.session.marks[-1].verb is Verb.STILL
    assert (there.state, there.position.phase) == (state, phase)
    there.wait(1).say(Verb.MOVING)
    assert (there.state, there.position.phase) == (state, phase)


def test_what_is_over_hears_no_belt() -> None:
    over = measured().to(State.IDLE)
    before = over.session
    assert over.say(Verb.STILL).wait(9).say(Verb.MOVING).session is before


@pytest.mark.parametrize("state", WALKING)
def test_saying_it_twice_changes_nothing(state: State) -> None:
    """A sensor repeats itself. Red when: each word of the belt is a mark of its own."""
    running = measured().to(state).wait(10)
    before = running.session
    assert running.say(Verb.MOVING).session is before
    still = running.say(Verb.STILL).wait(3).session
    assert running.say(Verb.STILL).session is still


def test_where_nothing_is_measured_the_belts_word_changes_nothing() -> None:
    """Red when: an unmeasured walk is paused by a sensor that it does not have."""
    owner_s_word = walk(WARM_UP, asks_go=True).to(State.WALKING_BACKWARD).wait(10)
    before = owner_s_word.session
    owner_s_word.say(Verb.STILL).wait(60).say(Verb.MOVING)
    assert owner_s_word.session is before
    assert owner_s_word.to(State.IDLE).backward_s == WARM_UP.backward.total_seconds()


# Standing still


def test_a_belt_that_never_starts_pauses_the_walk_after_five_seconds() -> None:
    """Red when: a belt of which nothing was ever heard is taken for a running one."""
    silent = walk(WARM_UP, asks_go=True, measured=True).to(State.WALKING_FORWARD)
    begun = silent.now
    assert silent.wait(4.999).state is State.WALKING_FORWARD
    position = silent.wait(0.001).position
    assert (position.state, position.reason) == (State.PAUSED, Reason.BELT_STILL)
    assert (position.since, position.walked) == (begun + GRACE, ZERO)


def test_a_sensor_that_was_never_there_is_told_as_lost_and_not_as_a_belt() -> None:
    """Red when: the first STILL is dropped with its reason, since a belt begins by standing."""
    blind = walk(WARM_UP, asks_go=True, measured=True).say(Verb.STILL, reason=Reason.SENSOR_LOST)
    assert blind.to(State.WALKING_FORWARD).wait(5).position.reason is Reason.SENSOR_LOST


def test_a_belt_that_never_starts_counts_nothing() -> None:
    """Red when: the first five seconds of a standstill count."""
    silent = measured().to(State.TURNING).wait(3).say(Verb.STILL).wait(10).say(Verb.GO)
    assert silent.state is State.WALKING_BACKWARD
    assert silent.wait(600).state is State.PAUSED
    assert silent.backward_s == 0
    for _ in range(5):
        assert silent.say(Verb.GO).wait(100).state is State.PAUSED
    assert silent.backward_s == 0


def test_a_belt_of_which_nothing_was_ever_heard_counts_nothing() -> None:
    """Red when: the standstill with which a belt begins is forgotten."""
    silent = walk(WARM_UP, asks_go=True, measured=True).to(State.WALKING_FORWARD).say(Verb.SKIP)
    silent.wait(2).say(Verb.GO)
    assert silent.state is State.WALKING_BACKWARD
    assert silent.wait(60).state is State.PAUSED
    assert silent.backward_s == 0


def test_a_belt_may_take_its_time_to_start() -> None:
    """Red when: a belt that takes 4 s to start is paused, or its first seconds are lost."""
    slow = measured().to(State.TURNING).wait(3).say(Verb.STILL).wait(10).say(Verb.GO)
    slow.wait(4.999).say(Verb.MOVING)
    assert slow.wait(5).state is State.WALKING_BACKWARD
    assert slow.to(State.IDLE).backward_s == WARM_UP.backward.total_seconds()


def test_a_belt_that_starts_in_the_count_in_stood_still_for_nobody() -> None:
    started = walk(WARM_UP, asks_go=True, measured=True).to(State.GET_READY).wait(4)
    started.say(Verb.MOVING)
    assert started.wait(100).state is State.WALKING_FORWARD


@pytest.mark.parametrize("dip", [0.001, 1, 4.999])
def test_a_dip_shorter_than_five_seconds_is_none(dip: float) -> None:
    """Red when: GRACE is 0, or a dip leaves a mark."""
    dipped = backward().wait(30)
    before = dipped.session
    assert dipped.say(Verb.STILL).wait(dip).state is State.WALKING_BACKWARD
    assert dipped.say(Verb.MOVING).session == before
    assert dipped.to(State.IDLE).backward_s == WARM_UP.backward.total_seconds()


@pytest.mark.parametrize("reason", [Reason.BELT_STILL, Reason.SENSOR_LOST])
def test_a_longer_standstill_pauses_and_counts_for_nothing_from_its_first_instant(
    reason: Reason,
) -> None:
    """Also where the sensor is lost, since then nobody knows whether the belt runs.

    Red when: the grace counts, or the reason is always the belt's.
    """
    stopped = backward().wait(30)
    stopped.say(Verb.STILL, reason=reason).wait(4.999)
    assert (stopped.state, stopped.backward_s) == (State.WALKING_BACKWARD, 30)
    position = stopped.wait(0.001).position
    assert (position.state, position.reason) == (State.PAUSED, reason)
    assert stopped.backward_s == 30
    assert stopped.wait(600).backward_s == 30


def test_a_stopped_clip_never_counts_eleven_minutes_for_one() -> None:
    """The walker pulls the safety clip after a minute, and nobody tells the coach.

    Red when: the trail counts as walked whatever was measured.
    """
    clipped = backward(wish(Kind.DEDICATED, 8)).wait(60).say(Verb.STILL).wait(11 * 60)
    assert (clipped.state, clipped.backward_s) == (State.PAUSED, 60)
    unmeasured = walk(LONG, asks_go=True).to(State.WALKING_BACKWARD).wait(60).wait(11 * 60)
    assert unmeasured.backward_s == 12 * 60


def test_a_belt_that_runs_under_nobody_counts_nothing() -> None:
    """A pause is a pause. Red when: what the belt ran counts, whatever the walker did."""
    paused = backward().wait(30).say(Verb.PAUSE).wait(600)
    assert paused.backward_s == 30


def test_what_the_belt_did_not_carry_is_still_to_be_walked() -> None:
    """Red when: the grace is taken off the phase that is left."""
    stopped = backward().wait(30).say(Verb.STILL).wait(60)
    assert stopped.position.walked == 30 * SECOND
    stopped.say(Verb.GO).wait(3).say(Verb.MOVING).wait_out()
    position = stopped.position
    assert position.state is State.WALKING_BACKWARD
    assert position.ends == position.since + 90 * SECOND
    assert stopped.to(State.IDLE).backward_s == WARM_UP.backward.total_seconds()


def test_a_belt_that_runs_again_starts_nothing_by_itself() -> None:
    """Nothing but a person's go ever moves a belt. Red when: MOVING ends a pause."""
    stopped = backward().wait(30).say(Verb.STILL).wait(60).say(Verb.MOVING)
    assert stopped.wait(600).state is State.PAUSED


def test_easing_and_a_longer_phase_count_on_in_a_dip() -> None:
    dipped = backward().wait(30).say(Verb.STILL).wait(2)
    dipped.say(Verb.EASE).say(Verb.EXTEND, by=60 * SECOND).wait(2).say(Verb.MOVING)
    assert dipped.to(State.IDLE).backward_s == WARM_UP.backward.total_seconds() + 60


def test_a_pause_within_five_seconds_of_a_standstill_keeps_its_own_reason() -> None:
    dipped = backward().wait(30).say(Verb.STILL).wait(3).say(Verb.PAUSE, reason=Reason.ASKED)
    position = dipped.wait(60).position
    assert (position.reason, position.walked) == (Reason.ASKED, 33 * SECOND)


def test_a_sensor_lost_in_a_dip_is_told_as_lost() -> None:
    """Nobody can know that the belt still stands. Red when: the first word is kept for good."""
    stopped = backward().wait(30).say(Verb.STILL, reason=Reason.BELT_STILL).wait(1)
    stopped.say(Verb.STILL, reason=Reason.SENSOR_LOST).wait(60)
    assert stopped.position.reason is Reason.SENSOR_LOST


# The edges of phases


def test_a_standstill_over_an_edge_counts_from_its_first_instant_and_pauses_in_the_next_phase() -> (
    None
):
    """Red when: each phase forgives five seconds of one standstill."""
    stopped = backward(wish(Kind.DEDICATED, 1))
    edge = stopped.position.wakes
    assert edge is not None
    stopped.wait_until(edge - 3 * SECOND).say(Verb.STILL)
    assert stopped.wait_until(edge + GRACE - US).state is State.WALKING_BACKWARD
    position = stopped.wait_until(edge + GRACE).position
    assert (position.state, position.reason) == (State.PAUSED, Reason.BELT_STILL)
    assert position.phase is not None
    assert (position.phase.name, position.walked) == (PhaseName.WALK, ZERO)
    assert stopped.backward_s == 57


def test_a_standstill_over_an_edge_takes_less_than_its_grace_off_the_plan() -> None:
    stopped = backward(wish(Kind.DEDICATED, 1))
    edge = stopped.position.wakes
    assert edge is not None
    stopped.wait_until(edge - 3 * SECOND).say(Verb.STILL).wait(60).say(Verb.MOVING).to(State.IDLE)
    assert stopped.position.reason is Reason.FINISHED
    assert stopped.backward_s == FIRST_STEPS.backward.total_seconds() - 3


def test_a_dip_over_an_edge_is_none() -> None:
    dipped = backward(wish(Kind.DEDICATED, 1))
    edge = dipped.position.wakes
    assert edge is not None
    dipped.wait_until(edge - 2 * SECOND).say(Verb.STILL).wait(4.999).say(Verb.MOVING)
    assert dipped.to(State.IDLE).backward_s == FIRST_STEPS.backward.total_seconds()


def test_a_belt_that_stands_still_as_its_walk_ends_carried_nobody() -> None:
    """Else a belt that never runs would count a little before each pause.

    Red when: the end of a walk forgives a standstill.
    """
    rolled = backward(wish(Kind.DEDICATED, 1))
    rest = walk(FIRST_STEPS, asks_go=True).to(State.RESTING).now
    rolled.wait_until(rest - 4 * SECOND).say(Verb.STILL).wait(4 + 58).say(Verb.MOVING)
    assert rolled.to(State.IDLE).backward_s == FIRST_STEPS.backward.total_seconds() - 4


def test_a_belt_that_never_runs_counts_nothing_however_often_it_is_paused() -> None:
    """Red when: each pause forgives the five seconds before it."""
    still = backward().say(Verb.STILL)
    for _ in range(12):
        still.wait(4.9).say(Verb.PAUSE).wait(2.1).say(Verb.GO).wait(5)
    assert still.backward_s == 0


def test_a_standstill_that_has_its_five_seconds_as_the_walk_ends_has_finished_it() -> None:
    stopped = backward().wait(115).say(Verb.STILL).wait(5)
    assert stopped.position.reason is Reason.FINISHED
    assert stopped.backward_s == 115


# A noisy sensor


def test_a_sensor_that_stutters_every_second_for_an_hour_does_not_grow_the_walk() -> None:
    """Red when: a dip that was none stays among the marks."""
    noisy = backward(wish(Kind.DEDICATED, 8)).wait(5)
    before = noisy.session.marks
    for _ in range(1800):
        noisy.say(Verb.STILL).wait(1).say(Verb.MOVING).wait(1)
    assert noisy.session.marks[: len(before)] == before
    assert len(noisy.session.marks) <= len(before) + 1  # a walk may be over in a dip
    assert noisy.backward_s == LONG.backward.total_seconds()


# Whatever the belt does


@dataclass
class Watched(Walk):
    """A walk beside which somebody looks at the belt and at the walker, and writes both down."""

    belt_runs: bool = False
    seen: list[tuple[State, bool, timedelta]] = field(default_factory=list)
    """What was done, whether the belt ran, and for how long."""

    def wait_until(self, at: timedelta) -> Self:
        while self.now < at:
            position = self.position
            then = min(at, position.wakes or at)
            self.seen.append((position.state, self.belt_runs, then - self.now))
            self.now = then
        return self

    def flip(self) -> Self:
        self.belt_runs = not self.belt_runs
        return self.say(Verb.MOVING if self.belt_runs else Verb.STILL)

    @property
    def carried(self) -> timedelta:
        """Return what was walked backward while the belt ran, and the dips that are none."""
        found = ZERO
        for walked, stretch in groupby(
            self.seen, key=lambda each: each[0] is State.WALKING_BACKWARD
        ):
            parts = [
                (ran, sum((each[2] for each in part), ZERO))
                for ran, part in groupby(stretch, key=lambda each: each[1])
            ]
            for index, (ran, length) in enumerate(parts):
                was_none = index + 1 < len(parts) and length < timedelta(seconds=5)
                if walked and (ran or was_none):
                    found += length
        return found

    @property
    def planned(self) -> timedelta:
        """Return what would have counted had nobody measured the belt."""
        return sum((each[2] for each in self.seen if each[0] is State.WALKING_BACKWARD), ZERO)


SECONDS = st.floats(0.01, 100) | st.floats(0.01, 8) | st.sampled_from([4.999, 5, 5.001, 30, 60])
HAPPENS = st.sampled_from(
    ["flip", "flip", "flip", "go_on", Verb.PAUSE, Verb.RESUME, Verb.SKIP, Verb.GO, Verb.EXTEND]
)


@given(
    wishes(),
    st.sampled_from([Verb.MOVING, Verb.STILL]),
    st.sampled_from([0, 2, 6, 10]),
    st.lists(st.tuples(SECONDS, HAPPENS), max_size=25),
)
def test_what_counts_is_what_the_belt_carried_and_its_short_dips(
    asked: Wish, at_first: Verb, done: int, happens: list[tuple[float, str]]
) -> None:
    """Never more than the plan without a measurement.

    Red when: GRACE counts at the head of a standstill, `counted` forgets the first or the last
    standstill, or a dip that is forgotten takes a true standstill with it.
    """
    plan = asked.on(Surface.TREADMILL).plan
    session = walk(plan, asks_go=True, measured=True).session
    watched = Watched(session)
    if at_first is Verb.MOVING:
        watched.flip()
    for _ in range(done):
        if watched.state is not State.IDLE:
            watched.go_on()
    for seconds, what in happens:
        watched.wait(seconds)
        if what == "flip":
            watched.flip()
        elif what == "go_on":
            if watched.state is not State.IDLE:
                watched.go_on()
        else:
            with suppress(Refused):
                watched.say(Verb(what), by=20 * SECOND)
        watched.wait(0.001)  # what a dip was is seen when it is over
        counted = timedelta(seconds=watched.backward_s)
        assert counted == watched.carried <= watched.planned
        trail = watched.session.trail(watched.now)
        for start, end in watched.session.backward(watched.now):
            assert any(each.start <= start < each.end for each in trail)
            assert start < end <= watched.now


@given(st.lists(SECONDS, max_size=30), st.integers(1, 20))
def test_however_a_belt_stutters_the_whole_plan_is_walked_or_it_stands_paused(
    stutters: list[float], turns: int
) -> None:
    """Red when: the time in which it stood still is taken off the phase."""
    watched = Watched(backward().session, backward().now, belt_runs=True)
    for index, seconds in enumerate(stutters):
        watched.wait(seconds).flip()
        if watched.state is State.PAUSED and index % turns == 0:
            watched.wait(2).say(Verb.RESUME)
    position = watched.position
    if position.reason is Reason.FINISHED:
        assert 0 <= WARM_UP.backward.total_seconds() - watched.backward_s <= GRACE.total_seconds()
    elif position.phase is not None and position.state is not State.WALKING_BACKWARD:
        assert position.walked == timedelta(seconds=watched.backward_s)


def test_measuring_is_kept_when_a_walk_is_lost() -> None:
    """The belt stood still meanwhile, and says so. Red when: the gap counts as a standstill."""
    lost = backward().wait(30).be_lost(20).say(Verb.STILL)
    assert lost.wait(60).say(Verb.GO).wait(3).say(Verb.MOVING).wait(2 + 20).backward_s == 50
    assert lost.say(Verb.STILL).wait(60).backward_s == 50


@pytest.mark.parametrize(("moves_belt", "counts"), [(True, 117), (False, 120)])
def test_a_belt_that_was_started_for_the_walker_counts_from_its_first_move(
    moves_belt: bool,  # noqa: FBT001
    counts: float,
) -> None:
    """Red when: the seconds in which a machine counts down pass for walked ones."""
    going = walk(WARM_UP, asks_go=True, measured=True, moves_belt=moves_belt)
    going.to(State.WALKING_FORWARD).wait(3).say(Verb.MOVING).to(State.TURNING)
    going.say(Verb.STILL, reason=Reason.BELT_STILL)
    going.to(State.WALKING_BACKWARD).wait(3).say(Verb.MOVING).to(State.IDLE)
    assert going.backward_s == counts


def test_a_belt_that_is_started_has_longer_to_start_than_one_that_stops_may_stand() -> None:
    """Red when: a machine that counts down pauses its own start, or a pulled clip is a start."""
    going = walk(WARM_UP, asks_go=True, measured=True, moves_belt=True)
    going.to(State.WALKING_FORWARD)
    started = going.now
    assert going.position.wakes == started + 15 * SECOND
    assert going.position.ends == started + WARM_UP.phases[0].length
    going.wait(14).say(Verb.MOVING).wait(1).say(Verb.STILL, reason=Reason.BELT_STILL)
    assert going.position.wakes == going.now + GRACE


@pytest.mark.parametrize("verb", [Verb.RESUME, Verb.SKIP])
def test_nothing_but_a_go_starts_a_belt_that_is_moved(verb: Verb) -> None:
    """Red when: Resume starts it after a pause, or Skip after a rest."""
    going = walk(FIRST_STEPS, asks_go=True, measured=True, moves_belt=True).say(Verb.MOVING)
    if verb is Verb.SKIP:
        going.to(State.RESTING).wait(3)
    else:
        going.to(State.WALKING_BACKWARD).say(Verb.PAUSE).wait(3)
    with pytest.raises(Refused):
        going.say(verb)
    assert going.say(Verb.GO).state is State.GET_READY
