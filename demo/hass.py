"""Home Assistant, for as long as the process that started it lives.

Run as `python -m demo.hass ARGUMENTS-OF-HASS` with a pipe as standard input that its parent
holds open and never writes to. When the parent is gone, however it went, the pipe ends and so
does Home Assistant.
"""

import os
import signal
import sys
import threading
import time

from homeassistant.__main__ import main

STOP_WITHIN = 15.0
"""Seconds that an orderly stop may take before the process is ended all the same."""


def _end_with_the_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_WITHIN)
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    sys.exit(main())
