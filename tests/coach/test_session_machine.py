"""Promises that hold whatever is said to a walk, in whatever order, at whatever instant."""

from dataclasses import dataclass
from datetime import timedelta
import itertools
from typing import Any, Self

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from custom_components.retrowalk.coach.plan import Surface
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.session import Reason, State, Verb

from .walks import Walk, Wish, story, walk, wishes

ZERO = timedelta()
WAITS_FOR_A_PERSON = {State.READY, State.TURNING, State.PAUSED}
MOVES = {State.GET_READY, State.WALKING_FORWARD, State.WALKING_BACKWARD, State.RESTING}
LAST_PROMISE = timedelta(hours=3)
ONE_OF_TWO = st.booleans()
HOW_FAR = st.integers(0, 20)
"""How often the walker has done what was asked before anything else happens."""


@dataclass
class CountedWalk(Walk):
    """A walk beside which somebody counts what it should add, from position to position."""

    counted: timedelta = ZERO
    promised: timedelta = ZERO

    def wait_until(self, at: timedelta) -> Self:
        while self.now < at:
            position = self.position
            then = min(at, position.wakes or at)
            assert then > self.now, f"{position.state} ends before it began"
            if position.state is State.WALKING_BACKWARD:
                self.counted += then - self.now
            self.now = then
        return self

    def say(self, verb: Verb, **figures: Any) -> Self:
        before = self.position
        super().say(verb, **figures)
        if before.state is State.WALKING_BACKWARD and before.ends is not None:
            if verb is Verb.EXTEND:
                self.promised += figures["by"]
            elif verb is Verb.SKIP:
                self.promised -= before.ends - self.now
        return self


class AnyWalk(RuleBasedStateMachine):
    """One walk and the clock that a hand moves."""

    @initialize(asked=wishes(), asks_go=ONE_OF_TWO, rehearsal=ONE_OF_TWO, done=HOW_FAR)
    def somebody_starts(self, asked: Wish, *, asks_go: bool, rehearsal: bool, done: int) -> None:
        session = walk(asked.plan, asks_go=asks_go, rehearsal=rehearsal).session
        self.walk = CountedWalk(session, promised=asked.plan.backward)
        self.told = story(self.walk.session.trail(ZERO))
        self.told_at = ZERO
        self.is_over = False
        self.since_over = 0
        for _ in range(done):
            if self.walk.state is not State.IDLE:
                self.walk.go_on()

    @precondition(lambda self: self.since_over > 2)
    @rule(asked=wishes(), asks_go=ONE_OF_TWO, rehearsal=ONE_OF_TWO, done=HOW_FAR)
    def somebody_starts_again(
        self, asked: Wish, *, asks_go: bool, rehearsal: bool, done: int
    ) -> None:
        self.somebody_starts(asked, asks_go=asks_go, rehearsal=rehearsal, done=done)

    # What happens

    @rule(seconds=st.floats(0, 100) | st.sampled_from([0.001, 1.999, 2, 5, 60]))
    def time_passes(self, seconds: float) -> None:
        self.walk.wait(seconds)

    @precondition(lambda self: self.walk.state not in (State.PREPARING, State.IDLE))
    @rule(early=st.sampled_from([ZERO, timedelta(microseconds=1)]))
    def a_state_ends_or_nearly_does(self, early: timedelta) -> None:
        ends = self.walk.position.wakes
        assert ends is not None
        self.walk.wait_until(ends - early)

    @precondition(lambda self: self.walk.state is not State.IDLE)
    @rule()
    def the_walker_does_what_is_asked(self) -> None:
        self.walk.go_on()

    @precondition(lambda self: self.walk.state in MOVES)
    @rule(walked=st.floats(0, 30), paused=st.floats(0, 100))
    def the_walker_catches_breath(self, walked: float, paused: float) -> None:
        if self.walk.wait(walked).state in MOVES:
            self.walk.say(Verb.PAUSE).wait(paused).say(Verb.RESUME)

    @rule(
        verb=st.sampled_from([verb for verb in Verb if verb is not Verb.END]),
        seconds=st.sampled_from([10, 30, 120, 300, 301]),
    )
    def something_is_said(self, verb: Verb, seconds: int) -> None:
        before, reason = self.walk.session, ""
        why = Reason.RESTARTED if verb is Verb.LOST else None
        try:
            self.walk.say(verb, reason=why, by=timedelta(seconds=seconds))
        except Refused as no:
            reason = no.reason
        if reason:
            plain = {"needs_go", "too_soon", "extended_enough"}
            assert reason in plain or reason.startswith("not_now")
            assert self.walk.session is before

    @precondition(lambda self: self.walk.state in MOVES | {State.PREPARING, State.TURNING})
    @rule(gap=st.floats(0, 60), waits=st.floats(0, 100))
    def it_is_lost_and_comes_back_if_it_may(self, gap: float, waits: float) -> None:
        self.walk.be_lost(gap).wait(waits)
        if self.walk.session.comes_back(self.walk.position):
            self.walk.say(Verb.BACK)

    @precondition(lambda self: len(self.walk.session.marks) > 9)
    @rule(gap=st.floats(60.001, 1e6))
    def it_is_lost_for_good(self, gap: float) -> None:
        assert self.walk.be_lost(gap).state is State.IDLE

    @precondition(lambda self: len(self.walk.session.marks) > 9)
    @rule()
    def somebody_stops_it(self) -> None:
        assert self.walk.say(Verb.END).state is State.IDLE

    # What holds

    @invariant()
    def every_promise_holds(self) -> None:
        self.the_past_has_no_gap_and_reaches_until_now()
        self.the_past_does_not_change()
        self.what_counts_is_what_was_walked_backward()
        self.forward_and_backward_never_meet_on_a_treadmill()
        self.nothing_moves_on_without_a_person()
        self.what_ends_by_itself_ends_later_than_now()
        self.a_belt_starts_no_sooner_than_a_count_in_after_a_pause()
        self.easing_never_makes_faster()
        self.what_is_over_stays_over()
        self.a_plan_walked_to_its_end_adds_what_it_promised()

    def the_past_has_no_gap_and_reaches_until_now(self) -> None:
        trail = self.walk.session.trail(self.walk.now)
        assert (trail[0].start, trail[-1].end) == (ZERO, self.walk.now)
        assert trail[-1].state is self.walk.state
        for before, after in itertools.pairwise(trail):
            assert before.start <= before.end == after.start <= after.end

    def the_past_does_not_change(self) -> None:
        now = story(self.walk.session.trail(self.walk.now))
        past = [
            (state, start, min(end, self.told_at))
            for state, start, end in now
            if start < self.told_at
        ]
        assert past == self.told
        self.told, self.told_at = now, self.walk.now

    def what_counts_is_what_was_walked_backward(self) -> None:
        """Nothing counts while it is paused, turning, ready, resting or forward."""
        intervals = self.walk.session.backward(self.walk.now)
        assert sum((end - start for start, end in intervals), ZERO) == self.walk.counted
        assert self.walk.counted <= self.walk.now
        for start, end in intervals:
            assert start < end
        for before, after in itertools.pairwise(intervals):
            assert before[1] < after[0]

    def forward_and_backward_never_meet_on_a_treadmill(self) -> None:
        if self.walk.session.plan.surface is Surface.TREADMILL:
            for before, after in itertools.pairwise(self.told):
                assert {before[0], after[0]} != {State.WALKING_FORWARD, State.WALKING_BACKWARD}

    def nothing_moves_on_without_a_person(self) -> None:
        if self.walk.session.rehearsal:
            return
        on_lane = self.walk.session.plan.surface is Surface.LANE
        lets_go = {Verb.GO, Verb.RESUME} | ({Verb.BACK} if on_lane else set())
        said = {mark.at for mark in self.walk.session.marks if mark.verb in lets_go}
        for before, after in itertools.pairwise(self.told):
            if before[0] in WAITS_FOR_A_PERSON and after[0] in MOVES:
                assert after[1] in said

    def what_ends_by_itself_ends_later_than_now(self) -> None:
        position = self.walk.position
        assert position.since <= self.walk.now
        assert position.ends is None or position.ends > self.walk.now
        assert (position.ends is None) is (position.state is State.IDLE)
        if position.phase is not None:
            assert ZERO <= position.walked <= position.phase.length

    def a_belt_starts_no_sooner_than_a_count_in_after_a_pause(self) -> None:
        for before, after, later in zip(self.told, self.told[1:], self.told[2:], strict=False):
            turned = after[0] is State.TURNING  # which only a go has ended
            if before[0] is State.PAUSED and later[0] in MOVES - {State.GET_READY} and not turned:
                assert after[2] - after[1] >= timedelta(seconds=5)

    def easing_never_makes_faster(self) -> None:
        position = self.walk.position
        if position.phase is None:
            assert position.speed_kmh is None
        elif not position.phase.speed_kmh:
            assert position.speed_kmh == position.phase.speed_kmh
        else:
            assert position.speed_kmh is not None
            assert 0.5 <= position.speed_kmh <= position.phase.speed_kmh

    def what_is_over_stays_over(self) -> None:
        assert self.walk.state is State.IDLE or not self.is_over
        if self.walk.state is State.IDLE:
            self.is_over = True
            self.since_over += 1
            reason, session = self.walk.position.reason, self.walk.session
            later = session.position(self.walk.now + LAST_PROMISE)
            assert (later.state, later.reason) == (State.IDLE, reason)
            assert session.backward(self.walk.now + LAST_PROMISE) == session.backward(self.walk.now)

    def a_plan_walked_to_its_end_adds_what_it_promised(self) -> None:
        """With what was added, without what was skipped."""
        if self.walk.position.reason is Reason.FINISHED:
            assert self.walk.counted == self.walk.promised

    def teardown(self) -> None:
        if hasattr(self, "walk"):
            self.walk.to(State.IDLE)
            self.every_promise_holds()


TestAnyWalk = AnyWalk.TestCase
