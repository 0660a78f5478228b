"""What the visitor is told instead of a traceback."""


class DemoError(Exception):
    """Something went wrong; the message says what, in words for the visitor."""


class RefusedError(DemoError):
    """Home Assistant answered, and the answer is no; the message is its own."""
