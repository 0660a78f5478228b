"""Sensors of a runner. State alone moves with a phase; the rest when a walk ends."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfEnergy,
    UnitOfLength,
    UnitOfRatio,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .coach.day import Kinds
from .coach.ledger import evidence_of
from .coach.session import State
from .entity import GymEntity, RunnerView, add_entities
from .home import RetrowalkConfigEntry
from .messages import reason_text
from .runner import Runner, RunnerSnapshot

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class RunnerSensorDescription(SensorEntityDescription):
    """A sensor and what it reads from the snapshot."""

    value: Callable[[RunnerSnapshot], StateType | datetime]
    attributes: Callable[[RunnerSnapshot], dict[str, Any]] | None = None
    since_week_start: bool = False


def _minutes(time: timedelta) -> float:
    return round(time.total_seconds() / 60, 3)


def _session_attributes(snapshot: RunnerSnapshot) -> dict[str, Any]:
    if (view := snapshot.session) is None:
        return {}
    phase, then = view.position.phase, view.next_phase
    return {
        "kind": view.session.plan.kind,
        "rehearsal": view.session.rehearsal,
        "phase": phase.name if phase else None,
        "phase_ends": view.ends,
        "session_ends": view.session_ends,
        "next_phase": then.name if then else None,
        "bout": phase.bout if phase else None,
        "speed": view.position.speed_kmh,
        "grade": phase.grade_percent if phase else None,
        "hands": phase.hands if phase else None,
        "reason": view.reason,
        "resumed_after": round(view.gap.total_seconds()) if view.gap is not None else None,
        "evidence": evidence_of(view.session),
    }


def _advice_attributes(snapshot: RunnerSnapshot) -> dict[str, Any]:
    advice = snapshot.outlook.advice
    return {
        "minutes": advice.minutes,
        "level": advice.level,
        "is_due": advice.is_due,
        "from_day": advice.from_day,
        "reasons": advice.reasons,
        "changes": advice.changes,
    }


SENSORS: Final = (
    RunnerSensorDescription(
        key="state",
        device_class=SensorDeviceClass.ENUM,
        options=[each.value for each in State],
        value=lambda snapshot: snapshot.state,
        attributes=_session_attributes,
    ),
    RunnerSensorDescription(
        key="phase_ends",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value=lambda snapshot: snapshot.session.ends if snapshot.session else None,
    ),
    RunnerSensorDescription(
        key="session_ends",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value=lambda snapshot: snapshot.session.session_ends if snapshot.session else None,
    ),
    RunnerSensorDescription(
        key="weekly_minutes",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        since_week_start=True,
        value=lambda snapshot: _minutes(snapshot.week.backward),
    ),
    RunnerSensorDescription(
        key="weekly_goal_progress",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        value=lambda snapshot: round(
            100 * _minutes(snapshot.week.backward) / snapshot.weekly_goal, 1
        ),
    ),
    RunnerSensorDescription(
        key="sessions_this_week",
        state_class=SensorStateClass.TOTAL,
        since_week_start=True,
        value=lambda snapshot: snapshot.week.sessions,
    ),
    RunnerSensorDescription(
        key="streak",
        value=lambda snapshot: snapshot.streak,
    ),
    RunnerSensorDescription(
        key="lifetime_minutes",
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        value=lambda snapshot: _minutes(snapshot.lifetime.backward),
    ),
    RunnerSensorDescription(
        key="level",
        value=lambda snapshot: snapshot.outlook.standing.level,
    ),
    RunnerSensorDescription(
        key="advice",
        device_class=SensorDeviceClass.ENUM,
        options=[each.value for each in Kinds],
        value=lambda snapshot: snapshot.outlook.advice.kind,
        attributes=_advice_attributes,
    ),
    RunnerSensorDescription(
        key="energy_this_week",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_CALORIE,
        state_class=SensorStateClass.TOTAL,
        entity_registry_enabled_default=False,
        since_week_start=True,
        value=lambda snapshot: snapshot.worth.kcal,
        attributes=lambda snapshot: {"is_least": snapshot.worth.kcal_is_least},
    ),
    RunnerSensorDescription(
        key="distance_this_week",
        device_class=SensorDeviceClass.DISTANCE,
        native_unit_of_measurement=UnitOfLength.METERS,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        since_week_start=True,
        value=lambda snapshot: snapshot.worth.distance_m,
        attributes=lambda snapshot: {"is_least": snapshot.worth.distance_is_least},
    ),
    RunnerSensorDescription(
        key="last_session",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda snapshot: snapshot.last_session,
    ),
)


_REASONS: Final = {"reasons", "changes"}
"""Attributes that hold reasons, which are shown in words."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: RetrowalkConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors."""
    add_entities(
        entry,
        async_add_entities,
        of_gym=[TimeToStillSensor(entry, "time_to_still")],
        of_runner=lambda runner: [RunnerSensor(entry, runner, each) for each in SENSORS],
    )


class TimeToStillSensor(GymEntity, SensorEntity):
    """How long the belt took to stand when it was stopped last."""

    _attr_device_class = SensorDeviceClass.DURATION
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_native_unit_of_measurement = UnitOfTime.SECONDS

    async def async_added_to_hass(self) -> None:
        """Follow what the gym learns, which is no reason to listen to its sensors."""
        self.async_on_remove(self.gym.treadmill.subscribe_learnt(self.async_write_ha_state))

    @property
    def native_value(self) -> int | None:
        """Return whole seconds; unknown until a stop was measured."""
        return self.gym.snapshot.time_to_still_s


class RunnerSensor(RunnerView, SensorEntity):
    """One figure of a runner's snapshot."""

    entity_description: RunnerSensorDescription
    _unrecorded_attributes = frozenset(
        {
            "kind",
            "rehearsal",
            "phase",
            "phase_ends",
            "session_ends",
            "next_phase",
            "bout",
            "speed",
            "grade",
            "hands",
            "reason",
            "resumed_after",
            "evidence",
            "minutes",
            "level",
            "is_due",
            "from_day",
            "reasons",
            "changes",
            "is_least",
        }
    )

    def __init__(
        self, entry: RetrowalkConfigEntry, runner: Runner, description: RunnerSensorDescription
    ) -> None:
        """Name it by its figure."""
        super().__init__(entry, runner, description.key)
        self.entity_description = description

    @property
    def native_value(self) -> StateType | datetime:
        """Return the figure."""
        return self.entity_description.value(self.runner.snapshot)

    @property
    def last_reset(self) -> datetime | None:
        """Return the start of the runner's week where the figure begins anew with it."""
        if not self.entity_description.since_week_start:
            return None
        return self.runner.snapshot.week_starts

    @property
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return what belongs to the state; not recorded."""
        if (attributes := self.entity_description.attributes) is None:
            return None
        found = attributes(self.runner.snapshot)
        for name in _REASONS & found.keys():
            found[name] = [reason_text(self.hass, each) for each in found[name]]
        return found
