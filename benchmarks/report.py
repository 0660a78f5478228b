"""What was measured, and what must hold of it."""

from dataclasses import asdict, dataclass
import os
from pathlib import Path
import platform
from typing import Any, Final

from homeassistant.const import __version__

from . import by_hand, ours
from .by_hand import Ability
from .sessions import KINDS, Stretch, Walked, name
from .setups import YEARS, SetUps

ROWS_SHARE: Final = 0.25
LONG_PAST_RATIO: Final = 1.5
WEEKLY_RATIO: Final = 1.5
"""O(1), with room for the noise of microseconds; a total over the ledger would be 1,000."""
END_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MustHold:
    """One thing that has to be so."""

    what: str
    limit: str
    measured: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it."""

    machine: str
    sessions: dict[str, Walked]
    setups: SetUps
    errors: list[str]
    """What Home Assistant logged as an error meanwhile."""

    def must_hold(self) -> list[MustHold]:
        """Return what has to be so, and whether it is."""
        return [*self._rows(), *self._set_up(), self._weekly_total(), *self._ends(), self._log()]

    def _rows(self) -> list[MustHold]:
        theirs = self.sessions[name(by_hand.NAME, Ability.NO_BELT)]
        own = self.sessions[name(ours.NAME, Ability.NO_BELT)]
        idle = max(
            len(each.idle.own) for who, each in self.sessions.items() if who.startswith(ours.NAME)
        )
        return [
            *(
                MustHold(
                    what=f"own rows of a {kind.replace('_', '-')} session",
                    limit=f"{ROWS_SHARE:g} x {len(theirs.sessions[kind].own)}",
                    measured=str(len(own.sessions[kind].own)),
                    holds=len(own.sessions[kind].own)
                    <= ROWS_SHARE * len(theirs.sessions[kind].own),
                )
                for kind in KINDS
            ),
            MustHold(
                what="own rows of an idle hour", limit="0", measured=str(idle), holds=idle == 0
            ),
        ]

    def _set_up(self) -> list[MustHold]:
        setups = self.setups
        theirs, own = setups.net_by_hand(1).cpu_ms, setups.net_ours(1, 0).cpu_ms
        empty, long = setups.net_ours(2, 0).cpu_ms, setups.net_ours(2, YEARS[-1]).cpu_ms
        return [
            MustHold(
                what="set-up, 1 runner, empty ledger",
                limit=f"by hand: {theirs:.1f} ms",
                measured=f"{own:.1f} ms",
                holds=own <= theirs,
            ),
            MustHold(
                what=f"set-up, 2 runners, {YEARS[-1]} years",
                limit=f"{LONG_PAST_RATIO:g} x {empty:.1f} ms",
                measured=f"{long:.1f} ms ({long / empty:.2f} x)",
                holds=long <= LONG_PAST_RATIO * empty,
            ),
        ]

    def _weekly_total(self) -> MustHold:
        cost = {years: self.setups.ours[1, years].weekly_us or 0 for years in YEARS}
        ratio = cost[YEARS[-1]] / cost[YEARS[0]]
        return MustHold(
            what=f"weekly total, {YEARS[-1]} years to none",
            limit=f"O(1): {WEEKLY_RATIO:g} x",
            measured=f"{ratio:.2f} x",
            holds=ratio <= WEEKLY_RATIO,
        )

    def _ends(self) -> list[MustHold]:
        most = max(each.end for each in self.setups.ends.values())
        return [
            MustHold(
                what="written at a session's end, whatever the past",
                limit=f"{END_BYTES / 1024:.0f} KiB",
                measured=f"{most / 1024:.1f} KiB",
                holds=most <= END_BYTES,
            )
        ]

    def _log(self) -> MustHold:
        return MustHold(
            what="errors that Home Assistant logged meanwhile",
            limit="0",
            measured=str(len(self.errors)),
            holds=not self.errors,
        )

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain JSON values."""
        return {
            "machine": self.machine,
            "sessions": {
                who: {
                    "sessions": {kind: _stretch(each) for kind, each in walked.sessions.items()},
                    "idle_hour": _stretch(walked.idle),
                }
                for who, walked in self.sessions.items()
            },
            "set_up": {
                "by_hand": {people: asdict(cost) for people, cost in self.setups.by_hand.items()},
                "by_hand_domains_alone": asdict(self.setups.by_hand_alone),
                "ours": [
                    {"runners": people, "years": years, **asdict(cost)}
                    for (people, years), cost in self.setups.ours.items()
                ],
                "ours_domains_alone": asdict(self.setups.ours_alone),
            },
            "bytes_of_a_session": {years: asdict(e) for years, e in self.setups.ends.items()},
            "must_hold": [asdict(each) for each in self.must_hold()],
            "errors": self.errors,
        }


def _stretch(stretch: Stretch) -> dict[str, Any]:
    return {"own_rows": len(stretch.own), **asdict(stretch)}


def machine() -> str:
    """Return the kind of this machine; nothing that tells one from another of its kind."""
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2] for line in lines if line.startswith("model name"))
    except OSError, StopIteration:
        pass
    return (
        f"{' '.join(model.split())}, {os.cpu_count()} CPUs, {platform.system()}, "
        f"Python {platform.python_version()}, Home Assistant {__version__}"
    )
