"""What was said of a walk gives its light, and nothing unsaid is taken for a good word."""

from dataclasses import fields
import json
from math import inf, nan
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.coach.feedback import (
    MOST,
    MOST_SORE_HOURS,
    MOST_STUMBLES,
    NOTHING_SAID,
    Feedback,
    Light,
)

SCALE = st.none() | st.integers(0, MOST)
YES_NO = st.none() | st.booleans()
SAID = st.builds(
    Feedback,
    effort=SCALE,
    pain=SCALE,
    stumbles=st.none() | st.integers(0, MOST_STUMBLES),
    fall=YES_NO,
    next_pain=SCALE,
    soreness=SCALE,
    sore_hours=st.none() | st.integers(0, MOST_SORE_HOURS),
    swelling=YES_NO,
)
NO_FEEDBACK = (KeyError, TypeError, ValueError, OverflowError)

# The light (training.md 4.1)

LIGHTS = """
during    0        1        2        3       4       5    10   -
next
0         green    green    green    amber   amber   red  red  unknown
1         green    green    green    amber   amber   red  red  unknown
2         red      red      red      red     red     red  red  red
3         red      red      red      red     red     red  red  red
-         unknown  unknown  unknown  amber   amber   red  red  unknown
"""
"""The worst pain during the walk across, the rise of the next morning down; `-` is unsaid."""


def _lights() -> list[tuple[int | None, int | None, Light]]:
    head, _, *rows = (line.split() for line in LIGHTS.strip().splitlines())

    def number(text: str) -> int | None:
        return None if text == "-" else int(text)

    return [
        (number(pain), number(row[0]), Light(cell))
        for row in rows
        for pain, cell in zip(head[1:], row[1:], strict=True)
    ]


@pytest.mark.parametrize("usual", [0, 2])
@pytest.mark.parametrize(("pain", "rise", "light"), _lights())
def test_each_light_is_that_of_the_table(
    pain: int | None, rise: int | None, light: Light, usual: int
) -> None:
    """Red when: pain of 3 is green, or the next morning is not measured from the usual pain."""
    next_pain = None if rise is None else rise + usual
    assert Feedback(pain=pain, next_pain=next_pain).light(usual) is light


@pytest.mark.parametrize(("pain", "rise"), [(0, 0), (3, 0), (None, None)])
def test_any_swelling_is_red(pain: int | None, rise: int | None) -> None:
    """Red when: swelling needs pain beside it."""
    assert Feedback(pain=pain, next_pain=rise, swelling=True).light() is Light.RED


def test_no_swelling_says_nothing_of_pain() -> None:
    """Red when: "no swelling" alone turns a walk green."""
    assert Feedback(swelling=False).light() is Light.UNKNOWN
    assert Feedback(pain=0, next_pain=0, swelling=False).light() is Light.GREEN


def test_less_pain_than_usual_is_green() -> None:
    assert Feedback(pain=2, next_pain=0).light(3) is Light.GREEN


@given(SAID, st.integers(0, 4))
def test_more_pain_never_brightens_the_light(said: Feedback, usual: int) -> None:
    """Red when: the amber line comes before a red one."""
    order = [Light.GREEN, Light.AMBER, Light.RED]
    light = said.light(usual)
    if light is Light.UNKNOWN:
        return
    worse = [
        Feedback(pain=min(MOST, (said.pain or 0) + 1)),
        Feedback(next_pain=min(MOST, (said.next_pain or 0) + 1)) if said.next_pain else said,
        Feedback(swelling=True),
    ]
    for each in worse:
        assert order.index(said.but(each).light(usual)) >= order.index(light)


@given(SAID)
def test_only_who_told_of_pain_and_of_the_morning_is_green(said: Feedback) -> None:
    """Red when: an unanswered check-in counts as no pain."""
    if said.light() is Light.GREEN:
        assert None not in (said.pain, said.next_pain)


# What was said


@pytest.mark.parametrize(
    ("said", "is_answered"),
    [
        (NOTHING_SAID, False),
        (Feedback(pain=0, effort=3), False),
        (Feedback(next_pain=0), True),
        (Feedback(next_pain=4), True),
        (Feedback(swelling=True), True),
        (Feedback(swelling=False), False),
        (Feedback(soreness=0), False),
    ],
)
def test_the_morning_is_answered_with_pain_or_swelling(
    said: Feedback, *, is_answered: bool
) -> None:
    """Red when: 0 is taken for no answer, or soreness alone for one."""
    assert said.is_answered is is_answered


@given(SAID, SAID)
def test_what_comes_later_takes_the_place_and_leaves_the_rest(
    first: Feedback, later: Feedback
) -> None:
    """Red when: a morning answer empties the effort, or 0 and no do not replace."""
    both = first.but(later)
    for each in fields(Feedback):
        old, new = getattr(first, each.name), getattr(later, each.name)
        assert getattr(both, each.name) == (old if new is None else new)


def test_a_later_no_and_a_later_nought_are_said() -> None:
    first = Feedback(pain=4, fall=True, swelling=True)
    assert first.but(Feedback(pain=0, fall=False, swelling=False)) == Feedback(
        pain=0, fall=False, swelling=False
    )


# Written and read


@given(SAID)
def test_what_was_written_and_read_is_the_same(said: Feedback) -> None:
    """Red when: a field is left out, or 0 and no are lost."""
    assert Feedback.from_dict(json.loads(json.dumps(said.as_dict()))) == said


@given(SAID)
def test_what_was_not_said_is_not_written(said: Feedback) -> None:
    assert None not in said.as_dict().values()


def test_nothing_said_is_nothing_written() -> None:
    assert NOTHING_SAID.as_dict() == {}
    assert Feedback.from_dict({}) == NOTHING_SAID


def test_what_others_wrote_beside_it_is_left_alone() -> None:
    assert Feedback.from_dict({"kind": "hill", "pain": 2}) == Feedback(pain=2)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("effort", MOST),
        ("pain", MOST),
        ("next_pain", MOST),
        ("soreness", MOST),
        ("stumbles", MOST_STUMBLES),
        ("sore_hours", MOST_SORE_HOURS),
    ],
)
def test_a_number_beyond_its_scale_is_refused(name: str, most: int) -> None:
    """Red when: pain 11 is read from a file."""
    for value in (0, most):
        assert getattr(Feedback.from_dict({name: value}), name) == value
    for value in (-1, most + 1):
        with pytest.raises(ValueError, match=name):
            Feedback.from_dict({name: value})


@pytest.mark.parametrize("name", ["effort", "pain", "next_pain", "stumbles", "sore_hours"])
@pytest.mark.parametrize("value", ["much", "", [], {}, [3], inf, -inf, nan])
def test_what_is_no_number_is_refused(name: str, value: Any) -> None:
    with pytest.raises(NO_FEEDBACK):
        Feedback.from_dict({name: value})


@pytest.mark.parametrize("name", ["fall", "swelling"])
@pytest.mark.parametrize("value", ["no", "false", 7, [0]])
def test_what_is_neither_yes_nor_no_is_refused(name: str, value: Any) -> None:
    """Red when: `bool` makes a fall, and a level less, of the word "no"."""
    with pytest.raises(NO_FEEDBACK):
        Feedback.from_dict({name: value})
