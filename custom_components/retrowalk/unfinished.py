"""What is not over of one runner: the walk that goes on, and what was asked and not answered.

Both are kept in one small file, so that a restart finds them. A rehearsal is never here.
"""

from dataclasses import replace
import logging
from typing import Any, Self

from homeassistant.core import HomeAssistant, callback

from .clock import Journal
from .coach.session import Reason, Verb
from .messages import Questions
from .store import DAMAGE, RunningStore

_LOGGER = logging.getLogger(__name__)


class Unfinished:
    """The walk and the questions of one runner that a restart has to find."""

    def __init__(self, hass: HomeAssistant, runner_id: str) -> None:
        """Name the file; nothing is read yet."""
        self._runner_id = runner_id
        self._store = RunningStore(hass, runner_id)
        self._questions = Questions(hass, runner_id, self._keep)
        self._walk: Journal | None = None

    @classmethod
    async def open(cls, hass: HomeAssistant, runner_id: str) -> Self:
        """Return what is on disk; a damaged file is set aside and reported.

        Raises ConfigEntryError where a newer version of Retrowalk wrote it or nobody can read it.
        """
        unfinished = cls(hass, runner_id)
        await unfinished._read()
        return unfinished

    async def stop(self) -> None:
        """Stop a walk that nobody conducts: it is over at its last proven second."""
        if (walk := self._walk) is not None:
            over = walk.session.mark(Verb.END, walk.at, reason=Reason.STOPPED)
            self.keep(replace(walk, session=over))
            await self.flush()

    @property
    def walk(self) -> Journal | None:
        """Return the walk that goes on."""
        return self._walk

    @callback
    def show(self) -> None:
        """Ask again what was not answered."""
        self._questions.show()

    @callback
    def keep(self, walk: Journal | None) -> None:
        """Have on disk what is proven of the walk that goes on; None: none does."""
        self._walk = walk
        self._keep()

    @callback
    def ask(self, about: str, key: str, **placeholders: str) -> None:
        """Ask about a walk; the next `keep` has it on disk."""
        self._questions.ask(about, key, **placeholders)

    def asked_about(self, prefix: str) -> list[str]:
        """Return what is asked whose name begins so."""
        return [each for each in self._questions.asked if each.startswith(prefix)]

    @callback
    def answered(self, about: str) -> None:
        """Take a question about a walk back."""
        if self._questions.withdraw(about):
            self._keep()

    @callback
    def answered_on(self, day: str) -> None:
        """Take the questions back whose walk could not be corrected, by its local day."""
        for about, question in list(self._questions.asked.items()):
            if "session_id" not in question and question["started"].startswith(day):
                self.answered(about)

    async def flush(self) -> None:
        """Return when all of it is on disk."""
        await self._store.flush()

    @callback
    def hide(self) -> None:
        """Show no question any more until it is taken up again."""
        self._questions.close()

    async def forget(self) -> None:
        """Delete the file; nothing is written after it."""
        self.hide()
        self._walk, self._questions.asked = None, {}
        await self._store.remove()

    @callback
    def _keep(self) -> None:
        kept: dict[str, Any] = {}  # what there is, or nothing at all
        if self._walk is not None:
            kept["walk"] = self._walk.as_dict()
        if self._questions.asked:
            kept["asked"] = self._questions.asked
        self._store.keep({"runner": self._runner_id, **kept} if kept else None)

    async def _read(self) -> None:
        try:
            if (kept := await self._store.load()) is None:
                return
            if kept["runner"] != self._runner_id:
                raise ValueError(f"what goes on of {kept['runner']}")
            if "walk" in kept:
                self._walk = Journal.from_dict(kept["walk"])
            self._questions.asked = {
                about: {"key": question["key"]} | {k: str(v) for k, v in question.items()}
                for about, question in kept.get("asked", {}).items()
            }
        except DAMAGE:
            _LOGGER.exception("What was going on is not known any more")
            await self._store.set_aside()
