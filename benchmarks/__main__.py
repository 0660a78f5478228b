"""`script/bench`: its arguments, and what it does with a report."""

import argparse
import json
import logging
from pathlib import Path
import sys
import time
from typing import Final

from . import check_clock, sessions, setups, table
from .report import Report, machine

README: Final = Path(__file__).with_name("README.md")
BEGIN: Final = "<!-- written by script/bench --write -->"
END: Final = "<!-- end -->"
EVENINGS: Final = 5
ROUNDS: Final = 6

_STARTED = time.perf_counter()


def main() -> int:
    """Measure, print, and return 0 where all holds that must."""
    parser = argparse.ArgumentParser(
        prog="script/bench",
        description="The cost of Retrowalk beside the same work built by hand.",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print JSON alone")
    output.add_argument("--write", action="store_true", help="and put it into benchmarks/README.md")
    output.add_argument(
        "--check-clock",
        action="store_true",
        help="instead: walk the same two minutes in moved and in real time, and compare the rows",
    )
    arguments = parser.parse_args()
    errors = _Errors()
    logging.basicConfig(level=logging.ERROR, handlers=[errors])
    if arguments.check_clock:
        return check_clock.main(_say)
    report = Report(
        machine=machine(),
        sessions=sessions.measure(EVENINGS, _say),
        setups=setups.measure(ROUNDS, _say),
        errors=errors.lines,
    )
    _say("done")
    if arguments.json:
        print(json.dumps(report.as_json(), indent=2))
    else:
        text = table.render(report)
        print(text)
        if arguments.write:
            _write(text)
    return 0 if all(each.holds for each in report.must_hold()) else 1


class _Errors(logging.Handler):
    """Whatever goes wrong in Home Assistant is shown, and makes the run fail."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")
        print(self.format(record), file=sys.stderr)


def _write(text: str) -> None:
    before, begin, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{README.name} has lost its marks {BEGIN} and {END}")
    README.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def _say(line: str) -> None:
    print(f"{time.perf_counter() - _STARTED:5.1f} s  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
