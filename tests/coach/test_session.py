"""A walk goes as its plan says, waits where a person has to speak, and never cheats its table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.plan import Kind, Plan, Surface
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.session import (
    TRANSITIONS,
    Move,
    Reason,
    State,
    Verb,
)

from .walks import GRACE, Walk, Wish, story, walk, wish, wishes

LANE = wish(Kind.DEDICATED, 1, surface=Surface.LANE).plan
BELT = wish(Kind.DEDICATED, 1).plan
HILL = wish(Kind.HILL, 8).plan
WARM_UP = wish(Kind.WARM_UP, 2).plan
US = timedelta(microseconds=1)

MOVING = (
    State.GET_READY,
    State.WALKING_FORWARD,
    State.TURNING,
    State.WALKING_BACKWARD,
    State.RESTING,
)


def in_state(state: State) -> Walk:
    """Return a treadmill walk that has been in a state for ten seconds, in the count-in for one."""
    on_belt = walk(BELT, asks_go=True)
    if state is State.IDLE:
        on_belt.say(Verb.END, reason=Reason.STOPPED)
    elif state is State.PAUSED:
        on_belt.to(State.WALKING_FORWARD).wait(20).say(Verb.PAUSE, reason=Reason.ASKED)
    else:
        on_belt.to(state)
    return on_belt.wait(1 if state is State.GET_READY else 10)


def refusal(say: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as no:
        say()
    return no.value


def outline(whole: Walk) -> list[str]:
    """Return what has happened as one word and its seconds a line."""
    return [
        f"{state.value} {(end - start).total_seconds():g}"
        for state, start, end in story(whole.session.trail(whole.now))
    ]


# Whole walks


def test_first_steps_in_a_lane_go_by_themselves_once_the_room_is_ready() -> None:
    alone = walk(LANE).wait(7).say(Verb.PREPARED)
    while alone.state is not State.IDLE:
        alone.wait_out()
    assert outline(alone) == [
        "preparing 7",
        "get_ready 5",
        "walking_forward 180",
        "walking_backward 100",  # the slow start and the first bout
        *["resting 60", "walking_backward 40"] * 5,
        "walking_forward 180",
    ]
    assert alone.position.reason is Reason.FINISHED
    assert alone.backward_s == LANE.backward.total_seconds() == 300


def test_on_a_treadmill_nothing_moves_without_a_go() -> None:
    """Red when: READY or TURNING ends in anything but a pause or the end by itself."""
    on_belt = walk(BELT, asks_go=True).say(Verb.PREPARED)
    assert on_belt.state is State.READY
    on_belt.wait(2).say(Verb.GO)
    assert on_belt.to(State.TURNING).wait(25).say(Verb.GO).state is State.WALKING_BACKWARD
    on_belt.to(State.RESTING).to(State.TURNING).wait(30).say(Verb.GO).to(State.IDLE)
    assert outline(on_belt) == [
        "ready 2",
        "get_ready 5",
        "walking_forward 180",
        "turning 25",
        "walking_backward 100",
        *["resting 60", "walking_backward 40"] * 5,
        "turning 30",
        "walking_forward 180",
    ]
    assert on_belt.backward_s == BELT.backward.total_seconds()


def test_where_no_go_is_asked_for_the_count_in_follows_the_room() -> None:
    assert walk(WARM_UP).say(Verb.PREPARED).state is State.GET_READY
    assert walk(WARM_UP, asks_go=True).say(Verb.PREPARED).state is State.READY


def test_a_rehearsal_turns_by_itself() -> None:
    """Red when: a rehearsal waits in TURNING."""
    rehearsed = walk(WARM_UP, rehearsal=True).say(Verb.PREPARED)
    while rehearsed.state is not State.IDLE:
        rehearsed.wait_out()
    assert outline(rehearsed) == [
        "get_ready 5",
        "walking_forward 180",
        "turning 20",
        "walking_backward 120",
    ]


@given(wishes())
def test_a_plan_walked_through_adds_exactly_what_it_promised(asked: Wish) -> None:
    """Red when: a phase ends a second early, or time is walked twice after a turn."""
    plan = asked.plan
    whole = walk(plan, asks_go=plan.surface is Surface.TREADMILL).to(State.IDLE)
    assert whole.position.reason is Reason.FINISHED
    assert whole.backward_s == plan.backward.total_seconds()


@given(wishes())
def test_the_end_that_is_told_is_the_end_that_comes(asked: Wish) -> None:
    """Red when: `ends` forgets the phases to come, or what was done of this one."""
    rehearsed, told = walk(asked.plan, rehearsal=True).say(Verb.PREPARED), []
    while (position := rehearsed.position).state is not State.IDLE:
        told.append(rehearsed.session.ends(position))
        if position.state is State.WALKING_BACKWARD:
            rehearsed.wait(1).say(Verb.PAUSE).wait(7).say(Verb.RESUME)
            told.clear()
            rehearsed.wait_out()
            told.append(rehearsed.session.ends(rehearsed.position))
        rehearsed.wait_out()
    assert set(told) <= {None, rehearsed.now}


def test_the_next_phase_is_told_from_before_the_first_to_the_last() -> None:
    on_belt = walk(WARM_UP, asks_go=True)
    told = []
    for state in (
        State.PREPARING,
        State.READY,
        State.GET_READY,
        State.WALKING_FORWARD,
        State.TURNING,
        State.WALKING_BACKWARD,
        State.IDLE,
    ):
        position = on_belt.to(state).position
        phases = position.phase, on_belt.session.next_phase(position)
        told.append(tuple(phase.name.value if phase else None for phase in phases))
    assert told == [
        (None, "forward_walk"),
        (None, "forward_walk"),
        ("forward_walk", "turn"),
        ("forward_walk", "turn"),
        ("turn", "walk"),
        ("walk", None),
        (None, None),
    ]


def test_nobody_is_told_when_a_walk_ends_that_waits_for_a_person() -> None:
    for state in (State.PREPARING, State.READY, State.PAUSED, State.TURNING, State.IDLE):
        waiting = in_state(state)
        assert waiting.session.ends(waiting.position) is None


# Waiting, and giving up


def test_a_path_that_stays_blocked_ends_the_walk_after_two_minutes() -> None:
    blocked = walk(LANE).wait(119.999)
    assert blocked.state is State.PREPARING
    position = blocked.wait(0.001).position
    assert (position.state, position.reason) == (State.IDLE, Reason.PATH_BLOCKED)
    assert blocked.backward_s == 0


def test_a_walk_that_nobody_lets_go_ends_after_three_minutes() -> None:
    ready = walk(BELT, asks_go=True).say(Verb.PREPARED).wait(179.999)
    assert ready.state is State.READY
    position = ready.wait(0.001).position
    assert (position.state, position.reason) == (State.IDLE, Reason.NO_GO)


def test_a_turn_left_alone_pauses_and_half_an_hour_later_the_walk_is_over() -> None:
    """Red when: a turn without a go walks on, or a pause lasts for ever."""
    left = walk(BELT, asks_go=True).to(State.TURNING)
    position = left.wait_out().position
    assert (position.state, position.reason) == (State.PAUSED, Reason.NO_GO)
    assert position.since == timedelta(seconds=2 + 5 + 180 + 180)
    assert left.wait(30 * 60 - 0.001).state is State.PAUSED
    position = left.wait(0.001).position
    assert (position.state, position.reason) == (State.IDLE, Reason.LEFT_PAUSED)


def test_a_turn_that_paused_is_still_to_be_turned() -> None:
    left = walk(BELT, asks_go=True).to(State.TURNING).wait_out().wait(60)
    assert left.say(Verb.GO).state is State.TURNING
    assert left.wait(2).say(Verb.GO).state is State.WALKING_BACKWARD


def test_the_waits_are_options() -> None:
    patient = walk(BELT, asks_go=True)
    patient.session = replace(
        patient.session,
        prepare_wait=timedelta(minutes=5),
        go_wait=timedelta(minutes=10),
        paused_wait=timedelta(minutes=15),
    )
    assert patient.position.ends == timedelta(minutes=5)
    assert patient.say(Verb.PREPARED).position.ends == timedelta(minutes=10)
    assert patient.to(State.TURNING).position.ends == patient.now + timedelta(minutes=10)
    assert patient.say(Verb.PAUSE).position.ends == patient.now + timedelta(minutes=15)


@pytest.mark.parametrize("state", [State.READY, State.TURNING, State.PAUSED])
def test_a_go_within_two_seconds_is_too_soon(state: State) -> None:
    """A double press cannot be a go. Red when: GO_NOT_BEFORE is 0."""
    if state is State.PAUSED:
        pressed = walk(BELT).to(State.WALKING_FORWARD).wait(9).say(Verb.PAUSE)
    else:
        pressed = walk(BELT, asks_go=True).to(state)
    assert refusal(lambda: pressed.wait(1.999).say(Verb.GO)).reason == "too_soon"
    assert pressed.state is state
    pressed.wait(0.001).say(Verb.GO)
    assert pressed.state is (State.WALKING_BACKWARD if state is State.TURNING else State.GET_READY)


# Pausing


@pytest.mark.parametrize("state", MOVING)
def test_every_moving_state_can_be_paused_and_keeps_its_reason(state: State) -> None:
    moving = in_state(state)
    index = moving.position.index
    moving.say(Verb.PAUSE, reason=Reason.OBSTACLE)
    position = moving.wait(100).position
    assert (position.state, position.reason) == (State.PAUSED, Reason.OBSTACLE)
    assert position.index == index


@pytest.mark.parametrize("state", [State.WALKING_FORWARD, State.WALKING_BACKWARD, State.RESTING])
def test_a_pause_keeps_what_was_done_of_a_phase(state: State) -> None:
    """Red when: a phase begins anew after a pause, or the pause counts as walked."""
    paused = in_state(state)
    left = paused.position.phase
    assert left is not None
    paused.say(Verb.PAUSE).wait(1000).say(Verb.RESUME)
    if state is not State.RESTING:
        assert paused.state is State.GET_READY
        paused.wait_out()
    position = paused.position
    assert position.state is state
    assert position.walked == timedelta(seconds=10)
    assert position.ends == position.since + left.length - timedelta(seconds=10)


def test_a_rest_leaves_the_time_of_a_count_in_after_a_pause() -> None:
    """Red when: a rest that was paused in its last second starts the belt one second later."""
    paused = in_state(State.RESTING).wait(49).say(Verb.PAUSE).wait(600).say(Verb.RESUME)
    assert paused.state is State.RESTING
    assert paused.position.ends == paused.now + timedelta(seconds=5)


def test_a_walk_counts_in_again_after_a_pause() -> None:
    """Red when: RESUME walks on at once."""
    paused = in_state(State.PAUSED)
    assert paused.say(Verb.RESUME).state is State.GET_READY
    assert paused.position.ends == paused.now + timedelta(seconds=5)
    assert paused.wait_out().state is State.WALKING_FORWARD


def test_a_pause_in_the_count_in_counts_in_anew() -> None:
    paused = in_state(State.GET_READY).say(Verb.PAUSE).wait(60).say(Verb.RESUME)
    assert paused.position.ends == paused.now + timedelta(seconds=5)
    assert paused.wait_out().position.walked == timedelta()


def test_a_pause_in_a_turn_goes_back_to_the_turn() -> None:
    paused = in_state(State.TURNING).say(Verb.PAUSE).wait(60).say(Verb.RESUME)
    assert paused.state is State.TURNING
    assert paused.position.ends == paused.now + timedelta(seconds=180)


def test_a_pause_adds_no_minute() -> None:
    """Red when: the trail goes on walking while it is paused."""
    paused = in_state(State.WALKING_BACKWARD)
    before = paused.backward_s
    assert paused.say(Verb.PAUSE).wait(1500).backward_s == before == 10


# Skipping


def test_skipping_a_walk_goes_on_to_what_comes_next() -> None:
    lane = walk(LANE).to(State.WALKING_FORWARD).wait(10)
    assert lane.say(Verb.SKIP).state is State.WALKING_BACKWARD
    assert lane.position.index == 1
    lane.say(Verb.SKIP).wait(40)
    assert lane.state is State.RESTING
    assert lane.backward_s == 40


def test_skipping_a_rest_counts_in() -> None:
    """Red when: a skipped rest starts the belt at once."""
    resting = in_state(State.RESTING).say(Verb.SKIP)
    assert resting.state is State.GET_READY
    assert resting.wait_out().state is State.WALKING_BACKWARD


def test_skipping_the_last_phase_finishes() -> None:
    last = walk(LANE).to(State.RESTING)
    while last.session.next_phase(last.position):
        last.wait_out()
    position = last.say(Verb.SKIP).position
    assert (position.state, position.reason) == (State.IDLE, Reason.FINISHED)


def test_a_turn_cannot_be_skipped() -> None:
    """Red when: TURNING has a SKIP in the table and no rule against it."""
    turning = in_state(State.TURNING)
    assert refusal(lambda: turning.say(Verb.SKIP)).reason == "needs_go"
    assert turning.state is State.TURNING


# Extending and easing


def test_a_phase_can_be_made_longer_and_the_next_one_is_not() -> None:
    longer = in_state(State.WALKING_FORWARD)
    assert longer.position.ends == timedelta(seconds=2 + 5 + 180)
    longer.say(Verb.EXTEND, by=timedelta(seconds=60))
    assert longer.position.ends == timedelta(seconds=2 + 5 + 240)
    longer.to(State.WALKING_BACKWARD)
    assert longer.position.phase == BELT.phases[2]


def test_extensions_end_at_five_minutes_a_session() -> None:
    """Red when: the limit is counted anew in each phase."""
    longer = in_state(State.WALKING_FORWARD).say(Verb.EXTEND, by=timedelta(minutes=4))
    longer.to(State.WALKING_BACKWARD).say(Verb.EXTEND, by=timedelta(minutes=1))
    before = longer.session
    no = refusal(lambda: longer.say(Verb.EXTEND, by=timedelta(seconds=1)))
    assert (no.reason, no.figures) == ("extended_enough", {"max": "300"})
    assert longer.session is before
    assert longer.to(State.IDLE).backward_s == BELT.backward.total_seconds() + 60


def test_a_rest_made_longer_than_three_minutes_needs_a_go() -> None:
    """Red when: a belt starts by itself after a rest of any length."""
    resting = in_state(State.RESTING).say(Verb.EXTEND, by=timedelta(minutes=3))
    assert resting.session.ends(resting.position) is None
    resting.wait(300)
    assert resting.state is State.RESTING
    assert refusal(lambda: resting.say(Verb.SKIP)).reason == "needs_go"
    assert resting.say(Verb.GO).state is State.GET_READY


def test_a_rehearsal_rests_as_long_as_it_likes_and_waits_for_nobody() -> None:
    rehearsed = walk(BELT, rehearsal=True).to(State.RESTING)
    rehearsed.say(Verb.EXTEND, by=timedelta(minutes=3))
    assert refusal(lambda: rehearsed.wait(10).say(Verb.GO)).reason == "not_now_resting"
    ends = rehearsed.session.ends(rehearsed.position)
    while rehearsed.state is not State.IDLE:
        rehearsed.wait_out()
    assert rehearsed.now == ends


def test_a_long_rest_left_alone_pauses_and_asks_for_its_go_again() -> None:
    resting = in_state(State.RESTING).say(Verb.EXTEND, by=timedelta(minutes=3)).wait_out()
    assert (resting.state, resting.position.reason) == (State.PAUSED, Reason.NO_GO)
    assert resting.wait(2).say(Verb.RESUME).state is State.RESTING
    assert resting.wait(2).say(Verb.GO).state is State.GET_READY


def test_easing_takes_off_four_tenths_at_once_and_stays_eased() -> None:
    """Red when: easing ends with its phase."""
    eased = walk(HILL, asks_go=True).to(State.WALKING_FORWARD).say(Verb.EASE)
    assert eased.position.speed_kmh == 3.6
    eased.to(State.TURNING).wait(2).say(Verb.GO)
    assert eased.position.speed_kmh == 1.3
    assert eased.wait_out().position.speed_kmh == 2.1


def test_easing_ends_at_the_slowest_a_belt_is_good_for() -> None:
    """Red when: SLOWEST_KMH is left out: a belt that is told 0 stands under a walker."""
    eased = in_state(State.WALKING_BACKWARD)
    for _ in range(20):
        eased.say(Verb.EASE)
    assert eased.position.speed_kmh == 0.5
    assert eased.to(State.RESTING).position.speed_kmh == 0


def test_a_lane_has_no_speed_to_ease() -> None:
    eased = walk(LANE).to(State.WALKING_BACKWARD).say(Verb.EASE)
    assert eased.position.speed_kmh is None


# Lost, and back

IN_TIME = 20
"""Seconds that a walk may be lost and yet go on."""
TOO_LATE = GRACE.total_seconds() + 0.001
UNBEGUN = (State.IDLE, State.PREPARING, State.READY)


@pytest.mark.parametrize("state", MOVING)
def test_a_moving_walk_that_was_lost_stands_paused_from_its_last_proven_second(
    state: State,
) -> None:
    """Red when: LOST is no hold in a row of the table, or is dated at the return."""
    lost = in_state(state)
    proven, index = lost.now, lost.position.index
    position = lost.be_lost(IN_TIME).position
    assert (position.state, position.reason) == (State.PAUSED, Reason.RESTARTED)
    assert (position.since, position.index) == (proven, index)
    assert position.ends == proven + timedelta(minutes=30)


@pytest.mark.parametrize("state", [*UNBEGUN, State.PAUSED])
def test_what_had_not_begun_or_was_paused_is_as_it_was(state: State) -> None:
    """Red when: a walk that waits is paused by a restart and loses its reason."""
    lost = in_state(state)
    before = lost.position
    assert lost.be_lost(IN_TIME).position == before
    assert lost.session.marks == in_state(state).session.marks


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("gap_s", [TOO_LATE, 86_400, -0.001])
def test_after_the_grace_a_walk_is_over_at_its_last_proven_second(
    gap_s: float, state: State
) -> None:
    """Red when: the grace is forgotten, or the end is dated at the return."""
    lost = in_state(state)
    proven, before = lost.now, lost.backward_s
    ended = Reason.STOPPED if state is State.IDLE else Reason.INTERRUPTED
    position = lost.be_lost(gap_s).wait_until(proven + timedelta(days=2)).position
    assert (position.state, position.reason) == (State.IDLE, ended)
    assert position.since == (timedelta(seconds=0) if state is State.IDLE else proven)
    assert lost.backward_s == before


@pytest.mark.parametrize("state", [state for state in State if state is not State.IDLE])
def test_a_walk_that_was_lost_for_nobody_knows_how_long_is_over(state: State) -> None:
    """Red when: an unknown gap is taken for none."""
    lost = in_state(state)
    over = lost.session.lost(lost.now, None, GRACE).position(lost.now)
    assert (over.state, over.reason) == (State.IDLE, Reason.INTERRUPTED)


def test_the_grace_itself_is_in_time() -> None:
    """Red when: `lost` compares the gap to the grace by <."""
    assert in_state(State.WALKING_BACKWARD).be_lost(60).state is State.PAUSED


def test_without_a_grace_only_a_restart_that_took_no_time_goes_on() -> None:
    lost = in_state(State.WALKING_BACKWARD)
    assert lost.session.lost(lost.now, timedelta(), timedelta()).position(lost.now).phase
    lost.be_lost(0.001, grace=timedelta())
    assert lost.state is State.IDLE


def test_a_lane_walk_counts_in_again_and_goes_on_by_itself() -> None:
    """Red when: BACK walks on at once, or what was done of the phase is forgotten."""
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).be_lost(IN_TIME)
    assert lane.session.comes_back(lane.position)
    assert lane.say(Verb.BACK).state is State.GET_READY
    assert lane.position.ends == lane.now + timedelta(seconds=5)
    position = lane.wait_out().position
    assert (position.state, position.walked) == (State.WALKING_BACKWARD, timedelta(seconds=30))


def test_a_lane_walk_lost_in_a_rest_rests_on() -> None:
    lane = walk(LANE).to(State.RESTING).wait(20).be_lost(IN_TIME).say(Verb.BACK)
    assert lane.state is State.RESTING
    assert lane.position.ends == lane.now + timedelta(seconds=40)


@pytest.mark.parametrize("state", MOVING)
def test_a_belt_that_was_lost_moves_again_only_by_a_go(state: State) -> None:
    """Red when: BACK is allowed on a treadmill."""
    belt = in_state(state).be_lost(IN_TIME)
    before = belt.session
    assert not belt.session.comes_back(belt.position)
    assert refusal(lambda: belt.say(Verb.BACK)).reason == "not_now_paused"
    assert belt.session is before
    assert belt.wait(1000).state is State.PAUSED
    goes_on = {State.TURNING: State.TURNING, State.RESTING: State.RESTING}
    assert belt.say(Verb.GO).state is goes_on.get(state, State.GET_READY)


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason is not Reason.RESTARTED])
def test_nothing_but_a_restart_is_come_back_from(reason: Reason) -> None:
    """A pause that somebody asked for, or an obstacle made, stays one. Red when: BACK resumes."""
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).say(Verb.PAUSE, reason=reason)
    lane.be_lost(IN_TIME)
    assert not lane.session.comes_back(lane.position)
    assert refusal(lambda: lane.say(Verb.BACK)).reason == "not_now_paused"


@pytest.mark.parametrize("plan", [LANE, BELT], ids=["lane", "belt"])
def test_nothing_of_a_gap_counts(plan: Plan) -> None:
    """Red when: the gap is walked, or the lost share of the phase is not walked again."""
    lost = walk(plan, asks_go=plan is BELT).to(State.WALKING_BACKWARD).wait(30)
    proven = lost.now - timedelta(seconds=12)
    lost.be_lost(IN_TIME, proven=proven)
    assert lost.backward_s == 18
    assert lost.wait(2).go_on().to(State.WALKING_BACKWARD).backward_s == 18
    assert lost.to(State.IDLE).position.reason is Reason.FINISHED
    assert lost.backward_s == plan.backward.total_seconds()


def test_a_treadmill_lost_while_it_was_made_ready_asks_for_a_go_afterwards() -> None:
    """Whoever asked may be gone. Red when: the belt counts in after the restart."""
    belt = walk(BELT).wait(10).be_lost(IN_TIME)
    assert belt.say(Verb.PREPARED).state is State.READY
    lane = walk(LANE).wait(10).be_lost(IN_TIME)
    assert lane.say(Verb.PREPARED).state is State.GET_READY


@pytest.mark.parametrize("state", MOVING)
def test_a_go_once_given_is_not_asked_for_again_in_the_past(state: State) -> None:
    """Red when: `lost` makes a walk that began without a go one that never got it."""
    belt = walk(BELT).to(state).wait(1)
    before = story(belt.session.trail(belt.now))
    belt.be_lost(IN_TIME)
    assert story(belt.session.trail(belt.now))[: len(before)] == before


@pytest.mark.parametrize(
    ("state", "reason"), [(State.PREPARING, Reason.PATH_BLOCKED), (State.READY, Reason.NO_GO)]
)
def test_a_wait_that_ran_out_meanwhile_has_run_out(state: State, reason: Reason) -> None:
    waiting = in_state(state)
    ends = waiting.position.ends
    assert ends is not None
    waiting.be_lost(IN_TIME, proven=ends - timedelta(seconds=10))
    assert (waiting.state, waiting.position.reason) == (State.IDLE, reason)


def test_lost_twice_in_a_row_is_lost_once() -> None:
    """Red when: a second restart moves the last proven second."""
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).be_lost(IN_TIME)
    once, since = lane.session, lane.position.since
    lane.be_lost(IN_TIME)
    assert lane.session is once
    assert lane.position.since == since
    assert lane.say(Verb.BACK).wait_out().backward_s == 30


def test_lost_again_in_the_count_in_counts_in_anew() -> None:
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).be_lost(IN_TIME).say(Verb.BACK)
    position = lane.wait(3).be_lost(7).position
    assert (position.state, position.reason) == (State.PAUSED, Reason.RESTARTED)
    assert lane.say(Verb.BACK).position.ends == lane.now + timedelta(seconds=5)
    assert lane.session.gap(lane.position) == timedelta(seconds=7)
    assert lane.wait_out().backward_s == 30


def test_lost_at_the_very_edge_of_a_phase_is_lost_in_the_next() -> None:
    """Red when: a mark at the end of a phase still belongs to it, or one before it does not."""
    edge = walk(LANE).to(State.RESTING).now
    index = walk(LANE).to(State.RESTING).position.index
    for early, stands, count_s in [(timedelta(), index, 100), (US, index - 1, 99.999999)]:
        lane = walk(LANE).to(State.WALKING_BACKWARD).be_lost(IN_TIME, proven=edge - early)
        assert (lane.position.index, lane.backward_s) == (stands, count_s)
        lane.say(Verb.BACK).to(State.IDLE)
        assert lane.backward_s == LANE.backward.total_seconds()


def test_lost_at_the_edge_of_a_turn_is_to_be_turned() -> None:
    edge = walk(WARM_UP).to(State.TURNING).now
    belt = walk(WARM_UP).to(State.WALKING_FORWARD).be_lost(IN_TIME, proven=edge)
    assert belt.say(Verb.GO).state is State.TURNING


def test_lost_as_the_count_in_ends_has_walked_nothing() -> None:
    counted_in = walk(LANE).to(State.WALKING_FORWARD)
    assert counted_in.be_lost(IN_TIME).position.walked == timedelta()


def test_lost_at_the_end_of_the_last_phase_has_finished() -> None:
    """Red when: a walk that was done is told as interrupted."""
    end = walk(LANE).to(State.IDLE).now
    for gap_s in (IN_TIME, 86_400):
        done = walk(LANE).to(State.WALKING_FORWARD)
        done.session = walk(LANE).to(State.IDLE).session
        assert done.be_lost(gap_s, proven=end).position.reason is Reason.FINISHED


def test_a_gap_is_shown_in_the_count_in_and_the_first_state_after_it_and_no_longer() -> None:
    """Red when: a gap is shown for ever, or not in the state that people see first."""
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).be_lost(IN_TIME)
    shown = []
    for go_on in (
        lambda: lane,
        lambda: lane.say(Verb.BACK),
        lane.wait_out,
        lambda: lane.wait(10),
        lambda: lane.to(State.RESTING),
        lambda: lane.to(State.WALKING_BACKWARD),
    ):
        gap = go_on().session.gap(lane.position)
        shown.append((lane.state.value, gap and gap.total_seconds()))
    assert shown == [
        ("paused", None),
        ("get_ready", IN_TIME),
        ("walking_backward", IN_TIME),
        ("walking_backward", IN_TIME),
        ("resting", None),
        ("walking_backward", None),
    ]


def test_a_pause_after_the_gap_ends_its_showing() -> None:
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).be_lost(IN_TIME).say(Verb.BACK)
    lane.wait_out().wait(10).say(Verb.PAUSE).wait(3).say(Verb.RESUME).wait_out()
    assert lane.session.gap(lane.position) is None


def test_a_walk_that_was_never_lost_shows_no_gap() -> None:
    for state in State:
        there = in_state(state)
        assert there.session.gap(there.position) is None


def test_a_gap_is_told_also_where_the_walker_slowed_down_before_it_went_on() -> None:
    """Red when: `gap` looks for a LOST right before its BACK."""
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).be_lost(IN_TIME)
    lane.say(Verb.EASE).wait(1).say(Verb.BACK)
    assert lane.session.gap(lane.position) == timedelta(seconds=IN_TIME + 1)


def test_a_person_who_pauses_a_walk_that_waits_to_come_back_keeps_it_paused() -> None:
    """Red when: a pause that was asked for after a restart ends by itself."""
    lane = walk(LANE).to(State.WALKING_BACKWARD).wait(30).be_lost(IN_TIME)
    lane.say(Verb.PAUSE, reason=Reason.ASKED)
    assert not lane.session.comes_back(lane.position)


# The table

TABLE = """
                 prepared go               pause  resume    skip             extend ease end  lost
idle             -        -                -      -         -                -      -    =    =
preparing        ready    -                -      -         -                -      -    idle =
ready            =        get_ready        -      -         -                -      -    idle =
get_ready        -        =                paused =         -                -      +    idle paused
walking_forward  -        =                paused =         turning          +      +    idle paused
walking_backward -        =                paused =         walking_backward +      +    idle paused
turning          -        walking_backward paused -         -                -      +    idle paused
resting          -        -                paused =         get_ready        +      +    idle paused
paused           -        get_ready        =      get_ready -                -      +    idle =

                 back moving still
idle             -    =      =
preparing        -    =      =
ready            -    =      =
get_ready        -    =      =
walking_forward  -    =      =
walking_backward -    =      =
turning          -    =      =
resting          -    =      =
paused           -    =      =
"""
"""What each verb does in each state of a treadmill walk: the state that follows; `+` where it stays
and a figure changes, `=` where nothing does (a second press is no error), `-` where it is refused.
The belt of this walk is not measured, so its word changes nothing; test_evidence.py measures one.
"""


def _cells(table: str) -> dict[tuple[State, Verb], str]:
    verbs, *rows = (line.split() for line in table.strip().splitlines())
    return {
        (State(state), Verb(verb)): cell
        for state, *cells in rows
        for verb, cell in zip(verbs, cells, strict=True)
    }


CELLS = {place: cell for half in TABLE.split("\n\n") for place, cell in _cells(half).items()}


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("state", State)
def test_every_verb_in_every_state_moves_or_is_refused(state: State, verb: Verb) -> None:
    """Red when: a state falls out of TRANSITIONS, or a row gains a verb."""
    there, by = in_state(state), timedelta(seconds=30)
    before = there.session
    match CELLS[state, verb]:
        case "-":
            no = refusal(lambda: there.say(verb, by=by))
            if (state, verb) == (State.TURNING, Verb.SKIP):
                assert no.reason == "needs_go"
            else:
                general = state in (State.IDLE, State.WALKING_BACKWARD, State.WALKING_FORWARD)
                assert no.reason == ("not_now" if general else f"not_now_{state}")
            assert there.session is before
        case "=":
            assert there.say(verb, by=by).session is before
            assert there.state is state
        case "+":
            assert there.say(verb, by=by).session is not before
            assert there.state is state
        case then:
            assert there.say(verb, by=by).state == then


def test_the_table_knows_every_state_and_can_end_each() -> None:
    assert set(TRANSITIONS) == set(State)
    for state, row in TRANSITIONS.items():
        assert row[Verb.END] is (Move.NOTHING if state is State.IDLE else Move.OVER)


def test_every_state_is_reached_by_some_walk() -> None:
    """Red when: `_MOTION_STATES` maps a rest to a walk."""
    assert {in_state(state).state for state in State} == set(State)


def test_an_end_keeps_its_reason_and_its_minutes() -> None:
    stopped = in_state(State.WALKING_BACKWARD).say(Verb.END, reason=Reason.STOPPED)
    position = stopped.wait(5000).position
    assert (position.state, position.reason, position.phase) == (
        State.IDLE,
        Reason.STOPPED,
        None,
    )
    assert stopped.backward_s == 10


def test_a_mark_before_the_last_one_is_a_fault_of_the_caller() -> None:
    walking = in_state(State.WALKING_FORWARD).say(Verb.EASE)
    with pytest.raises(ValueError, match="before the last one"):
        walking.session.mark(Verb.PAUSE, walking.now - timedelta(seconds=1))


def test_a_second_press_that_was_written_down_changes_nothing_either() -> None:
    paused = in_state(State.PAUSED).session
    twice = replace(paused, marks=(*paused.marks, replace(paused.marks[-1], reason=None)))
    at = timedelta(seconds=500)
    assert twice.position(at) == paused.position(at)
    assert story(twice.trail(at)) == story(paused.trail(at))


def test_a_go_in_a_short_rest_is_refused() -> None:
    """Red when: a stray go cuts a rest short."""
    resting = in_state(State.RESTING)
    assert refusal(lambda: resting.say(Verb.GO)).reason == "not_now_resting"


# A pure function of time

VERBS_OF_A_WALK = st.sampled_from([Verb.PAUSE, Verb.RESUME, Verb.SKIP, Verb.GO, Verb.EASE])


@given(wishes(), st.lists(st.tuples(st.floats(0, 400), VERBS_OF_A_WALK), max_size=6), st.data())
def test_positions_are_the_same_in_whatever_order_they_are_asked(
    asked: Wish, said: list[tuple[float, Verb]], data: st.DataObject
) -> None:
    """Red when: a Session remembers anything that it was asked."""
    some = walk(asked.plan).say(Verb.PREPARED)
    for seconds, verb in said:
        some.wait(seconds)
        try:
            some.say(verb)
        except Refused:
            continue
    instants = [
        some.now + timedelta(seconds=each)
        for each in data.draw(st.lists(st.floats(0, 3000), min_size=2, max_size=8))
    ]
    session, again = some.session, some.session
    forward = {at: session.position(at) for at in sorted(instants)}
    for at in data.draw(st.permutations(instants)):
        assert again.position(at) == forward[at]
        assert again.trail(at) == session.trail(at)
