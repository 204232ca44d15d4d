"""Joining an organisation: from a link, a poster or a typed code, through the consent, to a yes or a wait.

join:CODE                       show what somebody would agree to
consent:CODE:language:version   yes to just these words; with :RELEASE a button then leads back to that message
join_no:CODE                    no
form "nickname"                 what an organisation that says yes to each shall see
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.announcing import OPEN
from bot.dialogues.buttons import menu_button, messages_button, number
from bot.dialogues.scene import Handler, Scene
from bot.forms import open_form
from bot.replies import Replies
from bot.situation import Act
from bot.turn import Turn
from broadcasts.members.admitting import is_nickname
from broadcasts.members.joining import find_membership, join, may_ask_again
from broadcasts.members.ledger import Consent
from broadcasts.members.records import MembershipState
from broadcasts.members.words import ConsentText, consent_text, isolated
from broadcasts.organisations.keeping import find_by_code
from broadcasts.organisations.records import Organisation, OrganisationState
from core import languages
from core.i18n import Translator
from core.messages import Button, Kind, OutgoingMessage, Piece
from core.passwords import names_a_join_code
from core.people import Person

SHOWN_OF_VERSION = 12  # letters of it that a button carries
LONGEST_CODE = 30  # with everything that people put in between
_CODE = re.compile(r"[2-9A-HJKMNP-Z]{8}")  # no 0 O 1 I L: they are mistaken for each other
LONGEST_WITH_WORDS, FEW_WORDS, MOST_LOOKED_UP = 80, 5, 2
_AMONG_WORDS = re.compile(r"(?<!\w)(?=([2-9A-HJKMNP-Z]{4}[\s\-‐‑–_]?[2-9A-HJKMNP-Z]{4})(?!\w))")  # they may overlap
_AROUND = " \t\n.,:;\"'“”«»`*()[]"
_BETWEEN = re.compile(r"[\s\-‐‑–_]")


async def offer(scene: Scene, code: str, *, then_open: int | None = None) -> Turn:
    """Show what somebody would agree to.

    ``then_open``: the number of the message in a group below which they pressed, for after a yes.
    """
    organisation = await _organisation(scene, code)
    return _unknown(scene, code) if organisation is None else await _offer(scene, organisation, then_open=then_open)


async def hear_code(scene: Scene, text: str) -> Turn | None:
    """Somebody types the code of an organisation, and nothing else.

    A word may look like a code ("Barnehag"): it is one only if an organisation has it. With a digit in it a code was
    meant, and we say that we do not know it.
    """
    code = read_code(text)
    if code is None:
        return await _hear_among_words(scene, text)
    organisation = await _organisation(scene, code)
    if organisation is not None:
        return await _offer(scene, organisation)
    return _unknown(scene, code) if not code.isalpha() and not code.isdecimal() else None


async def _hear_among_words(scene: Scene, text: str) -> Turn | None:
    """ "kode: K7M2 P9RX": only what an organisation has, and looks like no word and no number, is a code.

    With the word "code" and little else a code was meant, and we say that we do not know it.
    """
    codes = codes_among_words(text)
    for code in codes:
        organisation = await _organisation(scene, code)
        if organisation is not None:
            return await _offer(scene, organisation)
    if codes and len(text.split()) <= FEW_WORDS and names_a_join_code(text):
        return _unknown(scene, codes[0])
    return None


async def agree(scene: Scene, value: str) -> Turn:
    """A yes. It counts for the words that stood above the button, so they must still be the words of today."""
    code, _, read = value.partition(":")
    language, _, rest = read.partition(":")
    version, _, release = rest.partition(":")
    then_open = number(release)
    organisation = await _organisation(scene, code)
    if organisation is None:
        return _unknown(scene, code)
    words = _consent(scene, organisation, scene.t.sibling(language)) if language in languages.NAMES else None
    if words is None or version != words.consent.version[:SHOWN_OF_VERSION]:
        return await _offer(scene, organisation, then_open=then_open, is_changed=True)
    if refusal := await _refusal(scene, organisation):
        return refusal
    if organisation.asks_approval:
        return _ask_nickname(scene, organisation, words.consent)
    name, here = isolated(organisation.name, scene.t), messages_button(scene.t)
    told = scene.replies.message(
        [
            Piece(Kind.TEXT, scene.t("You now get messages from {organisation}.", organisation=name)),
            Piece(
                Kind.NOTE, scene.t("Under “{button}” you choose what you get.", button=messages_button(scene.t).label)
            ),
        ],
        [*_back_to_message(scene.t, organisation, then_open), here, menu_button(scene.t)],
    )
    return scene.end(told, _join(organisation, words.consent))


async def refuse(scene: Scene, code: str) -> Turn:
    """A no, at any step."""
    organisation = await _organisation(scene, code)
    if organisation is None:
        return _unknown(scene, code)
    words = scene.t("You will get no messages from {organisation}.", organisation=isolated(organisation.name, scene.t))
    ask = scene.t("You can still ask me questions.")
    message = scene.replies.message([Piece(Kind.TEXT, words), Piece(Kind.TEXT, ask)], [menu_button(scene.t)])
    return scene.end(message)


async def hear_nickname(scene: Scene, text: str) -> Turn:
    """What the organisation shall see."""
    filled = scene.form.filled if scene.form else {}
    organisation = await _organisation(scene, filled.get("code", ""))
    if organisation is None:
        return _unknown(scene, filled.get("code", ""))
    if refusal := await _refusal(scene, organisation):
        return refusal
    t, name = scene.t, isolated(organisation.name, scene.t)
    if not is_nickname(text):
        words = t("Please write a name of 2 to 40 letters, without telephone numbers, identity numbers and addresses.")
        pieces = [*scene.replies.secrets(scene.message.secrets), Piece(Kind.TEXT, words)]
        return scene.say(scene.replies.message(pieces, [_no_button(t, organisation)]))
    told = t("I have asked {organisation}. You get a message here when it has answered.", organisation=name)
    seen = t("It sees this name: {nickname}", nickname=isolated(text.strip(), t))
    message = scene.replies.message(
        [Piece(Kind.TEXT, told), Piece(Kind.NOTE, seen)], [messages_button(t), menu_button(t)]
    )
    consent = Consent(filled.get("version", ""), filled.get("language", ""))
    return scene.end(message, _join(organisation, consent, nickname=text.strip()))


def read_code(text: str) -> str | None:
    """The code that this message is, however it is written; None when it is something else."""
    if len(text) > LONGEST_CODE:
        return None
    letters = (letter for letter in text.strip(_AROUND) if unicodedata.category(letter) != "Cf")
    code = _BETWEEN.sub("", _in_ascii(letters)).upper()
    return code if _CODE.fullmatch(code) else None


def _in_ascii(letters: Iterable[str]) -> str:
    """With 2 for ٢: people write digits as their keyboard has them."""
    return "".join(str(unicodedata.digit(one)) if one.isdigit() else one for one in letters)


def codes_among_words(text: str) -> list[str]:
    """What may be codes in a short message with other words in it, letters and digits in each; the last ones first."""
    if len(text) > LONGEST_WITH_WORDS:
        return []
    found = [_BETWEEN.sub("", one) for one in _AMONG_WORDS.findall(_in_ascii(text).upper())]
    return [one for one in reversed(found) if not one.isalpha() and not one.isdecimal()][:MOST_LOOKED_UP]


def again_button(t: Translator, name: str, join_code: str) -> Button:
    """To the consent of an organisation that was left."""
    return Button(t("Get messages from {organisation} again", organisation=isolated(name, t)), f"join:{join_code}")


async def _organisation(scene: Scene, code: str) -> Organisation | None:
    """Codes come from outside: what no code looks like is not looked up."""
    is_code = code.isascii() and code.isalnum() and len(code) <= LONGEST_CODE
    return await find_by_code(scene.session, code) if is_code else None


async def _offer(
    scene: Scene, organisation: Organisation, *, then_open: int | None = None, is_changed: bool = False
) -> Turn:
    if refusal := await _refusal(scene, organisation):
        return refusal
    t = scene.t
    words = _consent(scene, organisation, t)
    asked = t("Do you want messages from {organisation}?", organisation=isolated(organisation.name, t))
    changed = [Piece(Kind.NOTE, t("The words have changed. Please read them again."))] if is_changed else []
    action = f"consent:{organisation.join_code}:{words.language}:{words.consent.version[:SHOWN_OF_VERSION]}"
    if then_open is not None:
        action += f":{then_open}"
    buttons = [Button(t("Yes, I want messages"), action), _no_button(t, organisation)]
    pieces = [*changed, Piece(Kind.TITLE, asked), *(Piece(Kind.ITEM, line) for line in words.lines)]
    return scene.end(scene.replies.message(pieces, buttons))


async def _refusal(scene: Scene, organisation: Organisation) -> Turn | None:
    """Why somebody cannot join now; None when they can."""
    t, name = scene.t, isolated(organisation.name, scene.t)
    known = scene.person_id
    card = await find_membership(scene.session, known, organisation.id) if known is not None else None
    if card is not None and card.state == MembershipState.MEMBER:
        words = t("You get messages from {organisation} already.", organisation=name)
    elif card is not None and card.state == MembershipState.WAITING:
        words = t("You have asked {organisation}, and it has not answered yet.", organisation=name)
    elif organisation.state != OrganisationState.ACTIVE:
        words = t("{organisation} sends no messages at the moment, so you cannot join it now.", organisation=name)
    elif not may_ask_again(card, at=scene.situation.at):
        words = t("{organisation} said no a short while ago. You can ask again in a week.", organisation=name)
    else:
        return None
    message = scene.replies.message([Piece(Kind.TEXT, words)], [messages_button(t), menu_button(t)])
    return scene.end(message)


def _ask_nickname(scene: Scene, organisation: Organisation, consent: Consent) -> Turn:
    t, name = scene.t, isolated(organisation.name, scene.t)
    pieces = [
        Piece(Kind.TEXT, t("{organisation} says yes to each who wants to join.", organisation=name)),
        Piece(Kind.TEXT, t("Write a name by which it knows you, 2 to 40 letters. It sees this name and nothing else.")),
    ]
    filled = {"code": organisation.join_code, "language": consent.language, "version": consent.version}

    async def ask(session: AsyncSession, person: Person, at: datetime) -> None:
        await open_form(session, person.id, "nickname", filled, at=at)

    return scene.say(scene.replies.message(pieces, [_no_button(t, organisation)]), Act(ask))


def _unknown(scene: Scene, code: str) -> Turn:
    t = scene.t
    pieces = [
        Piece(Kind.TEXT, t("I know no organisation with the code {code}.", code=isolated(code[:12], t))),
        Piece(Kind.TEXT, t("Look at the poster or the message again: a code has 8 letters and digits.")),
        Piece(Kind.NOTE, t("Did you want to ask something? Then write it in a few words.")),
    ]
    return scene.end(scene.replies.message(pieces, [menu_button(t)]))


def _consent(scene: Scene, organisation: Organisation, t: Translator) -> ConsentText:
    place = scene.replies.catalogue.municipality or t("your municipality")
    return consent_text(t, organisation=organisation.name, place=place, asks_approval=organisation.asks_approval)


def _join(organisation: Organisation, consent: Consent, *, nickname: str = "") -> Act:
    async def run(session: AsyncSession, person: Person, at: datetime) -> None:
        await join(session, person.id, organisation.id, consent, nickname=nickname, at=at)

    return Act(run)


def _back_to_message(t: Translator, organisation: Organisation, release_id: int | None) -> list[Button]:
    """To the message in the group that led here. It opens for members alone."""
    if release_id is None:
        return []
    return [Button(t("Answer this message"), f"{OPEN}:{release_id}_{organisation.join_code}")]


def _no_button(t: Translator, organisation: Organisation) -> Button:
    return Button(t("No, thank you"), f"join_no:{organisation.join_code}")


def _approved(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    t = replies.t
    words = t("{organisation} said yes. You now get its messages.", organisation=isolated(about["organisation"], t))
    return replies.message([Piece(Kind.TEXT, words)], [messages_button(t)])


def _declined(replies: Replies, about: Mapping[str, str]) -> OutgoingMessage:
    t = replies.t
    name = isolated(about["organisation"], t)
    words = t("{organisation} said no this time. If that is a mistake, talk to somebody there.", organisation=name)
    ask = t("You can still ask me questions.")
    return replies.message([Piece(Kind.TEXT, words), Piece(Kind.TEXT, ask)], [menu_button(t)])


ACTIONS: Mapping[str, Handler] = {"join": offer, "consent": agree, "join_no": refuse}
FORMS: Mapping[str, Handler] = {"nickname": hear_nickname}
DIRECT = {"membership_approved": _approved, "membership_declined": _declined}
