"""Who can be an ambassador, and what ambassadors and the municipality promise each other. The words are for everybody.

Each change of the words in English is a new version (tests/broadcasts/test_ambassadors.py keeps watch): who agreed to
an earlier one is asked again.
"""

from dataclasses import dataclass

from core.i18n import Translator

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and what stands below it."""

    heading: str
    lines: tuple[str, ...]


def agreement(t: Translator) -> tuple[Part, ...]:
    """The whole text in the reader's language."""
    return (
        Part(
            t("Who can be an ambassador"),
            (
                t("You speak for a group of people, registered or not. Or you are somebody whom many trust."),
                t("You know the language or the daily life of those you write to."),
                t("The same rules hold for every group, whatever its size, language or faith."),
            ),
        ),
        Part(
            t("What the municipality promises you"),
            (
                t("Sending is voluntary. You may change a text, say no, wait or criticise, and need not say why."),
                t("Nothing is sent to your members without you."),
                t("You are told about a message first, and your questions are answered before it is sent."),
                t("When you say that something does not fit or is wrong, you get an answer."),
                t("Your organisation is named where its work is used. You can get a certificate for your work."),
                t("You can stop at any time."),
            ),
        ),
        Part(
            t("What you promise"),
            (
                t("I send only what is useful for the members. I say when words are my own."),
                t("I send no advertising, no party politics and nothing that puts others down."),
                t("I do not try to find out who is a member. I tell nobody what people confide in me."),
                t("I tell the municipality when I stop, or when somebody takes over."),
            ),
        ),
    )
