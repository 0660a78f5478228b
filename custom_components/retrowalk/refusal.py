"""Refusals: a reason that Home Assistant shows in the user's language."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from homeassistant.exceptions import ServiceValidationError

from .coach.refused import Refused
from .const import DOMAIN

_WORDS: Final = frozenset({"kind", "surface"})
"""Figures of a refusal that are keys of ours, shown as the words they are made of."""


def refusal(reason: str, **figures: object) -> ServiceValidationError:
    """Return a refusal that Home Assistant shows in the user's language."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=reason,
        translation_placeholders={
            name: str(value).replace("_", " ") if name in _WORDS else str(value)
            for name, value in figures.items()
        },
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn the coach's refusal into one that Home Assistant shows."""
    try:
        yield
    except Refused as err:
        raise refusal(err.reason, **err.figures) from err
