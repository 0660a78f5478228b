"""The report as Markdown that reads well in a terminal too."""

from collections.abc import Iterable, Iterator, Sequence

from homeassistant.util import dt as dt_util

from . import by_hand, ours
from .by_hand import Ability
from .report import Report
from .sessions import KINDS, OWN_PLAN, Stretch, name
from .setups import RUNNERS, YEARS

NOT_YET = "not yet"
NOTHING = "-"


def render(report: Report) -> str:
    """Return all tables."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"On {report.machine}."
    yield from _section("What must hold", _must_hold(report))
    yield from _section("Rows in the recorder's database", _rows(report))
    yield from _section("What each of our rows is for", _our_rows(report))
    yield from _section("One session, no belt", _sessions(report))
    yield from _section("Set-up", _setups(report))
    theirs, own = report.setups.by_hand_alone, report.setups.ours_alone
    yield ""
    yield (
        "Without what the same start costs with their domains and nothing in them:"
        f" {theirs.cpu_ms:.1f} ms and {_kib(theirs.memory_bytes)} KiB by hand,"
        f" {own.cpu_ms:.1f} ms and {_kib(own.memory_bytes)} KiB for Retrowalk's."
    )
    yield from _section("Bytes that a dedicated session writes to our files", _bytes(report))


def _section(title: str, table: Iterable[Sequence[str]]) -> Iterator[str]:
    yield ""
    yield f"### {title}"
    yield ""
    rows = list(table)
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    rows.insert(1, ["-" * width for width in widths])
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(cells)} |"


def _must_hold(report: Report) -> Iterator[Sequence[str]]:
    yield "", "what", "limit", "measured"
    for each in report.must_hold():
        yield "pass" if each.holds else "FAIL", each.what, each.limit, each.measured


def _rows(report: Report) -> Iterator[Sequence[str]]:
    yield (
        "",
        "",
        "own: by hand",
        "Retrowalk",
        "ratio",
        "calls and foreign: by hand",
        "Retrowalk",
        "statistics: by hand",
        "Retrowalk",
    )
    for kind in (*KINDS, None):
        for ability in Ability:
            theirs = _stretch(report, by_hand.NAME, ability, kind)
            own = _stretch(report, ours.NAME, ability, kind)
            if theirs is None:
                continue
            yield (
                _title(kind),
                ability,
                str(len(theirs.own)),
                NOT_YET if own is None else str(len(own.own)),
                NOTHING if own is None else _ratio(len(own.own), len(theirs.own)),
                _foreign(theirs),
                NOT_YET if own is None else _foreign(own),
                str(theirs.own.statistics),
                NOT_YET if own is None else str(own.own.statistics),
            )
        if own := _stretch(report, ours.NAME, OWN_PLAN, kind):
            yield (
                _title(kind, planned=True),
                Ability.NO_BELT,
                NOTHING,
                str(len(own.own)),
                NOTHING,
                NOTHING,
                _foreign(own),
                NOTHING,
                str(own.own.statistics),
            )


def _our_rows(report: Report) -> Iterator[Sequence[str]]:
    yield "entity", "state", "for"
    walked = report.sessions[name(ours.NAME, Ability.NO_BELT)]
    for entity_id, state in walked.sessions["dedicated"].own.states:
        shown = "a time" if dt_util.parse_datetime(state) else state
        yield entity_id, shown, ours.PURPOSES.get(walked.keys[entity_id], "?")
    for event_type, entity_id in walked.sessions["dedicated"].own.events:
        yield entity_id, event_type, "?"


def _sessions(report: Report) -> Iterator[Sequence[str]]:
    yield "", "", "by hand", "Retrowalk", "ratio", "Retrowalk, its own plan"
    for kind in (*KINDS, None):
        theirs = _stretch(report, by_hand.NAME, Ability.NO_BELT, kind)
        own = _stretch(report, ours.NAME, Ability.NO_BELT, kind)
        planned = _stretch(report, ours.NAME, OWN_PLAN, kind)
        if theirs is None or own is None or planned is None:
            continue
        three = (theirs, own, planned)
        # Where nothing was done, the noise of what an empty home takes is left, of either sign.
        cpu = [max(0, each.cpu_ms) for each in three]
        yield _title(kind), "loop CPU, ms", *_compared(cpu, ".1f")
        yield (
            "",
            "files of its own, KiB",
            *_compared([each.storage_bytes / 1024 for each in three], ".1f"),
        )
        yield (
            "",
            "growth of the database, KiB",
            *_compared([each.database_bytes / 1024 for each in three], ".0f"),
        )
        written = [each.disk_bytes for each in three]
        yield (
            "",
            "handed to the disk in all, KiB",
            *_compared([each / 1024 if each is not None else None for each in written], ".0f"),
        )


def _setups(report: Report) -> Iterator[Sequence[str]]:
    yield (
        "runners",
        "past",
        "loop CPU, ms: by hand",
        "Retrowalk",
        "ratio",
        "memory, KiB: by hand",
        "Retrowalk",
        "ratio",
        "weekly total, us: by hand",
        "Retrowalk",
    )
    for people in RUNNERS:
        theirs = report.setups.net_by_hand(people)
        for years in YEARS:
            own = report.setups.net_ours(people, years)
            yield (
                str(people),
                _past(years),
                f"{theirs.cpu_ms:.1f}",
                f"{own.cpu_ms:.1f}",
                _ratio(own.cpu_ms, theirs.cpu_ms),
                _kib(theirs.memory_bytes),
                _kib(own.memory_bytes),
                _ratio(own.memory_bytes, theirs.memory_bytes),
                NOTHING if theirs.weekly_us is None else f"{theirs.weekly_us:.0f}",
                NOTHING if own.weekly_us is None else f"{own.weekly_us:.1f}",
            )


def _bytes(report: Report) -> Iterator[Sequence[str]]:
    yield "past", "whole session, KiB", "its end, KiB"
    for years, each in report.setups.ends.items():
        yield _past(years), f"{each.session / 1024:.1f}", f"{each.end / 1024:.1f}"


def _stretch(report: Report, who: str, how: str, kind: str | None) -> Stretch | None:
    """Return a session, or the idle hour; None where nobody walked like that."""
    walked = report.sessions.get(name(who, how))
    if walked is None:
        return None
    return walked.idle if kind is None else walked.sessions[kind]


def _title(kind: str | None, *, planned: bool = False) -> str:
    if kind is None:
        return "idle hour" + (" after its own plan" if planned else "")
    if planned:
        phases, minutes = ours.own_phases(kind), ours.own_length(kind) / 60
        return f"{kind.replace('_', '-')}, its own plan: {phases} phases, {minutes:.0f} min"
    return f"{kind.replace('_', '-')}, {sum(by_hand.PHASES[kind]) // 60} min"


def _foreign(stretch: Stretch) -> str:
    return f"{stretch.calls} + {stretch.foreign_rows}"


def _compared(three: Sequence[float | None], form: str) -> Iterator[str]:
    theirs, own, planned = three
    yield NOTHING if theirs is None else format(theirs, form)
    yield NOTHING if own is None else format(own, form)
    yield NOTHING if own is None or theirs is None else _ratio(own, theirs)
    yield NOTHING if planned is None else format(planned, form)


def _ratio(own: float, theirs: float) -> str:
    return NOTHING if theirs <= 0 else f"{own / theirs:.2f}"


def _kib(size: float) -> str:
    return f"{size / 1024:,.0f}"


def _past(years: int) -> str:
    return "none" if not years else f"{years} year{'s' if years > 1 else ''}"
