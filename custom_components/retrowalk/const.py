"""The one name that every room needs."""

from typing import Final

DOMAIN: Final = "retrowalk"
