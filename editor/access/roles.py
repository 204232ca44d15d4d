"""What staff members may do: one table says which role has which permission. Pure: values in, yes or no out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from core.errors import RuleBroken

_SCOPE = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")  # a language code or the id of an organisation


class Role(StrEnum):
    """A part somebody plays. One person may have several."""

    AUTHOR = "author"
    TRANSLATOR = "translator"  # of one language: the scope; of more: the role several times
    REVIEWER = "reviewer"
    PUBLISHER = "publisher"
    AMBASSADOR = "ambassador"  # of one organisation: the scope
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One thing that a route does."""

    READ_CONTENT = "read_content"  # drafts and history too
    WRITE_SOURCE = "write_source"
    TRANSLATE = "translate"
    REVIEW = "review"  # never one's own text: that is a rule of reviewing, not of roles
    PUBLISH = "publish"
    PUBLISH_NOW_REVIEW_AFTER = "publish_now_review_after"
    WITHDRAW = "withdraw"
    CONFIRM_STILL_CORRECT = "confirm_still_correct"
    SORT_GAPS = "sort_gaps"  # say of a question that found nothing that no answer covers it, or that it is none
    EDIT_FACTS = "edit_facts"  # residents see a changed fact at once
    EDIT_PROFILE = "edit_profile"
    EDIT_DETAILS = "edit_details"  # of answers that residents see, whether one is for people in danger among them
    UPDATE_FROM_LIBRARY = "update_from_library"  # who accepts a text of the shared library approves it
    CHECK_LINKS = "check_links"
    WRITE_ANNOUNCEMENT = "write_announcement"  # an ambassador, for the own organisation
    MANAGE_ORGANISATIONS = "manage_organisations"
    PROPOSE_BROADCAST = "propose_broadcast"
    APPROVE_BROADCAST = "approve_broadcast"  # never one's own: a rule of approving, not of roles
    ANSWER_VOICES = "answer_voices"
    LEAD_CRISIS = "lead_crisis"
    ARM_SENDING = "arm_sending"
    MANAGE_PEOPLE = "manage_people"
    SEE_TIMELINE = "see_timeline"


_MAY: dict[Role, frozenset[Permission]] = {
    Role.AUTHOR: frozenset(
        {
            Permission.READ_CONTENT,
            Permission.WRITE_SOURCE,
            Permission.CONFIRM_STILL_CORRECT,
            Permission.SORT_GAPS,
            Permission.CHECK_LINKS,
            Permission.PROPOSE_BROADCAST,
            Permission.ANSWER_VOICES,
        }
    ),
    Role.TRANSLATOR: frozenset({Permission.READ_CONTENT, Permission.TRANSLATE}),
    Role.REVIEWER: frozenset(
        {
            Permission.READ_CONTENT,
            Permission.REVIEW,
            Permission.CONFIRM_STILL_CORRECT,
            Permission.CHECK_LINKS,
            Permission.APPROVE_BROADCAST,
        }
    ),
    Role.PUBLISHER: frozenset(
        {
            Permission.READ_CONTENT,
            Permission.PUBLISH,
            Permission.WITHDRAW,
            Permission.CONFIRM_STILL_CORRECT,
            Permission.SORT_GAPS,
            Permission.EDIT_FACTS,
            Permission.EDIT_DETAILS,
            Permission.UPDATE_FROM_LIBRARY,
            Permission.CHECK_LINKS,
            Permission.SEE_TIMELINE,
            Permission.PROPOSE_BROADCAST,
            Permission.APPROVE_BROADCAST,
            Permission.ANSWER_VOICES,
            Permission.LEAD_CRISIS,
        }
    ),
    Role.AMBASSADOR: frozenset({Permission.WRITE_ANNOUNCEMENT}),
    Role.ADMINISTRATOR: frozenset(
        {
            Permission.READ_CONTENT,
            Permission.PUBLISH_NOW_REVIEW_AFTER,
            Permission.WITHDRAW,
            Permission.SORT_GAPS,
            Permission.EDIT_FACTS,
            Permission.EDIT_PROFILE,
            Permission.EDIT_DETAILS,
            Permission.UPDATE_FROM_LIBRARY,
            Permission.CHECK_LINKS,
            Permission.MANAGE_PEOPLE,
            Permission.SEE_TIMELINE,
            Permission.MANAGE_ORGANISATIONS,
            Permission.PROPOSE_BROADCAST,
            Permission.APPROVE_BROADCAST,
            Permission.ANSWER_VOICES,
            Permission.LEAD_CRISIS,
            Permission.ARM_SENDING,
        }
    ),
}
# These are never asked in general: a translator may translate a language, an ambassador writes for an organisation.
_BY_LANGUAGE = frozenset({Permission.TRANSLATE})
_BY_ORGANISATION = frozenset({Permission.WRITE_ANNOUNCEMENT})
_SCOPED = frozenset({Role.TRANSLATOR, Role.AMBASSADOR})


class RoleScopeWrong(RuleBroken):
    """A translator needs a language, an ambassador an organisation, and no other role has either."""

    code = "role_scope_wrong"


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role with what it is limited to. Raises RoleScopeWrong when that is missing, or there without a reason."""

    role: Role
    scope: str = ""

    def __post_init__(self) -> None:
        fits = _SCOPE.fullmatch(self.scope) if self.role in _SCOPED else not self.scope
        if not fits:
            raise RoleScopeWrong(role=self.role, scope=self.scope)

    def __str__(self) -> str:
        return f"{self.role}:{self.scope}" if self.scope else str(self.role)


def may(
    roles: Iterable[HeldRole],
    permission: Permission,
    *,
    language: str | None = None,
    organisation: str | None = None,
) -> bool:
    """Whether one of these roles gives the permission, for this language or organisation where it is limited to one.

    Wrong: may(roles, TRANSLATE) to open a page of translations: without a language the answer is no.
    Correct: may_anywhere(roles, TRANSLATE) for the page, then may(roles, TRANSLATE, language="ar") for the text.
    """
    if permission in _BY_LANGUAGE:
        return language is not None and language in scopes(roles, permission)
    if permission in _BY_ORGANISATION:
        return organisation is not None and organisation in scopes(roles, permission)
    return may_anywhere(roles, permission)


def may_anywhere(roles: Iterable[HeldRole], permission: Permission) -> bool:
    """Whether one of these roles gives the permission, be it for a single language or organisation."""
    return any(permission in _MAY[held.role] for held in roles)


def may_write(roles: Iterable[HeldRole], language: str, *, source_language: str) -> bool:
    """Whether one of these roles lets somebody write an answer in this language."""
    if language == source_language:
        return may_anywhere(roles, Permission.WRITE_SOURCE)
    return may(roles, Permission.TRANSLATE, language=language)


def scopes(roles: Iterable[HeldRole], permission: Permission) -> frozenset[str]:
    """The languages or organisations for which these roles give the permission."""
    return frozenset(held.scope for held in roles if held.scope and permission in _MAY[held.role])


def roles_of(permission: Permission) -> frozenset[Role]:
    """The roles that give this permission."""
    return frozenset(role for role, permissions in _MAY.items() if permission in permissions)
