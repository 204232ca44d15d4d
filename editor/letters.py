"""What stands in the e-mails of the desk. Plain text; nothing of what residents wrote, and no note of a colleague."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from content.came_back import CameBack
from content.reminding import WaitingNotice
from content.waiting import WaitingText
from core import languages
from core.i18n import Translator
from core.mail import Letter
from editor.access.models import StaffMember
from editor.showing import day
from editor.words import upkeep

MOST_LISTED = 20  # of each kind


@dataclass(frozen=True, slots=True)
class Due:
    """What waits for one person."""

    notices: Sequence[WaitingNotice]
    to_review: Sequence[WaitingText]
    returned: Sequence[CameBack]

    @property
    def count(self) -> int:
        """How many things."""
        return len(self.notices) + len(self.to_review) + len(self.returned)

    def keys(self) -> list[str]:
        """What tells each of them from everything that waited before."""
        return [
            *(f"notice:{one.answer_id}:{one.key}:{one.day}" for one in self.notices),
            *(f"review:{one.revision_id}" for one in self.to_review),
            *(f"returned:{one.answer_id}:{one.language}:{one.at.isoformat()}" for one in self.returned),
        ]


def invitation(email: str, link: str, *, by: str, town: str, t: Translator, at: datetime) -> Letter:
    """To somebody who has no account yet."""
    paragraphs = [
        t("Hello,"),
        t(
            "{name} has invited you to the desk of {town}, where the answers for residents are written.",
            name=_line(by),
            town=_line(town),
        ),
        t("Make your account here. The link works once, for seven days:") + f"\n{link}",
        t("If you do not know what this is about, you need not do anything."),
    ]
    return _letter(email, t("Your account at the desk of {town}", town=town), paragraphs, at=at)


def reset(member: StaffMember, link: str, *, town: str, t: Translator, at: datetime) -> Letter:
    """To somebody who cannot sign in."""
    paragraphs = [
        t("Hello {name},", name=_line(member.name)),
        t("Choose a new password here. The link works once, for seven days:") + f"\n{link}",
        t("If you did not ask for this, tell an administrator. Your old password still works."),
    ]
    return _letter(member.email, t("A new password for the desk of {town}", town=town), paragraphs, at=at)


def day_letter(member: StaffMember, due: Due, *, address: str, town: str, t: Translator, at: datetime) -> Letter:
    """What waits for somebody, each with where to do it."""
    subject = t.plural(
        "{count} thing waits for you at the desk of {town}",
        "{count} things wait for you at the desk of {town}",
        due.count,
        town=town,
    )
    answers = f"{address}/desk/answers"
    notices = [
        (one.title, upkeep.notice(one.key, day(one.day, t), t), f"{answers}/{one.answer_id}") for one in due.notices
    ]
    paragraphs = [
        t("Hello {name},", name=_line(member.name)),
        *_listed(t("Answers to look at again:"), notices, t),
        *_listed(t("Texts that wait for somebody to review them:"), _texts(due.to_review, answers), t),
        *_listed(t("Texts that came back to you with a note:"), _texts(due.returned, answers), t),
        t("Everything that waits:") + f"\n{address}/desk/",
        t("You get this message once a day at most, when something new waits for you."),
    ]
    return _letter(member.email, subject, paragraphs, at=at)


def _texts(several: Sequence[WaitingText | CameBack], answers: str) -> list[tuple[str, ...]]:
    return [(one.title, languages.name(one.language), f"{answers}/{one.answer_id}/{one.language}") for one in several]


def _listed(heading: str, things: Sequence[tuple[str, ...]], t: Translator) -> list[str]:
    """One paragraph, each thing on lines of its own; nothing when there is nothing."""
    if not things:
        return []
    shown = ["\n".join(f"{'  ' if line else '- '}{_line(part)}" for line, part in enumerate(one)) for one in things]
    more = len(things) - MOST_LISTED
    if more > 0:
        shown[MOST_LISTED:] = [t.plural("and {count} more", "and {count} more", more)]
    return ["\n".join([heading, *shown])]


def _line(text: str) -> str:
    """A name or title stays on its line, whatever is in it."""
    return " ".join(text.split())


def _letter(to: str, subject: str, paragraphs: Sequence[str], *, at: datetime) -> Letter:
    return Letter(to, subject, "\n\n".join(paragraphs) + "\n", at)
