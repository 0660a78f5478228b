"""The roles of a treadmill: what its entities say in any unit, and what they can be told."""

from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.retrowalk.gym.roles import (
    Command,
    Dial,
    Reading,
    Roles,
    can_stop,
    incline_dial,
    is_there,
    read,
    speed_dial,
    start,
    stop,
)
from homeassistant.core import HomeAssistant

SPEED, WATTS = "sensor.belt_speed", "sensor.belt_power"
NUMBER, INCLINE = "number.belt_speed", "number.belt_incline"
BOTH = Roles(speed_sensor=SPEED, power_sensor=WATTS)
SILENT = Reading(runs=None, speed_kmh=None, level=None)


def says(hass: HomeAssistant, entity_id: str, state: object, unit: str | None, **more: Any) -> None:
    attributes = {"unit_of_measurement": unit} if unit is not None else {}
    hass.states.async_set(entity_id, str(state), attributes | more)


def a_dial(hass: HomeAssistant, unit: str | None = "km/h", **more: Any) -> Dial:
    """Return the dial of a speed that runs from 0.5 to 12 in steps of 0.1 unless said otherwise."""
    says(hass, NUMBER, 1, unit, **({"min": 0.5, "max": 12, "step": 0.1} | more))
    dial = speed_dial(hass, NUMBER)
    assert dial is not None
    return dial


# What the sensors say


@pytest.mark.parametrize(
    ("speed", "unit", "kmh"),
    [
        (2.2, "km/h", 2.2),
        (2, "mph", 3.218688),
        (1, "m/s", 3.6),
        (1, "kn", 1.852),
        (0, "km/h", 0),
    ],
)
def test_a_speed_is_read_in_the_unit_of_its_sensor(
    hass: HomeAssistant, speed: float, unit: str, kmh: float
) -> None:
    """Red when miles pass for kilometres."""
    says(hass, SPEED, speed, unit)
    reading = read(hass, Roles(speed_sensor=SPEED))
    assert reading.speed_kmh == pytest.approx(kmh)
    assert reading.level == reading.speed_kmh
    assert reading.runs is (kmh > 0.3)


@pytest.mark.parametrize(("speed", "runs"), [(0.3, False), (0.31, True), (-0.2, False), (-5, None)])
def test_a_belt_runs_above_three_tenths(hass: HomeAssistant, speed: float, runs: bool) -> None:  # noqa: FBT001
    """Red when the bound itself counts, or a belt that reports backward is taken to run."""
    says(hass, SPEED, speed, "km/h")
    assert read(hass, Roles(speed_sensor=SPEED)).runs is runs


@pytest.mark.parametrize(
    ("power", "unit", "still_watts", "runs"),
    [
        (40, "W", 40, False),
        (40.1, "W", 40, True),
        (40, "W", 39, True),
        (0.04, "kW", 40, False),
        (0.05, "kW", 40, True),
        (400, "W", 500, False),
        (8, "W", 1, True),
        (-80, "W", 40, False),
    ],
)
def test_a_belt_runs_where_the_treadmill_draws_more_than_standing(
    hass: HomeAssistant,
    power: float,
    unit: str,
    still_watts: float,
    runs: bool,  # noqa: FBT001
) -> None:
    """Red when kilowatts pass for watts, or the owner's figure for standing is left out."""
    says(hass, WATTS, power, unit)
    reading = read(hass, Roles(power_sensor=WATTS, still_watts=still_watts))
    assert reading.runs is runs
    assert reading.speed_kmh is None
    assert reading.level == pytest.approx(power * (1000 if unit == "kW" else 1))


@pytest.mark.parametrize(
    ("speed", "power", "runs", "level"),
    [
        (2.0, 200, True, 2.0),
        (2.0, 8, True, 2.0),
        (0.0, 200, True, 0.0),
        (0.0, 8, False, 0.0),
        ("unavailable", 200, True, 200),
        ("unavailable", 8, False, 8),
        (2.0, "unknown", True, 2.0),
        (0.0, "unknown", False, 0.0),
        ("unavailable", "unknown", None, None),
    ],
)
def test_of_two_sensors_either_says_that_it_runs_and_one_is_enough(
    hass: HomeAssistant,
    speed: object,
    power: object,
    runs: bool | None,  # noqa: FBT001
    level: float | None,
) -> None:
    """A frozen speed sensor proves no stop while power is drawn. Red when one is preferred."""
    says(hass, SPEED, speed, "km/h")
    says(hass, WATTS, power, "W")
    reading = read(hass, BOTH)
    assert (reading.runs, reading.level) == (runs, level)
    assert reading.speed_kmh == (speed if isinstance(speed, float) else None)


@pytest.mark.parametrize(
    ("state", "unit"),
    [
        *((each, "km/h") for each in ("unavailable", "unknown", "", "fast", "nan", "inf", "-inf")),
        *((2, unit) for unit in (None, "", "W", "m", "%", "kilometres", ["km/h"], 5)),
    ],
)
def test_a_sensor_that_is_silent_or_measures_something_else_says_nothing(
    hass: HomeAssistant, state: object, unit: Any
) -> None:
    """Red when nonsense passes for a figure, breaks what reads it, or stands for a still belt."""
    says(hass, SPEED, state, unit)
    assert read(hass, Roles(speed_sensor=SPEED)) == SILENT


def test_without_a_sensor_nobody_knows(hass: HomeAssistant) -> None:
    assert read(hass, Roles()) == SILENT
    assert read(hass, BOTH) == SILENT  # named, and not there


# What can be set


@pytest.mark.parametrize(
    ("unit", "kmh", "position"),
    [("km/h", 2.2, 2.2), ("mph", 2.2, 1.3), ("m/s", 3.6, 1.0), ("mph", 1.609344, 1.0)],
)
def test_a_speed_is_set_in_the_unit_of_its_number(
    hass: HomeAssistant, unit: str, kmh: float, position: float
) -> None:
    """2.2 km/h are 1.367 mph, so 1.3 is set. Red when kilometres are set as miles."""
    dial = a_dial(hass, unit)
    assert dial.fit(kmh) == position
    assert kmh - dial.ours(0.1) < dial.ours(position) <= kmh + 1e-9
    assert dial.set(position) == Command(
        "number", "set_value", {"entity_id": NUMBER, "value": position}
    )


@pytest.mark.parametrize(
    ("step", "kmh", "position"),
    [
        (0.1, 2.2, 2.2),
        (0.1, 2.29, 2.2),
        (0.5, 2.4, 2.0),
        (0.5, 2.5, 2.5),
        (0.3, 2.2, 2.0),  # counted from the least, 0.5
        (0.1, 12, 12),
        (0.1, 99, 12),
        (5, 99, 10.5),
        (0.1, 0.5, 0.5),
        (0.1, 0.4, 0.5),
        (0.1, 0, 0.5),
        (0.1, -3, 0.5),
    ],
)
def test_a_speed_falls_to_the_step_below_and_never_under_what_the_number_takes(
    hass: HomeAssistant, step: float, kmh: float, position: float
) -> None:
    """Red when it is rounded to the nearest step: that may be above what was asked for."""
    assert a_dial(hass, step=step).fit(kmh) == position


@given(
    kmh=st.floats(-5, 30),
    unit=st.sampled_from(["km/h", "mph", "m/s"]),
    least=st.sampled_from([0, 0.5, 1]),
    most=st.sampled_from([4, 12.3, 22]),
    step=st.sampled_from([0.01, 0.1, 0.16, 0.3, 0.5, 1]),
)
def test_what_is_set_is_never_above_what_was_asked_for(
    kmh: float, unit: str, least: float, most: float, step: float
) -> None:
    """But for a number whose least is above it. Red when a float's last digit lifts it a step."""
    per_kmh = {"km/h": 1, "mph": 1 / 1.609344, "m/s": 1 / 3.6}[unit]
    dial = Dial(entity_id=NUMBER, least=least, most=most, step=step, per_unit=per_kmh)
    position = dial.fit(kmh)
    assert least <= position <= most
    assert position == least or dial.ours(position) <= kmh + step * 1e-5 / per_kmh
    if least < kmh * per_kmh <= most:
        assert kmh * per_kmh - position < step + 1e-3, "no more than a step below"


def test_a_step_up_or_down_stays_within_what_the_number_takes(hass: HomeAssistant) -> None:
    dial = a_dial(hass, step=0.4)
    assert (dial.above(1), dial.below(1)) == (1.4, 0.6)
    assert (dial.above(11.9), dial.below(0.6)) == (12, 0.5)


@pytest.mark.parametrize(
    ("said", "least", "most", "step"),
    [
        ({}, 0.5, 12, 0.1),
        ({"min": None, "max": None, "step": None}, 0, 0, 0.1),
        ({"min": "low", "max": "high", "step": "fine"}, 0, 0, 0.1),
        ({"min": float("nan"), "max": float("inf"), "step": float("nan")}, 0, 0, 0.1),
        ({"step": 0}, 0.5, 12, 0.1),
        ({"min": -4}, 0, 12, 0.1),
        ({"min": 5, "max": 2}, 5, 5, 0.1),
        ({"min": "0.8", "max": "6", "step": "0.2"}, 0.8, 6, 0.2),
    ],
)
def test_a_number_with_odd_bounds_still_sets_nothing_that_it_does_not_name(
    hass: HomeAssistant, said: dict[str, Any], least: float, most: float, step: float
) -> None:
    """A belt runs backward for nobody. Red when an unknown bound is no bound."""
    dial = a_dial(hass, **said)
    assert (dial.least, dial.most, dial.step) == (least, most, step)
    assert least <= dial.fit(3) <= most


@pytest.mark.parametrize("unit", [None, "", "%", "W", "steps", 5])
def test_a_number_without_a_speeds_unit_sets_nothing(hass: HomeAssistant, unit: Any) -> None:
    """It might mean miles. Red when a number without a unit passes for km/h."""
    says(hass, NUMBER, 1, unit, min=0, max=12)
    assert speed_dial(hass, NUMBER) is None


@pytest.mark.parametrize("unit", [None, "%"])
def test_an_incline_is_set_in_percent_said_or_not(hass: HomeAssistant, unit: str | None) -> None:
    says(hass, INCLINE, 0, unit, min=-3, max=12, step=0.5)
    dial = incline_dial(hass, INCLINE)
    assert dial is not None
    assert [dial.fit(percent) for percent in (-2, 0, 3, 3.4, 20)] == [0, 0, 3, 3, 12]


@pytest.mark.parametrize("unit", ["°", "km/h", ""])
def test_an_incline_in_something_else_is_not_set(hass: HomeAssistant, unit: str) -> None:
    """Red when degrees pass for percent."""
    says(hass, INCLINE, 0, unit, min=0, max=12)
    assert incline_dial(hass, INCLINE) is None


def test_what_is_not_there_is_not_set(hass: HomeAssistant) -> None:
    """Red when a number that is unavailable is told something all the same."""
    assert speed_dial(hass, None) is incline_dial(hass, None) is None
    assert speed_dial(hass, NUMBER) is incline_dial(hass, INCLINE) is None
    says(hass, NUMBER, "unavailable", "km/h")
    says(hass, INCLINE, "unavailable", "%")
    assert speed_dial(hass, NUMBER) is incline_dial(hass, INCLINE) is None
    says(hass, NUMBER, "unknown", "km/h", max=12)  # it was never set, and hears
    assert speed_dial(hass, NUMBER) is not None


# What starts and stops


@pytest.mark.parametrize(
    ("entity_id", "starts", "stops"),
    [
        ("switch.belt", "turn_on", "turn_off"),
        ("input_boolean.belt", "turn_on", "turn_off"),
        ("button.belt", "press", "press"),
        ("input_button.belt", "press", "press"),
        ("script.belt", "turn_on", "turn_on"),
    ],
)
def test_each_shape_is_told_in_its_own_words(
    hass: HomeAssistant, entity_id: str, starts: str, stops: str
) -> None:
    """Red when a switch is toggled, or a stop is told like a start."""
    domain, told = entity_id.partition(".")[0], {"entity_id": entity_id}
    assert start(entity_id) == Command(domain, starts, told)
    assert stop(hass, entity_id) == Command(domain, stops, told)


@pytest.mark.parametrize("entity_id", ["number.belt", "input_number.belt"])
@pytest.mark.parametrize(
    ("least", "can"),
    [(0, True), (-5, True), (None, True), ("nonsense", True), (0.1, False), (0.5, False)],
)
def test_a_number_stops_where_it_goes_down_to_nothing(
    hass: HomeAssistant,
    entity_id: str,
    least: Any,
    can: bool,  # noqa: FBT001
) -> None:
    """Red when the lowest speed of a belt is taken for its stop."""
    hass.states.async_set(entity_id, "2", {} if least is None else {"min": least})
    told = {"entity_id": entity_id, "value": 0}
    expected = Command(entity_id.partition(".")[0], "set_value", told) if can else None
    assert stop(hass, entity_id) == expected


def test_a_number_that_nobody_knows_is_told_to_stop_all_the_same(hass: HomeAssistant) -> None:
    """A stop too many harms nobody. Red when what is not there is not even told."""
    assert stop(hass, "number.belt") is not None


@pytest.mark.parametrize(
    ("roles", "stops"),
    [
        (Roles(), ()),
        (Roles(stop="button.stop"), ("button.stop",)),
        (Roles(start="switch.belt"), ("switch.belt",)),
        (Roles(start="button.start"), ()),
        (Roles(start="script.start"), ()),
        (Roles(speed=NUMBER), (NUMBER,)),
        (Roles(speed_sensor=SPEED, power_sensor=WATTS, plug="switch.plug"), ()),
        (
            Roles(stop="button.stop", start="switch.belt", speed=NUMBER),
            ("button.stop", "switch.belt", NUMBER),
        ),
        (Roles(stop="switch.belt", start="switch.belt", speed=NUMBER), ("switch.belt", NUMBER)),
        (Roles(stop=NUMBER, speed=NUMBER), (NUMBER,)),
    ],
)
def test_every_role_that_can_stop_the_belt_is_told_the_owners_choice_first(
    roles: Roles, stops: tuple[str, ...]
) -> None:
    """Red when a start that is a button is pressed to stop, or one is told twice."""
    assert roles.stops == stops


@pytest.mark.parametrize(
    ("state", "there"), [("off", True), ("unknown", True), ("unavailable", False), (None, False)]
)
def test_a_stop_that_is_unavailable_hears_nothing(
    hass: HomeAssistant,
    state: str | None,
    there: bool,  # noqa: FBT001
) -> None:
    """A button that was never pressed is unknown, and hears. Red when that is taken for dead."""
    if state is not None:
        hass.states.async_set("button.stop", state)
    assert is_there(hass.states.get("button.stop")) is there
    assert can_stop(hass, Roles(stop="button.stop")) is there


def test_one_stop_that_hears_is_enough(hass: HomeAssistant) -> None:
    """Red when the owner's choice alone counts, or a speed that cannot stop the belt does."""
    roles = Roles(stop="button.stop", speed=NUMBER)
    hass.states.async_set("button.stop", "unavailable")
    says(hass, NUMBER, 2, "km/h", min=0.5)
    assert not can_stop(hass, roles)
    says(hass, NUMBER, 2, "km/h", min=0)
    assert can_stop(hass, roles)
    says(hass, NUMBER, "unavailable", "km/h", min=0)
    assert not can_stop(hass, roles)
    assert not can_stop(hass, Roles(speed_sensor=SPEED))


def test_every_entity_that_is_named_is_listened_to_once() -> None:
    roles = Roles(
        speed=NUMBER,
        incline=INCLINE,
        start="switch.belt",
        stop="switch.belt",
        speed_sensor=SPEED,
        power_sensor=WATTS,
        plug="switch.plug",
        connect="switch.connection",
    )
    assert sorted(roles.entities) == sorted(
        [NUMBER, INCLINE, "switch.belt", SPEED, WATTS, "switch.plug", "switch.connection"]
    )
    assert roles.sensors == (SPEED, WATTS)
    assert Roles().entities == Roles().sensors == ()
