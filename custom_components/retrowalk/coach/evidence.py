"""From what was measured to what counts.

Rules of this file:
1. A belt that is not measured to run stands still; whoever reads its sensors knows which it is.
2. A standstill counts for nothing, from its first instant on.
3. One that is over within the grace, while the walk goes on, is none: sensors stutter, and who
   starts a belt by hand says go a moment before or after. Where the belt is started for the walker,
   it is known to have stood at first, and that is a standstill however short.
"""

from datetime import timedelta
from typing import Final

GRACE: Final = timedelta(seconds=5)

type Stretches = tuple[tuple[timedelta, timedelta], ...]
"""Stretches of time from a start to an end, in order, none touching another."""


def counted(
    walked: Stretches, standstills: Stretches, *, start_grace: timedelta = GRACE
) -> Stretches:
    """Return what counts of the time that a plan calls walked.

    `start_grace` is the grace of a standstill with which a stretch begins.
    """
    found: list[tuple[timedelta, timedelta]] = []
    for begin, end in walked:
        at = begin
        for still_from, still_to in standstills:
            start, stop = max(begin, still_from), min(end, still_to)
            grace = start_grace if start == begin else GRACE
            was_none = stop - start < grace and still_to < end
            if was_none or stop <= start:
                continue
            if at < start:
                found.append((at, start))
            at = stop
        if at < end:
            found.append((at, end))
    return tuple(found)
