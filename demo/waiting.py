"""Waiting for what nobody announces: ask again and again, with a deadline."""

import asyncio
from collections.abc import Awaitable, Callable

EVERY = 0.1


async def until[T](ask: Callable[[], Awaitable[T | None]], *, within: float) -> T:
    """The first answer that counts as true; raises TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            if answer := await ask():
                return answer
            await asyncio.sleep(EVERY)
