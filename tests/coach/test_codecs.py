"""What is written of a walk and read again is the same walk; what nobody wrote is refused."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
import json
from math import inf, nan
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.feedback import Feedback
from custom_components.retrowalk.coach.plan import Kind, Phase, Plan, Surface
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.session import Mark, Reason, Session, State, Verb

from .walks import Walk, Wish, walk, wish, wishes

NO_WALK = (KeyError, ValueError, TypeError, OverflowError, Refused)
"""All that a codec may raise."""
US = timedelta(microseconds=1)
SOME_TIME = timedelta(hours=3)

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda each: timezone(timedelta(minutes=each)))
INSTANTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
WAITS = st.integers(1, 10**10).map(lambda each: each * US)
WORDS = [*Verb, *Verb, "lost", "back", "go_on", "go_on", "go_on"]


@st.composite
def walked(draw: st.DrawFn) -> Walk:
    """Draw any walk at any instant of it, as whoever conducts it would have it in hand."""
    asked = draw(wishes(wild=draw(st.booleans())))
    some = Walk(
        Session(
            session_id=draw(st.text()),
            plan=asked.plan,
            started=draw(INSTANTS),
            asks_go=draw(st.booleans()),
            prepare_wait=draw(WAITS),
            go_wait=draw(WAITS),
            paused_wait=draw(WAITS),
            rehearsal=draw(st.booleans()),
            overrides=tuple(draw(st.lists(st.text(), max_size=3))),
            measured=draw(st.booleans()),
        )
    )
    for _ in range(draw(st.integers(0, 12))):
        some.wait(draw(st.floats(0, 9) | st.sampled_from([0.000001, 2, 5, 60])))
        with suppress(Refused):
            _happens(draw, some, draw(st.sampled_from(WORDS)))
    return some


def _happens(draw: st.DrawFn, some: Walk, word: str) -> None:
    if some.state is State.IDLE:
        return
    match word:
        case "go_on":
            some.go_on()
        case "lost":
            some.be_lost(draw(st.floats(0, 70)))
        case "back":
            some.say(Verb.BACK)
        case Verb.END | Verb.LOST if draw(st.integers(0, 3)):
            return  # seldom, or there is not much of a walk
        case Verb.EXTEND:
            some.say(Verb.EXTEND, by=draw(st.integers(1, 3 * 10**8)) * US)
        case verb:
            some.say(Verb(verb), reason=draw(st.none() | st.sampled_from(Reason)))


def on_disk(session: Session) -> Any:
    """Return what a file would give back of a session."""
    return json.loads(json.dumps(session.as_dict()))


# Written and read


@given(walked())
def test_a_walk_that_was_written_and_read_is_the_same_walk(some: Walk) -> None:
    """Red when: a field is left out or rounded, or an honest mark is refused when it is read."""
    session = some.session
    again = Session.from_dict(on_disk(session))
    assert again == session
    assert again.as_dict() == session.as_dict()
    for at in (some.now, some.now + SOME_TIME):
        assert again.position(at) == session.position(at)
        assert again.backward(at) == session.backward(at)


@given(INSTANTS, ZONES)
def test_the_start_is_read_as_an_instant_wherever_it_was_written(
    started: datetime, zone: timezone
) -> None:
    session = walk(wish(Kind.WARM_UP, 2).plan).session
    there = replace(session, started=started.astimezone(zone))
    again = Session.from_dict(on_disk(there))
    assert (again.started, again.started.tzinfo) == (started, UTC)


@given(wishes())
def test_a_plan_that_was_written_and_read_is_the_same_plan(asked: Wish) -> None:
    """Red when: a phase loses its bout, its hands or a part of its length."""
    plan = asked.plan
    assert Plan.from_dict(json.loads(json.dumps(plan.as_dict()))) == plan
    for phase in plan.phases:
        assert Phase.from_dict(json.loads(json.dumps(phase.as_dict()))) == phase


@given(
    st.builds(
        Mark,
        verb=st.sampled_from(Verb),
        at=st.integers(0, 10**13).map(lambda each: each * US),
        reason=st.none() | st.sampled_from(Reason),
        by=st.integers(0, 10**10).map(lambda each: each * US),
    )
)
def test_a_mark_that_was_written_and_read_is_the_same_mark(mark: Mark) -> None:
    assert Mark.from_dict(json.loads(json.dumps(mark.as_dict()))) == mark


def test_what_is_written_is_what_was_agreed() -> None:
    """Files outlive the code that wrote them. Red when: a name or a unit changes."""
    lane = walk(wish(Kind.WARM_UP, 2, surface=Surface.LANE).plan).say(Verb.PREPARED).wait(6.5)
    lane.say(Verb.EXTEND, by=timedelta(seconds=30)).wait(1).say(Verb.PAUSE, reason=Reason.OBSTACLE)
    written = on_disk(lane.session)
    phase = written["plan"]["phases"][0]
    del written["plan"]
    assert written == {
        "session_id": "01",
        "started": "2026-11-16T17:00:00.000000+00:00",
        "asks_go": False,
        "prepare_wait_us": 120_000_000,
        "go_wait_us": 180_000_000,
        "paused_wait_us": 1_800_000_000,
        "rehearsal": False,
        "overrides": [],
        "measured": False,
        "moves_belt": False,
        "marks": [
            {"verb": "prepared", "at_us": 0},
            {"verb": "extend", "at_us": 6_500_000, "by_us": 30_000_000},
            {"verb": "pause", "at_us": 7_500_000, "reason": "obstacle"},
        ],
    }
    assert phase == {
        "name": "forward_walk",
        "motion": "forward",
        "seconds": 180,
        "speed_kmh": None,
        "grade_percent": 0,
        "hands": "free",
        "bout": None,
    }


# What nobody wrote


def _honest() -> str:
    """Return what is on disk of a walk that has gone through a good deal."""
    lane = walk(wish(Kind.DEDICATED, 1, surface=Surface.LANE).plan).to(State.WALKING_FORWARD)
    lane.wait(3).say(Verb.EXTEND, by=timedelta(seconds=30)).to(State.WALKING_BACKWARD)
    lane.wait(30).be_lost(20).say(Verb.BACK).wait_out().wait(9).say(Verb.EASE)
    lane.say(Verb.PAUSE, reason=Reason.ASKED).wait(30).say(Verb.RESUME).wait_out().wait(1)
    return json.dumps(lane.session.as_dict())


HONEST = _honest()


def honest() -> Any:
    """Return that walk anew, to be damaged."""
    return json.loads(HONEST)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each value."""
    yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in items:
            yield from places(each, (*path, key))


def damaged(path: tuple[str | int, ...], value: Any) -> Any:
    """Return the honest walk with one value changed."""
    whole = {"all": honest()}
    *way, last = ("all", *path)
    at: Any = whole
    for key in way:
        at = at[key]
    at[last] = value
    return whole["all"]


PLACES = sorted(places(honest()), key=str)
NO_LENGTH: Any = object()
GARBAGE: tuple[Any, ...] = (
    None,
    True,
    0,
    1,
    -1,
    -(10**9),
    10**19,
    10**40,
    -(10**40),
    1.5,
    nan,
    inf,
    -inf,
    1e300,
    "",
    "nonsense",
    "1",
    "lost",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-16",
    "9" * 5000,
    [],
    [[]],
    [None],
    ["pause"],
    {},
    {"verb": "pause"},
    {"seconds": 1},
)


def use(session: Session) -> None:
    """Do with a walk that was read what is done with it when Home Assistant has started."""
    last = session.marks[-1].at if session.marks else timedelta()
    for lost in (
        session.lost(last, SOME_TIME, SOME_TIME),
        session.lost(last, None, SOME_TIME),
    ):
        position = lost.position(last + SOME_TIME)
        lost.next_phase(position)
        lost.ends(position)
        lost.gap(position)
        lost.backward(last + SOME_TIME)
        json.dumps(lost.as_dict())


def test_the_honest_walk_is_read_and_used() -> None:
    use(Session.from_dict(honest()))
    assert len(PLACES) > 100


def attempts() -> Iterator[tuple[tuple[str | int, ...], Any, Any]]:
    """Yield a place, what stands there, and the walk on disk that has it there."""
    for path in PLACES:
        for garbage in GARBAGE:
            yield path, garbage, damaged(path, garbage)


def test_whatever_stands_wherever_nothing_but_a_refusal_escapes() -> None:
    """A damaged file keeps nobody from starting. Red when: a codec asks without checking."""
    escaped = []
    for path, garbage, written in attempts():
        try:
            Session.from_dict(written)
        except NO_WALK:
            continue
        except Exception as err:  # noqa: BLE001 - that is what is looked for
            escaped.append((path, garbage, repr(err)))
    assert escaped == []


def test_what_is_read_can_be_used() -> None:
    """Red when: a figure is taken that nobody can add a minute to."""
    useless, used = [], 0
    for path, garbage, written in attempts():
        try:
            session = Session.from_dict(written)
        except Exception:  # noqa: BLE001, S112 - the test above is about those
            continue
        used += 1
        try:
            use(session)
        except Exception as err:  # noqa: BLE001 - that is what is looked for
            useless.append((path, garbage, repr(err)))
    assert useless == []
    assert used > 100


def missing() -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path in PLACES:
        at = honest()
        for key in path:
            at = at[key]
        if isinstance(at, dict):
            yield from ((path, key) for key in at)


OPTIONAL = {"reason", "by_us"}
"""What a mark may be without; what else is left out is recomputed."""
TOTALS = {"backward_seconds", "total_seconds"}


def test_a_walk_with_a_part_missing_is_none() -> None:
    """Red when: a codec makes up what is not there."""
    read = set()
    for path, key in missing():
        whole = {"all": honest()}
        at: Any = whole["all"]
        for step in path:
            at = at[step]
        del at[key]
        try:
            Session.from_dict(whole["all"])
        except NO_WALK:
            continue
        read.add(key)
    assert read <= OPTIONAL | TOTALS


@pytest.mark.parametrize("nothing", [None, [], "walk", 7, {}, {"session_id": "01"}])
def test_what_is_no_walk_at_all_is_none(nothing: Any) -> None:
    for codec in (Session, Plan, Phase):
        with pytest.raises(NO_WALK):
            codec.from_dict(nothing)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("plan", "kind"), "jog"),
        (("plan", "surface"), "ice"),
        (("plan", "phases"), []),
        (("plan", "phases", 0, "motion"), "sideways"),
        (("plan", "phases", 0, "name"), ""),
        (("plan", "phases", 0, "hands"), "tied"),
        (("plan", "phases", 0, "seconds"), 0),
        (("plan", "phases", 0, "seconds"), -60),
        (("plan", "phases", 0, "seconds"), nan),
        (("plan", "phases", 0, "seconds"), inf),
        (("marks", 0, "verb"), "explode"),
        (("marks", 0, "at_us"), nan),
        (("marks", 0, "at_us"), 10**40),
        (("marks", 3, "reason"), "boredom"),
        (("started",), "yesterday"),
        (("started",), 0),
        (("go_wait_us",), None),
        (("go_wait_us",), inf),
        (("overrides",), 5),
    ],
)
def test_a_value_that_no_walk_has_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    """Red when: an unknown word or a number without end is read as if it were one."""
    with pytest.raises(NO_WALK):
        Session.from_dict(damaged(path, value))


NO_FIGURE = [
    (("plan", "phases", 0, "speed_kmh"), nan),
    (("plan", "phases", 0, "speed_kmh"), inf),
    (("plan", "phases", 0, "speed_kmh"), -1),
    (("plan", "phases", 0, "grade_percent"), nan),
    (("plan", "level"), 99),
    (("marks", 0, "at_us"), -1),
    (("marks", 1, "by_us"), -1),
    (("go_wait_us",), -1),
    (("go_wait_us",), 8 * 10**19),
    (("started",), "2026-11-16T17:00:00"),
]


@pytest.mark.parametrize(
    ("path", "value"),
    NO_FIGURE,
    ids=str,
)
def test_a_figure_that_no_walk_can_have_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    """Red when: a belt is told a speed that is no number, or time runs backward."""
    with pytest.raises(NO_WALK):
        Session.from_dict(damaged(path, value))


# Marks that cannot have happened


def marks(*told: Mapping[str, Any]) -> Any:
    data = on_disk(walk(wish(Kind.WARM_UP, 2).plan).session)
    data["marks"] = list(told)
    return data


def mark(verb: str, at: float, **figures: Any) -> dict[str, Any]:
    return {"verb": verb, "at_us": round(at * 1e6), **figures}


PREPARED = mark("prepared", 0)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param([mark("go", 3)], id="a go before the room is ready"),
        pytest.param([PREPARED, PREPARED], id="made ready twice"),
        pytest.param([PREPARED, mark("pause", 9), mark("pause", 9)], id="a pause that was one"),
        pytest.param([PREPARED, mark("pause", 9), mark("resume", 8)], id="out of order"),
        pytest.param([PREPARED, mark("pause", 9), mark("back", 20)], id="back from a pause"),
        pytest.param([PREPARED, mark("end", 9), mark("go", 20)], id="a go after the end"),
        pytest.param([PREPARED, mark("end", 9), mark("end", 20)], id="two ends"),
        pytest.param([PREPARED, mark("moving", 9)], id="a belt that nobody measures"),
        pytest.param([PREPARED, mark("skip", 190)], id="a turn that was skipped"),
        pytest.param([PREPARED, mark("pause", 9), mark("go", 10)], id="a go too soon"),
        pytest.param([PREPARED, mark("extend", 9, by_us=301 * 10**6)], id="extended too far"),
        pytest.param(
            [
                PREPARED,
                mark("lost", 9, reason="restarted"),
                mark("back", 20, reason="restarted"),
            ],
            id="a belt that came back by itself",
        ),
    ],
)
def test_marks_that_the_table_does_not_allow_are_refused(told: list[dict[str, Any]]) -> None:
    """Red when: marks are read without asking the table."""
    with pytest.raises(NO_WALK):
        Session.from_dict(marks(*told))


@given(walked(), st.data())
def test_marks_in_another_order_are_refused_or_the_same(some: Walk, data: st.DataObject) -> None:
    """Red when: the order of the marks is not held."""
    written = on_disk(some.session)
    order = data.draw(st.permutations(written["marks"]))
    shuffled = deepcopy(written) | {"marks": order}
    try:
        read = Session.from_dict(shuffled)
    except NO_WALK:
        return
    instants = [each.at for each in read.marks]
    assert instants == sorted(instants)
    assert on_disk(read) == shuffled


def test_what_was_told_in_a_walk_is_read_back_and_nothing_else_is_taken_for_it() -> None:
    """A file of before has none of it. Red when stumbles are lost, or a wrong file escapes."""
    session = walk(wish(Kind.DEDICATED, 1).plan).session
    assert "told" not in session.as_dict()
    told = session.tell(Feedback(stumbles=1, pain=4)).tell(Feedback(stumbles=1, pain=2))
    assert Session.from_dict(told.as_dict()).told == Feedback(stumbles=2, pain=4)
    wrongs: tuple[object, ...] = (None, [], "pain", {"pain": 11}, {"pain": "much"})
    for wrong in wrongs:
        with pytest.raises((TypeError, ValueError)):
            Session.from_dict(session.as_dict() | {"told": wrong})
