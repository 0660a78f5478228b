"""Conditions for the automation editor: what is so of a session, a path, a week."""

from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, Final, override

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityConditionBase

from .coach.session import State as Session
from .entity import with_key
from .trigger import PHASES

WALKING: Final = PHASES | {Session.GET_READY.value}
MET_PERCENT: Final = 100


class _Condition(EntityConditionBase):
    """A condition that looks at one kind of our entities, told apart by its key."""

    _key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the entities of this kind: a device has others of the same domain."""
        return with_key(self._hass, super().entity_filter(entities), self._key)


def _make(domain: str, key: str, holds: Callable[[State], bool]) -> type[Condition]:
    """Return a condition on an entity of a key."""

    class _Made(_Condition):
        _domain_specs = {domain: DomainSpec()}
        _key = key

        @override
        def is_valid_state(self, entity_state: State) -> bool:
            """Return whether it is so."""
            return holds(entity_state)

    return _Made


def _is_met(state: State) -> bool:
    with suppress(ValueError):
        return float(state.state) >= MET_PERCENT
    return False


CONDITIONS: Final[dict[str, type[Condition]]] = {
    "is_walking": _make("sensor", "state", lambda state: state.state in WALKING),
    "is_paused": _make("sensor", "state", lambda state: state.state == Session.PAUSED),
    "is_due": _make("sensor", "advice", lambda state: state.attributes.get("is_due") is True),
    "is_running_day": _make("binary_sensor", "running_day", lambda state: state.state == STATE_ON),
    "is_goal_met": _make("sensor", "weekly_goal_progress", _is_met),
    "is_path_clear": _make("binary_sensor", "path", lambda state: state.state == STATE_OFF),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions, whether or not a gym is loaded."""
    return CONDITIONS
