"""Who may do what."""

import pytest

from editor.access.roles import HeldRole, Permission, Role, RoleScopeWrong, may, may_anywhere, roles_of, scopes

ARABIC = HeldRole(Role.TRANSLATOR, "ar")
RED_CROSS = HeldRole(Role.AMBASSADOR, "red-cross")


def held(role: Role) -> HeldRole:
    """The role, for Arabic or the Red Cross where it needs to be for something."""
    return {Role.TRANSLATOR: ARABIC, Role.AMBASSADOR: RED_CROSS}.get(role) or HeldRole(role)


@pytest.mark.parametrize(
    ("permission", "who"),
    [
        (Permission.READ_CONTENT, {"author", "translator", "reviewer", "publisher", "administrator"}),
        (Permission.WRITE_SOURCE, {"author"}),
        (Permission.TRANSLATE, {"translator"}),
        (Permission.REVIEW, {"reviewer"}),
        (Permission.PUBLISH, {"publisher"}),
        (Permission.PUBLISH_NOW_REVIEW_AFTER, {"administrator"}),
        (Permission.WITHDRAW, {"publisher", "administrator"}),
        (Permission.CONFIRM_STILL_CORRECT, {"author", "reviewer", "publisher"}),
        (Permission.SORT_GAPS, {"author", "publisher", "administrator"}),
        (Permission.EDIT_FACTS, {"publisher", "administrator"}),
        (Permission.EDIT_PROFILE, {"administrator"}),
        (Permission.EDIT_DETAILS, {"publisher", "administrator"}),
        (Permission.UPDATE_FROM_LIBRARY, {"publisher", "administrator"}),
        (Permission.CHECK_LINKS, {"author", "reviewer", "publisher", "administrator"}),
        (Permission.WRITE_ANNOUNCEMENT, {"ambassador"}),
        (Permission.MANAGE_PEOPLE, {"administrator"}),
        (Permission.SEE_TIMELINE, {"publisher", "administrator"}),
    ],
)
def test_each_permission_belongs_to_these_roles_and_no_others(permission: Permission, who: set[str]) -> None:
    allowed = {role for role in Role if may([held(role)], permission, language="ar", organisation="red-cross")}

    assert allowed == who == roles_of(permission)


@pytest.mark.parametrize("permission", Permission)
def test_somebody_without_a_role_may_do_nothing(permission: Permission) -> None:
    assert not may([], permission, language="ar", organisation="red-cross")
    assert not may_anywhere([], permission)


@pytest.mark.parametrize(
    ("language", "expected"), [("ar", True), ("so", True), ("fa", False), ("", False), (None, False)]
)
def test_a_translator_translates_their_own_languages_only(language: str | None, expected: bool) -> None:
    roles = [ARABIC, HeldRole(Role.TRANSLATOR, "so")]

    assert may(roles, Permission.TRANSLATE, language=language) is expected


@pytest.mark.parametrize(
    ("organisation", "expected"), [("red-cross", True), ("frivilligsentralen", False), (None, False)]
)
def test_an_ambassador_writes_for_their_own_organisation_only(organisation: str | None, expected: bool) -> None:
    assert may([RED_CROSS], Permission.WRITE_ANNOUNCEMENT, organisation=organisation) is expected


def test_an_ambassador_of_ar_does_not_translate_arabic() -> None:
    assert not may([HeldRole(Role.AMBASSADOR, "ar")], Permission.TRANSLATE, language="ar")


def test_several_roles_add_up() -> None:
    roles = (member for member in (HeldRole(Role.AUTHOR), ARABIC))

    assert scopes([HeldRole(Role.AUTHOR), ARABIC], Permission.TRANSLATE) == {"ar"}
    assert may(roles, Permission.WRITE_SOURCE)


def test_a_page_about_translations_opens_for_whoever_translates_something() -> None:
    assert may_anywhere([ARABIC], Permission.TRANSLATE)
    assert not may([ARABIC], Permission.TRANSLATE)


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (Role.TRANSLATOR, ""),
        (Role.AMBASSADOR, ""),
        (Role.AMBASSADOR, "red cross"),
        (Role.TRANSLATOR, "*"),
        (Role.ADMINISTRATOR, "ar"),
    ],
)
def test_a_role_has_a_scope_exactly_when_it_needs_one(role: Role, scope: str) -> None:
    with pytest.raises(RoleScopeWrong):
        HeldRole(role, scope)
