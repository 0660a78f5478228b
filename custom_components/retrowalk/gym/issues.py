"""The repair issues of one gym: what its owner has to see to, and when it is seen to."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from .path import Blocker, BlockerReason
from .profile import BeltProfile

STUCK_AFTER: Final = timedelta(hours=12)
"""A sensor that has been in the way for so long without a change may be at fault [CJ]."""
TEST_EVERY: Final = timedelta(days=30)


class Issues:
    """Raises and withdraws the issues of one gym."""

    def __init__(self, hass: HomeAssistant, gym_id: str) -> None:
        """None is raised yet."""
        self._hass = hass
        self._gym_id = gym_id
        self._missing: set[str] = set()
        self._stuck: set[str] = set()

    @property
    def any_missing(self) -> bool:
        """Return whether an entity was gone when it was looked for last."""
        return bool(self._missing)

    @property
    def any_stuck(self) -> bool:
        """Return whether a sensor that never clears is reported."""
        return bool(self._stuck)

    @callback
    def missing(self, gym: str, missing: Mapping[str, str]) -> None:
        """Have one issue for each entity that is gone, by the key of its text, and no other."""
        for entity_id, key in missing.items():
            self._raise("entity_missing", key, {"entity": entity_id, "gym": gym}, entity_id)
        for entity_id in self._missing - missing.keys():
            self._withdraw("entity_missing", entity_id)
        self._missing = set(missing)

    @callback
    def stuck(self, gym: str, blockers: Iterable[Blocker], now: datetime) -> None:
        """Report the sensors that keep every walk from starting, hour after hour.

        A person decides whether one is left out: nobody else can know what lies there.
        """
        for each in blockers:
            is_obstacle = each.reason is BlockerReason.OBSTRUCTED
            if is_obstacle and each.since is not None and now - each.since > STUCK_AFTER:
                self._stuck.add(each.entity_id)
                named = {"entity": each.name, "gym": gym}
                self._raise("sensor_stuck", "sensor_stuck", named, each.entity_id, is_fixable=True)

    @callback
    def cleared(self, blockers: Iterable[Blocker]) -> None:
        """Withdraw what was said of a sensor that has cleared or is not watched any more."""
        blocked = {each.entity_id for each in blockers}
        for entity_id in self._stuck - blocked:
            self._withdraw("sensor_stuck", entity_id)
        self._stuck &= blocked

    @callback
    def belt(self, gym: str, profile: BeltProfile) -> None:
        """Say while the belt is not moved because a command did nothing."""
        if profile.failing:
            self._raise("belt_failing", "belt_failing", {"gym": gym}, is_fixable=True)
        else:
            self._withdraw("belt_failing")

    @callback
    def stop_test(self, gym: str, profile: BeltProfile, now: datetime, *, wanted: bool) -> None:
        """Remind of the test of the stop where one is wanted: monthly, and when it has failed."""
        is_due = profile.tested is None or now - profile.tested > TEST_EVERY
        if wanted and profile.passed is False:
            self._raise("stop_test", "stop_test_failed", {"gym": gym})
        elif wanted and is_due:
            self._raise("stop_test", "stop_test_due", {"gym": gym})
        else:
            self._withdraw("stop_test")

    @callback
    def close(self) -> None:
        """Withdraw all of them."""
        self.missing("", {})
        self.cleared(())
        self._withdraw("belt_failing")
        self._withdraw("stop_test")

    def _raise(
        self,
        name: str,
        key: str,
        placeholders: dict[str, str],
        entity_id: str | None = None,
        *,
        is_fixable: bool = False,
    ) -> None:
        """Raise an issue of the gym, or of one of its entities."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._id(name, entity_id),
            is_fixable=is_fixable,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders=placeholders,
            data={"key": key, "entry_id": self._gym_id, "entity_id": entity_id},
        )

    def _withdraw(self, name: str, entity_id: str | None = None) -> None:
        ir.async_delete_issue(self._hass, DOMAIN, self._id(name, entity_id))

    def _id(self, name: str, entity_id: str | None) -> str:
        return "_".join(each for each in (name, self._gym_id, entity_id) if each)
