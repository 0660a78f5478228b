"""Who calls: whether a person stands behind it, and whether it asked several runners at once."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from homeassistant.core import Context, HomeAssistant


async def is_person(hass: HomeAssistant, context: Context) -> bool:
    """Return whether an active user who is no system user stands behind a call.

    An automation's call carries no user.
    """
    if context.user_id is None:
        return False
    user = await hass.auth.async_get_user(context.user_id)
    return user is not None and user.is_active and not user.system_generated


@dataclass(slots=True)
class SharedCall:
    """A call that may have asked several runners at once, as for a whole area.

    Home Assistant calls each entity by itself; only the context tells that it was one call.
    `answered` is the runner who did what was asked; the others refuse in silence then, so that the
    owner's automation goes on.
    """

    waiting: int = 0
    answered: object | None = None

    async def everybody_asked(self) -> None:
        """Wait until every runner of this call has joined it: all are called in one turn."""
        await asyncio.sleep(0)


class SharedCalls:
    """The calls that are not answered by everybody yet."""

    def __init__(self) -> None:
        """None yet."""
        self._calls: dict[str, SharedCall] = {}

    @contextmanager
    def join(self, context: Context) -> Iterator[SharedCall]:
        """Take part in a call until it is answered."""
        call = self._calls.setdefault(context.id, SharedCall())
        call.waiting += 1
        try:
            yield call
        finally:
            call.waiting -= 1
            if not call.waiting:
                del self._calls[context.id]
