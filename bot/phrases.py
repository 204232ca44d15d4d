"""What people write, as data: bot/phrases/<language>.yaml, one file a language, edited without Python.

``intents`` and ``thanks`` are whole messages, when what is ``polite`` has been taken off both ends; ``inside`` are
words that mean an intent within a short message (``stop``: only when it begins so, goes on with words of such phrases
alone, and is no question: who asks how to stop something, or stops something else, does not say stop). ``danger``
phrases match inside any message: their words in order, with at most two others between neighbours, ``*`` for any
ending. ``harmless`` phrases take words out before danger is looked for ("slå plenen"); their words stand side by side,
or they would take out what a person in danger wrote between them.
``what_is`` are whole messages that ask what a word means, which stands at ``{word}``.
A ``follow_up`` is a whole message, with or without a word of ``and`` before it. ``switch`` are words beside a
language's name in the wish to be answered in it. ``agree`` and ``decline`` are whole messages that answer a question
of ours. All languages are looked through, whatever language a person has chosen: people in fear switch.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from itertools import chain, combinations, product
from pathlib import Path

import yaml

from bot.phrase_set import PhraseSet, readings, with_norwegian_letters
from core import languages

FOLDER = Path(__file__).parent / "phrases"


class Intent(StrEnum):
    """What a resident wants to do."""

    START = "start"
    LANGUAGE = "language"
    EASY = "easy"
    PLAIN = "plain"
    MENU = "menu"
    SAFETY = "safety"
    PERSON = "person"
    STOP = "stop"
    MY_DATA = "my_data"
    FORGET_ME = "forget_me"
    HELP = "help"
    SHARE = "share"
    ABOUT = "about"
    THANKS = "thanks"
    SECRET = "secret"  # noqa: S105
    WORD = "word"  # what a Norwegian word means
    MESSAGES = "messages"  # from organisations: joining, leaving, composing (bot/dialogues)


# Stop words and asking to be forgotten beat everything but danger; in which order the others come does not matter.
IN_PHRASES = tuple(intent for intent in Intent if intent not in (Intent.SECRET, Intent.WORD, Intent.MESSAGES))


# What may be meant inside a short message; the first two even when finding takes the message for danger.
COMMANDS = (Intent.STOP, Intent.FORGET_ME)
INSIDE = (*COMMANDS, Intent.PERSON, Intent.MY_DATA)
SHORT, SHORT_FOR_A_LANGUAGE, LONGEST_FOLLOW_UP = 7, 5, 9  # words
LONGEST_POLITE = 5  # words
LONGEST_WORD = 6  # words: what is asked for in "what is ...?"
NORWEGIAN = ("nb", "nn")
LONGEST_CODE = 2  # "en" and "so" are words too

_QUESTION_MARK = re.compile("[?؟፧]")
Message = tuple[str, ...]  # the compared words of a message, or of a phrase


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of all languages, ready to compare."""

    intents: Mapping[Message, Intent]
    inside: Mapping[Intent, PhraseSet]
    danger: tuple[tuple[str, PhraseSet], ...]  # answer id and what to look for, the most urgent first
    harmless: PhraseSet
    follow_up: frozenset[Message]
    polite: frozenset[Message]
    and_: frozenset[Message]
    agree: frozenset[Message]
    decline: frozenset[Message]
    switch: frozenset[Message]
    names: Mapping[Message, str]  # of languages, and their codes
    what_is: Mapping[str, Sequence["WhatIs"]]  # by their first word; "" where the word asked for comes first

    def intent(self, text: str) -> Intent | None:
        """What the message as a whole asks the bot to do, or that it says stop or forget me in its own words."""
        for message in _messages(text):
            if found := self.intents.get(message) or self.intents.get(self._bare(message)):
                return found
        return self._inside(text, COMMANDS)

    def wish(self, text: str) -> Intent | None:
        """What a short message asks the bot to do in its own words, or None."""
        return self._inside(text, INSIDE)

    def language(self, text: str) -> str | None:
        """The language whose name is all that a short message says, politeness and the wish for it aside."""
        if code := languages.find_by_name(text):
            return code
        for message in map(self._bare, _messages(text)):
            places = range(len(message) + 1) if len(message) <= SHORT_FOR_A_LANGUAGE else ()
            for start, end in combinations(places, 2):
                code = self.names.get(message[start:end])
                beside = message[:start] + message[end:]
                if code in NORWEGIAN and len(beside) > 1:
                    continue  # who wants to speak Norwegian wants a course
                if code and all((word,) in self.switch for word in beside):
                    return code
        return None

    def dangers(self, text: str) -> str | None:
        """The safety answer that this message needs, or None. The first in the order of urgency wins."""
        messages = [self.harmless.without(message) for message in readings(text)]
        if (written := with_norwegian_letters(messages[-1])) != messages[-1]:
            messages.append(self.harmless.without(written))
        return next((answer_id for answer_id, phrases in self.danger if any(map(phrases.are_in, messages))), None)

    def is_follow_up(self, text: str) -> bool:
        """Whether the message only makes sense after another answer ("and what does it cost?")."""
        return any(
            form in self.follow_up
            for message in _messages(text)
            if len(message) <= LONGEST_FOLLOW_UP
            for form in (message, self._bare(message), _without(self.and_, self._bare(message)))
        )

    def asked_word(self, text: str) -> Iterator[tuple[str, Message]]:
        """What the message may ask the meaning of ("what is X?"), and in which language; the likeliest first."""
        several = self.whole(text)
        begun = {message[0] for message in several if message} | {""}
        questions = chain.from_iterable(self.what_is.get(word, ()) for word in begun)
        fit = [(question, asked) for question in questions for one in several if (asked := question.word_in(one))]
        for question, asked in sorted(fit, key=lambda found: _how_little_it_says(found[0])):
            yield question.language, asked

    def whole(self, text: str) -> tuple[Message, ...]:
        """The readings of the message, with and without politeness."""
        both = (form for message in _messages(text) for form in (message, self._bare(message)))
        return tuple(dict.fromkeys(both))

    def agrees(self, text: str) -> bool:
        """Whether the whole message says yes."""
        return any(form in self.agree for message in _messages(text) for form in (message, self._bare(message)))

    def declines(self, text: str) -> bool:
        """Whether the whole message says no."""
        return any(form in self.decline for message in _messages(text) for form in (message, self._bare(message)))

    def _inside(self, text: str, intents: tuple[Intent, ...]) -> Intent | None:
        for message in map(self._bare, _messages(text)):
            for intent in intents if len(message) <= SHORT else ():
                phrases = self.inside[intent]
                if intent is Intent.STOP:
                    is_meant = phrases.begin(message) and not _QUESTION_MARK.search(text)
                else:
                    is_meant = phrases.are_in(message)
                if is_meant:
                    return intent
        return None

    def _bare(self, message: Message) -> Message:
        """A short message without greetings and politeness at its ends; as it is when nothing else is left."""
        if len(message) > SHORT + 2 * LONGEST_POLITE:
            return message
        return _without(self.polite, _without(self.polite, message), at_end=True) or message


@dataclass(frozen=True, slots=True)
class WhatIs:
    """A way to ask what a word means."""

    language: str
    before: Message  # the words in front of the one that is asked for
    after: Message

    def word_in(self, message: Message) -> Message | None:
        """What is asked for, if the message asks in this way."""
        around = len(self.before) + len(self.after)
        if not around < len(message) <= around + LONGEST_WORD:
            return None
        end = len(message) - len(self.after)
        is_so = message[: len(self.before)] == self.before and message[end:] == self.after
        return message[len(self.before) : end] if is_so else None


# Who needs an ambulance now, needs it before anything else; then a life, a child, violence, control.
URGENCY = (
    "services-suicidal-thoughts",
    "services-child-in-danger",
    "services-partner-violence",
    "services-social-control",
    "services-emergency-numbers",
)


@cache
def load_phrases(folder: Path = FOLDER) -> Phrases:
    """Read all languages."""
    files = [
        yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)  # noqa: S506
        for file in sorted(folder.glob("*.yaml"))
    ]

    def all_of(key: str) -> frozenset[Message]:
        return frozenset(message for file in files for phrase in file[key] for message in _messages(phrase))

    and_ = all_of("and")
    intents: dict[Message, Intent] = {}
    for file in files:
        for intent in IN_PHRASES:
            for phrase in file["thanks"] if intent is Intent.THANKS else file["intents"][intent.value]:
                for message in filter(None, _messages(phrase)):
                    intents.setdefault(message, intent)
    questions = {
        WhatIs(file["language"], before, after)
        for file in files
        for phrase in file["what_is"]
        for before, after in product(*map(_messages, phrase.split("{word}")))
    }
    by_first_word: defaultdict[str, list[WhatIs]] = defaultdict(list)
    for question in questions:
        by_first_word[next(iter(question.before), "")].append(question)
    return Phrases(
        intents=intents,
        inside={
            intent: PhraseSet((phrase for file in files for phrase in file["inside"][intent.value]), between=2)
            for intent in INSIDE
        },
        danger=tuple(
            (answer_id, PhraseSet((phrase for file in files for phrase in file["danger"][answer_id]), between=2))
            for answer_id in URGENCY
        ),
        harmless=PhraseSet((phrase for file in files for phrase in file["harmless"]), between=0),
        follow_up=frozenset(_without(and_, message) for message in all_of("follow_up")) - {()},
        polite=all_of("polite"),
        and_=and_,
        agree=all_of("agree"),
        decline=all_of("decline"),
        switch=all_of("switch"),
        names={
            message: code
            for name, code in languages.BY_NAME.items()
            if len(name) > LONGEST_CODE
            for message in _messages(name)
        },
        what_is=dict(by_first_word),
    )


def _how_little_it_says(one: WhatIs) -> tuple[int, str, Message, Message]:
    return -len(one.before) - len(one.after), one.language, one.before, one.after


@lru_cache(maxsize=1)  # one turn asks for the same ten times; no more than its words is held, until the next turn
def _messages(text: str) -> list[Message]:
    several = readings(text)
    return [tuple(message) for message in (*several, with_norwegian_letters(several[-1]))]


def _without(some: frozenset[Message], message: Message, *, at_end: bool = False) -> Message:
    """The message without any of these at its beginning, or its end."""
    for length in range(min(LONGEST_POLITE, len(message)), 0, -1):
        if (message[-length:] if at_end else message[:length]) in some:
            return _without(some, message[:-length] if at_end else message[length:], at_end=at_end)
    return message
