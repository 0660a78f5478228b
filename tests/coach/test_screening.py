"""Whom screening locks or restricts, and when it is asked again (training.md 4.4)."""

from datetime import date, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.levels import LADDER, first_dose
from custom_components.retrowalk.coach.plan import Kind, Surface, make_plan
from custom_components.retrowalk.coach.refused import Refused
from custom_components.retrowalk.coach.screening import ITEMS, Answers, Mode, Screening, screen

TODAY = date(2026, 11, 16)
DAY = timedelta(days=1)

CLASSES = {
    Mode.LOCKED: {
        "chest": "chest pain/undiagnosed breathlessness, fainting",
        "heart": "unstable heart/BP",
        "dizzy": "vertigo, vestibular disorder or dizziness now",
        "fell": "fall in last 12 months without known cause",
        "numb_feet": "neuropathy or numb feet",
        "nerves": "Parkinson's, stroke, MS, ataxia",
        "surgery": "surgery, fracture, ACL rupture < 6 months without clearance",
        "bone_stress": "suspected bone stress injury",
        "swollen_knee": "acute swollen or locked knee",
        "seizures": "seizure disorder",
        "low_vision": "uncorrected low vision",
        "osteoporosis": "advanced osteoporosis",
        "sedatives": "alcohol/sedatives now",
        "pregnant": "pregnant or < 12 weeks post-partum without clearance",
    },
    Mode.RESTRICTED: {
        "medication": "BMI or medication with dizziness",
        "blood_thinners": "blood thinners",
        "knee": "known knee OA, PFP",
        "achilles": "Achilles/calf problem",
        "low_back": "low-back pain",
        "joint_replaced": "total joint",
        "diabetes": "diabetes without neuropathy",
        "one_eye": "single-sided vision",
        "fear_of_falling": "fear of falling",
    },
}
"""The classes of training.md 4.4; age stands by itself, and a session's emergencies elsewhere."""
KEYS = [(key, mode) for mode, items in CLASSES.items() for key in items]
ANSWERS = st.builds(
    Answers,
    answered=st.none() | st.dates(date(2024, 1, 1), TODAY),
    items=st.frozensets(st.sampled_from([key for key, _ in KEYS])),
    cleared=st.booleans(),
)


def answers(*items: str, ago: int = 1, cleared: bool = False) -> Answers:
    return Answers(answered=TODAY - ago * DAY, items=frozenset(items), cleared=cleared)


def today(
    said: Answers, *, age: int | None = 40, walked_ago: int | None = None, fell_ago: int = -1
) -> Screening:
    return screen(
        said,
        TODAY,
        age_years=age,
        last_walk=None if walked_ago is None else TODAY - walked_ago * DAY,
        fell=None if fell_ago < 0 else TODAY - fell_ago * DAY,
    )


def test_the_items_are_those_of_the_table() -> None:
    """Red when: an item changes its class, falls out, or comes twice."""
    assert [(each.key, each.leads_to) for each in ITEMS] == KEYS


@pytest.mark.parametrize("item", ITEMS, ids=lambda each: each.key)
def test_every_item_names_its_source(item) -> None:
    assert item.source


@pytest.mark.parametrize(("key", "mode"), KEYS)
def test_each_item_alone_leads_where_its_class_says(key: str, mode: Mode) -> None:
    assert today(answers(key)) == Screening(mode=mode, why=(key,))


def test_who_ticks_nothing_walks_freely() -> None:
    assert today(answers()) == Screening(mode=Mode.OPEN)


@pytest.mark.parametrize(("key", "mode"), KEYS)
def test_a_clinician_lifts_what_restricts_and_nothing_that_locks(key: str, mode: Mode) -> None:
    """Red when: one tick of "cleared" unlocks chest pain."""
    cleared = today(answers(key, cleared=True))
    assert cleared.mode is (Mode.LOCKED if mode is Mode.LOCKED else Mode.OPEN)


def test_what_locks_outweighs_what_restricts() -> None:
    """Red when: the reasons of a lock name what only restricts."""
    both = today(answers("knee", "chest", "one_eye", "nerves"))
    assert both == Screening(mode=Mode.LOCKED, why=("chest", "nerves"))


def test_an_item_that_no_longer_exists_says_nothing() -> None:
    assert today(answers("left_handed")).mode is Mode.OPEN


@pytest.mark.parametrize(
    ("age", "mode"),
    [
        (None, Mode.OPEN),
        (-4, Mode.OPEN),
        (17, Mode.OPEN),
        (64, Mode.OPEN),
        (65, Mode.RESTRICTED),
        (99, Mode.RESTRICTED),
    ],
)
def test_age_restricts_from_65_on_until_cleared(age: int | None, mode: Mode) -> None:
    """Red when: 64 or an unknown age restricts, or 65 does not."""
    assert today(answers(), age=age).mode is mode
    assert today(answers(cleared=True), age=age).mode is Mode.OPEN
    assert ("age" in today(answers(), age=age).why) == (mode is Mode.RESTRICTED)


def test_age_comes_first_among_the_reasons() -> None:
    assert today(answers("knee", "achilles"), age=70).why == ("age", "knee", "achilles")


# Asked again


def test_who_was_never_asked_is_to_be_asked() -> None:
    """Red when: screening waits for the first six months to pass."""
    assert today(Answers()).is_due


@pytest.mark.parametrize(("ago", "is_due"), [(0, False), (182, False), (184, True), (400, True)])
def test_it_is_asked_again_after_six_months(ago: int, *, is_due: bool) -> None:
    assert today(answers(ago=ago), walked_ago=1).is_due is is_due


@pytest.mark.parametrize(
    ("walked", "is_due"), [(None, False), (0, False), (56, False), (57, True), (120, True)]
)
def test_it_is_asked_again_after_a_gap_of_eight_weeks(walked: int | None, *, is_due: bool) -> None:
    """Red when: eight weeks to the day are a gap, or somebody who never walked has one."""
    assert today(answers(ago=150), walked_ago=walked).is_due is is_due


@pytest.mark.parametrize(("ago", "is_due"), [(0, False), (56, False), (57, True)])
def test_who_has_answered_in_a_gap_is_not_asked_at_once(ago: int, *, is_due: bool) -> None:
    """Red when: answers given today are asked for again today."""
    assert today(answers(ago=ago), walked_ago=120).is_due is is_due


@pytest.mark.parametrize("said", [Answers(), answers(ago=3), answers("knee", ago=10)])
def test_a_fall_since_the_answers_locks_until_they_are_given_again(said: Answers) -> None:
    """Red when: a fall leaves yesterday's answers good."""
    assert today(said, fell_ago=1) == Screening(mode=Mode.LOCKED, why=("asked_again",), is_due=True)


@pytest.mark.parametrize("ago", [1, 60])
def test_answers_given_after_the_fall_hold(ago: int) -> None:
    assert today(answers(ago=ago), fell_ago=ago + 1).mode is Mode.OPEN


def test_a_fall_on_the_day_of_the_first_answers_is_asked_about_too() -> None:
    """Red when: who answers, walks and falls on one day is never asked again (4.4: after a fall).

    Answers and the first walk share a day more often than not.
    """
    fallen = today(answers(ago=1), fell_ago=1)
    assert (fallen.mode, fallen.is_due) == (Mode.LOCKED, True)


def test_clearance_does_not_lift_the_lock_of_a_fall() -> None:
    assert today(answers(ago=9, cleared=True), fell_ago=1).mode is Mode.LOCKED


def test_that_it_is_due_takes_nothing_away_and_gives_nothing() -> None:
    """Red when: old answers lose their lock by being old."""
    for key, mode in KEYS:
        assert today(answers(key, ago=300)) == Screening(mode=mode, why=(key,), is_due=True)


@given(ANSWERS, st.none() | st.integers(10, 95), st.sampled_from([key for key, _ in KEYS]))
def test_one_more_tick_never_frees(said: Answers, age: int | None, key: str) -> None:
    order = list(Mode)
    more = Answers(answered=said.answered, items=said.items | {key}, cleared=said.cleared)
    assert order.index(today(more, age=age).mode) >= order.index(today(said, age=age).mode)


# What a mode does to a plan


@pytest.mark.parametrize("kind", Kind)
def test_who_is_locked_gets_no_plan(kind: Kind) -> None:
    row = LADDER[-1]
    with pytest.raises(Refused) as no:
        make_plan(kind, row, first_dose(row), Surface.TREADMILL, mode=Mode.LOCKED)
    assert no.value.reason == "locked"


@pytest.mark.parametrize("row", LADDER, ids=lambda row: f"L{row.number}")
def test_who_is_restricted_walks_flat_on_both_rails_up_to_level_4(row) -> None:
    """Red when: a restricted plan climbs, lets go, or is one of level 5."""
    plan = make_plan(Kind.DEDICATED, row, first_dose(row), Surface.TREADMILL, mode=Mode.RESTRICTED)
    assert plan.level == min(row.number, 4)
    backward = [each for each in plan.phases if each.motion.value == "backward"]
    assert {(each.hands.value, each.grade_percent) for each in backward} == {("both_rails", 0)}
    with pytest.raises(Refused):
        make_plan(Kind.HILL, row, first_dose(row), Surface.TREADMILL, mode=Mode.RESTRICTED)
