"""`script/demo`: its arguments, and the two things that it does."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
import itertools
from pathlib import Path
import shutil
import signal
import sys
import tempfile
import time

from .api import Api
from .entities import Retrowalk
from .errors import DemoError
from .furnish import NAMES, furnish, onboard
from .home import REPOSITORY, RESTART_EXIT_CODE, Home, free_port, is_free
from .walk import KINDS, walk

DEFAULT_PORT = 8123
INTERRUPTED = 130

READY = """
Ready: {url}
You are signed in as Ann; there is no password.

Four things to try:
  1. Press "Warm-up" on Ben's card. The lights go on and the path is checked. Press Go: the
     belt starts, and follows the plan. At the turn it stops, and nothing goes on without another
     Go. Six minutes later, or sooner with "Skip phase", the backward minutes are in his week.
  2. Switch on "Box on the floor" and start again: it says what is in the way and waits. Switch it
     off, and it is ready for your Go.
  3. Do the same in the middle of a walk: the belt stops and the session pauses. Press Go, or
     "Stop everything".
  4. Choose a misbehaviour of the treadmill in the middle of a walk, or pull its clip, and see what
     Retrowalk makes of it.

Ctrl-C stops it. The next script/demo goes on from here; script/demo --fresh starts over.
"""


def main() -> int:
    """Run the demo; returns the exit code."""
    arguments = _arguments()
    try:
        return asyncio.run(_run(arguments))
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except asyncio.CancelledError, KeyboardInterrupt:
        return INTERRUPTED


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="script/demo",
        description="A real Home Assistant on this machine, with a gym and two runners in it.",
    )
    parser.add_argument("--port", type=_port, help=f"where to listen (default {DEFAULT_PORT})")
    parser.add_argument("--dir", type=Path, help="the demo's folder (default .demo)")
    parser.add_argument("--fresh", action="store_true", help="forget the last visit, start over")
    parser.add_argument(
        "--walk",
        choices=KINDS,
        help="without a browser: rehearse this session in a home of its own and check the figures",
    )
    parser.add_argument("--real", action="store_true", help="with --walk: at true pace")
    arguments = parser.parse_args()
    if arguments.real and not arguments.walk:
        parser.error("--real goes with --walk")
    if arguments.walk and (arguments.dir or arguments.fresh):
        parser.error("--walk makes a home of its own: leave --dir and --fresh away")
    return arguments


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text} is no port; one is a number from 1 to 65535")
    return int(text)


async def _run(arguments: argparse.Namespace) -> int:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("to be run by asyncio.run")
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(signum, task.cancel)
    if arguments.walk:
        await _walk(arguments)
    else:
        await _visit(arguments)
    return 0


# --- the two things ------------------------------------------------------


async def _visit(arguments: argparse.Namespace) -> None:
    """Keep a Home Assistant running for a visitor, until Ctrl-C."""
    wanted = arguments.port or DEFAULT_PORT
    port = wanted if is_free(wanted) else next(filter(is_free, itertools.count(wanted + 1)))
    home = Home((arguments.dir or REPOSITORY / ".demo").resolve(), port)
    home.take()
    if port != wanted:
        if arguments.port:
            raise DemoError(f"Port {wanted} is not free. Name another one with --port.")
        _say(f"Port {wanted} is not free; this demo uses {port}.")
    if home.is_outdated:
        _say("What is in the folder comes from an older demo; this one starts over.")
    if arguments.fresh or not home.is_furnished:
        home.empty()
    while True:
        _say("Starting Home Assistant")
        async with home.running(), _signed_in(home):
            print(READY.format(url=home.url), flush=True)
            try:
                exit_code = await home.wait()
            except asyncio.CancelledError:
                _say("Stopping Home Assistant")
                return
        if exit_code != RESTART_EXIT_CODE:
            raise DemoError(f"Home Assistant ended by itself; its log is in {home.folder}.")
        _say("Home Assistant restarts, as somebody asked it to")


async def _walk(arguments: argparse.Namespace) -> None:
    """Walk one session in a home that is there for it alone."""
    port = arguments.port or free_port()
    if not is_free(port):
        raise DemoError(f"Port {port} is not free. Name another one, or none.")
    with _folder_for_once() as folder:
        home = Home(folder, port)
        home.take()
        _say("Starting Home Assistant")
        async with home.running(), _signed_in(home) as api:
            retrowalk = await Retrowalk.find(api, NAMES)
            await walk(api, retrowalk, arguments.walk, real=arguments.real)


@asynccontextmanager
async def _signed_in(home: Home) -> AsyncIterator[Api]:
    """A signed-in connection to a Home Assistant that is complete; furnishes it once."""
    async with Api(home.url) as api:
        if not home.is_furnished:
            await onboard(api)
        await api.sign_in()
        await home.until_running(api)
        if not home.is_furnished:
            await furnish(api, _say)
            home.furnished()
        yield api


@contextmanager
def _folder_for_once() -> Iterator[Path]:
    """A folder that is deleted afterwards; its logs stay if something went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="retrowalk-demo-"))
    try:
        yield folder
    except Exception:
        _delete(folder, keep="*.log")
        print(f"The log is in {folder}.", file=sys.stderr)
        raise
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _delete(folder: Path, *, keep: str) -> None:
    """Delete everything directly in `folder` except the files that match `keep`."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif not path.match(keep):
            path.unlink()


_STARTED = time.monotonic()


def _say(line: str) -> None:
    print(f"{time.monotonic() - _STARTED:5.1f} s  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
