"""What can be said to Retrowalk: a file for each language, and the command that a sentence is.

Templates are those of hassil, which Home Assistant's own sentences are written in: (a|b) is a
choice, [a] may be left out, {kind}, {runner} and {score} are closed lists. No list takes any words
at all: one that did would swallow sentences that are somebody else's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
import json
from pathlib import Path
import re
from typing import Any, Final
from unicodedata import normalize

FOLDER: Final = Path(__file__).parent
LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl")
_LIST: Final = re.compile(r"\{(\w+)\}")
_NOT_SAID: Final = re.compile(r"[^\w' -]+|_")
"""What nobody says of a name, and what means something in a template."""


class Said(StrEnum):
    """What a sentence asks for."""

    START = "start"
    STOP = "stop"
    GO = "go"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    EASE = "ease"
    MINUTES = "minutes"
    LEFT = "left"
    NEXT = "next"
    AGAIN = "again"
    DUE = "due"
    PATH = "path"
    KNEE = "knee"
    EFFORT = "effort"
    STUMBLE = "stumble"


_ALWAYS_SAFE: Final = (Said.STOP, Said.PAUSE, Said.EASE)
"""Bare words that are taken in every language, whichever the satellite listens in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One sentence understood. `kind` and `runner_id` are None where they were not said."""

    said: Said
    language: str
    kind: str | None = None
    runner_id: str | None = None
    score: int | None = None


def spoken(name: str) -> str:
    """Return of a name what can be said: letters, digits and what stands between them."""
    return " ".join(_NOT_SAID.sub(" ", normalize("NFC", name)).split())


def said_name(name: str) -> str:
    """Return a name as it is heard."""
    return spoken(name).lower()


class Sentences:
    """The sentences of all languages, for the runners who can be named in them."""

    def __init__(self, runners: Mapping[str, str]) -> None:
        """Know the runners: id and name. Reads files."""
        self._runners = {
            runner_id: spoken for runner_id, name in runners.items() if (spoken := said_name(name))
        }
        self._files: dict[str, Any] = {
            each: json.loads((FOLDER / f"{each}.json").read_text("utf-8")) for each in LANGUAGES
        }
        self._intents: dict[tuple[str, bool], Any] = {}
        self._templates: dict[tuple[bool, Said | None], list[str]] = {}

    def templates(self, *, bare: bool, only: Said | None = None) -> list[str]:
        """Return templates without lists: the bare words, or the others; `only` those of a verb."""
        if (bare, only) not in self._templates:
            self._templates[bare, only] = self._flatten(bare=bare, only=only)
        return self._templates[bare, only]

    def _flatten(self, *, bare: bool, only: Said | None) -> list[str]:
        return list(
            dict.fromkeys(
                flat
                for language, file in self._files.items()
                for said, sentences in file["bare" if bare else "sentences"].items()
                if only in (None, said)
                for sentence in sentences
                if (flat := self._flat(language, sentence)) is not None
            )
        )

    def understand(self, text: str, language: str, *, bare: bool) -> Command | None:
        """Return what a text asks for, in the language that it was heard in before any other."""
        from hassil.recognize import recognize  # noqa: PLC0415 - comes with conversation

        heard_in = language.partition("-")[0].casefold()
        for each in sorted(LANGUAGES, key=lambda known: known != heard_in):
            if result := recognize(text, self._intents_in(each, bare=bare)):
                is_foreign = bare and each != heard_in and heard_in in LANGUAGES
                if is_foreign and result.intent.name not in _ALWAYS_SAFE:
                    continue  # another word in the language that was spoken
                found = {name: entity.value for name, entity in result.entities.items()}
                return Command(
                    said=Said(result.intent.name),
                    language=each,
                    kind=found.get("kind"),
                    runner_id=found.get("runner"),
                    score=found.get("score"),
                )
        return None

    def _values(self, language: str) -> dict[str, list[tuple[str, object]]]:
        file = self._files[language]
        return {
            "kind": [(said, kind) for kind, words in file["kinds"].items() for said in words],
            "score": [
                (said, score) for score, words in enumerate(file["scores"]) for said in words
            ],
            "runner": [(said, runner_id) for runner_id, said in self._runners.items()],
        }

    def _flat(self, language: str, sentence: str) -> str | None:
        """Return a template with the words of its lists in place of them; None: there are none."""
        values = self._values(language)
        if any(not values[each] for each in _LIST.findall(_without_options(sentence))):
            return None
        sentence = _without_empty(sentence, [name for name, words in values.items() if not words])
        return _LIST.sub(lambda each: _choice(said for said, _ in values[each[1]]), sentence)

    def _intents_in(self, language: str, *, bare: bool) -> Any:
        from hassil.intents import Intents  # noqa: PLC0415 - comes with conversation

        if (language, bare) not in self._intents:
            sentences = self._files[language]["bare" if bare else "sentences"]
            lists = {
                name: {"values": [_value(*each) for each in words] or [_NOBODY]}
                for name, words in self._values(language).items()
            }
            intents = {
                said: {"data": [{"sentences": templates}]} for said, templates in sentences.items()
            }
            self._intents[language, bare] = Intents.from_dict(
                {"language": language, "intents": intents, "lists": lists}
            )
        return self._intents[language, bare]


_NOBODY: Final[dict[str, object]] = {"in": "nobody who could be named", "out": None}


def _value(said: str, out: object) -> dict[str, object]:
    return {"in": said, "out": out}


def _choice(words: Iterable[str]) -> str:
    return f"({'|'.join(words)})"


def _without_options(sentence: str) -> str:
    """Return what of a template has to be said."""
    return "".join(_outside(sentence))


def _outside(sentence: str) -> Iterator[str]:
    depth = 0
    for each in sentence:
        depth += (each == "[") - (each == "]")
        if not depth and each != "]":
            yield each


def _without_empty(sentence: str, empty: list[str]) -> str:
    """Return a template without the options that name a list with nothing in it."""
    for name in empty:
        sentence = re.sub(rf"\[[^][]*\{{{name}\}}[^][]*\]", "", sentence)
    return sentence
