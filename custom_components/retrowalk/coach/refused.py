"""The one error of the coach: a refusal with a reason a person can read."""

from collections.abc import Mapping


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """The coach says no.

    `reason` is the key of the translated text (exceptions.<reason>.message), `figures` fill its
    placeholders. Whoever talks to a person translates both; nothing has changed when it is raised.
    """

    def __init__(self, reason: str, **figures: object) -> None:
        """Keep the reason and the figures that explain it."""
        super().__init__(reason, figures)
        self.reason = reason
        self.figures: Mapping[str, str] = {name: str(value) for name, value in figures.items()}
