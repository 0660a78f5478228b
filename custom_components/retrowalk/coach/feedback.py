"""How a walk felt: what its runner said of it, then and the next morning (training.md 4.1, 4.2).

Scales run from 0 (nothing) to 10 (the most that can be). What nobody said is None, and never taken
for 0. The lights are tighter than the models of the clinics, because nobody supervises.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Final

from .levels import Figure

MOST: Final = 10
"""The upper end of every scale."""
MOST_STUMBLES: Final = 20
MOST_SORE_HOURS: Final = 24 * 30
AMBER_PAIN: Final = Figure(3, "CJ, after V56 V58")
RED_PAIN: Final = Figure(5, "CJ, after V58")
RED_RISE: Final = Figure(2, "V60")
"""So much more pain the next morning than usual."""
SORE_HOLD: Final = Figure(4, "CJ")
SORE_RED: Final = Figure(6, "V62")
"""Soreness above this."""
SORE_HOURS: Final = Figure(72, "V62")
HARD_EFFORT: Final = Figure(7, "CJ")
STUMBLES_HOLD: Final = Figure(2, "CJ")


class Light(StrEnum):
    """What pain says of going on."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a runner said of one walk."""

    effort: int | None = None
    """Session-RPE (V63)."""
    pain: int | None = None
    """The worst during the walk."""
    stumbles: int | None = None
    """Stumbles and grabs for the rails."""
    fall: bool | None = None
    next_pain: int | None = None
    """The next morning."""
    soreness: int | None = None
    """Of muscles, on both sides."""
    sore_hours: int | None = None
    """How long after the walk the soreness was told of."""
    swelling: bool | None = None
    warning_sign: bool | None = None
    """What needs care at once: of heart, breath or head, or a knee that does not bear weight."""

    @property
    def is_answered(self) -> bool:
        """Return whether the next morning was told of."""
        return self.next_pain is not None or bool(self.swelling)

    def but(self, other: Feedback) -> Feedback:
        """Return this with what the other one says in its place."""
        said = {each.name: getattr(other, each.name) for each in fields(other)}
        return replace(self, **{name: it for name, it in said.items() if it is not None})

    def light(self, usual_pain: int = 0) -> Light:
        """Return the light; `usual_pain` is what this runner has anyway."""
        rise = None if self.next_pain is None else self.next_pain - usual_pain
        pain = self.pain
        if self.swelling or (pain is not None and pain >= RED_PAIN.value):
            return Light.RED
        if rise is not None and rise >= RED_RISE.value:
            return Light.RED
        if pain is not None and pain >= AMBER_PAIN.value:
            return Light.AMBER
        return Light.UNKNOWN if pain is None or rise is None else Light.GREEN

    def as_dict(self) -> dict[str, Any]:
        """Return what was said as plain JSON values; what was not said is left out."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: it for name, it in said.items() if it is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Feedback:
        """Return what `as_dict` gave; raises KeyError, TypeError, ValueError where it did not."""
        most = {"stumbles": MOST_STUMBLES, "sore_hours": MOST_SORE_HOURS}
        said: dict[str, Any] = {}
        for each in fields(cls):
            if (value := data.get(each.name)) is None:
                continue
            if each.name in ("fall", "swelling", "warning_sign"):
                if not isinstance(value, bool):
                    raise TypeError(f"{each.name}: {value}")
                said[each.name] = value
            elif 0 <= int(value) <= most.get(each.name, MOST):
                said[each.name] = int(value)
            else:
                raise ValueError(f"{each.name}: {value}")
        return cls(**said)


NOTHING_SAID: Final = Feedback()
