"""The directory of organisations, for everybody: those that speak the reader's language first.

organisations:[FIRST]       names, eight at a time
organisation:ORGANISATION   one of them, and the way to its messages
"""

from collections.abc import Mapping

from babel.dates import format_date

from bot.dialogues.buttons import menu_button, messages_button
from bot.dialogues.scene import Handler, Scene
from bot.replies import Replies
from bot.turn import Turn
from broadcasts.members.words import isolated
from broadcasts.organisations.keeping import is_stale, list_organisations
from broadcasts.organisations.records import Organisation, OrganisationState
from core import languages
from core.i18n import Translator
from core.messages import Button, Kind, Piece

AT_ONCE = 8


async def show_all(scene: Scene, begin: str) -> Turn:
    """Their names; who speaks the reader's language stands first."""
    t, first = scene.t, int(begin) if begin.isascii() and begin.isdecimal() and len(begin) < 6 else 0
    found = await list_organisations(scene.session, listed_only=True)
    if not found:
        words = t("There are no organisations here yet.")
        return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(t)]))
    found.sort(key=lambda one: t.language not in one.languages)  # stable: by name within both
    shown = found[first : first + AT_ONCE] or found[:AT_ONCE]
    pieces = [
        Piece(Kind.TITLE, t("Organisations here")),
        Piece(Kind.NOTE, t.plural("{count} organisation", "{count} organisations", len(found))),
    ]
    buttons = [Button(_label(one, t), f"organisation:{one.id}") for one in shown]
    if len(found) > first + AT_ONCE:
        buttons.append(Button(t("More"), f"organisations:{first + AT_ONCE}"))
    return scene.end(scene.replies.message(pieces, [*buttons, messages_button(t), menu_button(t)]))


async def show_one(scene: Scene, organisation_id: str) -> Turn:
    """What is known of one, when that was last confirmed, and a button to get its messages."""
    t, organisation = scene.t, await scene.session.get(Organisation, organisation_id)
    if organisation is None or not organisation.is_listed or organisation.state != OrganisationState.ACTIVE:
        words = t("This organisation is not in the list any more.")
        return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [_list_button(t), menu_button(t)]))
    join = Button(t("Get messages from them"), f"join:{organisation.join_code}")
    return scene.end(scene.replies.message(entry_pieces(scene.replies, organisation), [join, _list_button(t)]))


def entry_pieces(replies: Replies, organisation: Organisation) -> list[Piece]:
    """The entry as everybody reads it; the organisation's own words in the reader's language, or in the nearest."""
    t = replies.t
    pieces = [Piece(Kind.TITLE, organisation.name)]
    if told_in := languages.first_available(t.language, organisation.about):
        pieces.append(Piece(Kind.TEXT, organisation.about[told_in], language=told_in))
        if told_in != t.language:
            shown = languages.name(told_in)
            pieces.append(Piece(Kind.NOTE, t("They have written this in {shown} only.", shown=shown)))
    spoken = languages.listed([languages.name(code) for code in organisation.languages], t.language)
    places = languages.listed(organisation.districts, t.language)
    lines = (
        t("Languages: {names}", names=spoken) if spoken else "",
        t("Where: {places}", places=places) if places else "",
        t("Contact: {contact}", contact=isolated(organisation.contact, t)) if organisation.contact else "",
    )
    pieces += [Piece(Kind.ITEM, line) for line in lines if line]
    if organisation.website:
        pieces.append(Piece(Kind.LINK, t("Website"), url=organisation.website))
    return [*pieces, Piece(Kind.NOTE, _confirmed(replies, organisation))]


def _confirmed(replies: Replies, organisation: Organisation) -> str:
    t = replies.t
    if organisation.confirmed_on is None:
        return t("Nobody of the organisation has confirmed this yet. Ask before you rely on it.")
    if is_stale(organisation, today=replies.today):
        return t("Nobody has confirmed this lately. Ask before you rely on it.")
    day = format_date(organisation.confirmed_on, "long", locale=t.locale)
    return t("The organisation confirmed this on {day}.", day=day)


def _label(organisation: Organisation, t: Translator) -> str:
    spoken = languages.listed([languages.name(code) for code in organisation.languages[:3]], t.language)
    return f"{organisation.name} ({spoken})" if spoken else organisation.name


def _list_button(t: Translator) -> Button:
    return Button(t("Organisations here"), "organisations:")


ACTIONS: Mapping[str, Handler] = {"organisations": show_all, "organisation": show_one}
FORMS: Mapping[str, Handler] = {}
