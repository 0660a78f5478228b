"""What a gym has learnt of its belt, and what a restart has to know of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class Failing(StrEnum):
    """Why a belt is left to its owner."""

    START = "start"
    """Its start was accepted and did nothing."""
    SPEED = "speed"
    """So was its speed."""
    UNFIT = "unfit"
    """Its number is too coarse, too fast or in another unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeltProfile:
    """What is known of a belt; kept on disk."""

    of: str = ""
    """The treadmill that it is known of, by its roles: of another one nothing is known."""
    moved: bool = False
    """It may be running because of us."""
    stood_after_s: tuple[float, ...] = ()
    """How long it took to stand, the last few times."""
    failing: frozenset[Failing] = frozenset()
    tested: datetime | None = None
    """When its stop was tested last."""
    passed: bool | None = None
    """Whether it passed; None: never tested."""

    @property
    def learnt_s(self) -> float | None:
        """Return how long it may take to stand; None until measured."""
        return max(self.stood_after_s, default=None)

    def known_of(self, of: str) -> BeltProfile:
        """Return what is known of this treadmill; of another one, only that it was moved."""
        return self if self.of == of else BeltProfile(of=of, moved=self.moved)

    def stood(self, seconds: float) -> BeltProfile:
        """Return the profile after one more measured stop."""
        return replace(self, stood_after_s=(*self.stood_after_s[-4:], round(seconds, 2)))

    def as_dict(self) -> dict[str, Any]:
        """Return the profile as plain JSON values."""
        return {
            "of": self.of,
            "moved": self.moved,
            "stood_after_s": list(self.stood_after_s),
            "failing": sorted(self.failing),
            "tested": self.tested.isoformat() if self.tested else None,
            "passed": self.passed,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> BeltProfile:
        """Return the profile that `as_dict` wrote; raises KeyError, TypeError, ValueError."""
        tested, passed = data["tested"], data["passed"]
        if tested is not None and (tested := datetime.fromisoformat(tested)).tzinfo is None:
            raise ValueError(f"no instant: {tested}")
        return cls(
            of=str(data["of"]),
            moved=bool(data["moved"]),
            stood_after_s=tuple(float(each) for each in data["stood_after_s"]),
            failing=frozenset(Failing(each) for each in data["failing"]),
            tested=tested,
            passed=None if passed is None else bool(passed),
        )
