"""One turn: what a person wrote becomes what they are told, and what changes. Pure: nothing is read or written here.

Order: safety, then stop words and other intents, then finding (shared/design: safety -> stop words and commands -> an
open form -> intents -> finding; there are no forms yet).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from bot.phrases import Intent, Phrases
from bot.replies import Replies
from bot.situation import ChooseLanguage, Danger, Effect, ForgetPerson, NoteGap, Remember, Situation, StopMessages
from content.catalogue import Catalogue
from content.finding.features import words
from content.finding.finder import Choices, Finder, Found, NotFound, Ranking
from core import language_guess, languages
from core.i18n import Catalogues
from core.messages import OutgoingMessage, Piece
from core.private_numbers import HIDDEN, Secret

LONG = 1000  # characters; what stands after them is not read
# The share of all safety answers together from which words are taken as danger, and from which the finder, not a
# phrase of danger, says which kind. Chosen on the development questions.
SIGN_OF_DANGER = 0.5
FOLLOW_UP_WORDS = 7  # a longer message says for itself what it is about


class Outcome(StrEnum):
    """What kind of reply a turn came to; the words of `brobygger ask`."""

    ANSWER = "answer"
    CHOICES = "choices"
    NOT_FOUND = "not_found"
    SAFETY = "safety"
    INTENT = "intent"


@dataclass(frozen=True, slots=True)
class Turn:
    """What to say, what to change, and what it was."""

    outcome: Outcome
    message: OutgoingMessage
    effects: tuple[Effect, ...] = ()
    answer_id: str | None = None
    choices: tuple[str, ...] = ()
    intent: Intent | None = None
    certainty: float = 0.0
    shown_in: str | None = None
    ranking: Ranking | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything a turn needs: phrases, words, what is published, and the finder (None before there is an index).

    ``catalogue`` is all that is published; ``replies.catalogue`` is what residents find of it on the day of the turn.
    """

    phrases: Phrases
    words: Catalogues
    catalogue: Catalogue
    finder: Finder | None

    def hear(self, text: str, situation: Situation, *, secrets: frozenset[Secret] = frozenset()) -> Turn:
        """Answer a text. Secrets have been taken out of it already."""
        replies = self._replies(situation)
        question = text[:LONG].replace(HIDDEN, " ").strip()
        turn = self._understand(question, situation, replies)
        remarks = replies.secrets(secrets)
        if secrets and not words(question):
            turn = Turn(Outcome.INTENT, replies.secret_only(), intent=Intent.SECRET, certainty=1.0)
        if len(text) > LONG:
            remarks.append(replies.too_long())
        other = language_guess.offer(question, situation.language)
        return self._with_remarks(turn, remarks, other, replies)

    def press(self, action: str, situation: Situation) -> Turn:
        """Answer a button. Actions come from outside: an unknown one gets a helpful reply."""
        replies = self._replies(situation)
        name, _, value = action.partition(":")
        match name:
            case "answer":
                return self._show(value, replies)
            case "person":
                return self._intent(Intent.PERSON, replies.person(replies.catalogue.answers.get(value)))
            case "share":
                return self._share(value, situation, replies)
            case "none":
                return Turn(Outcome.NOT_FOUND, replies.not_found())
            case "language" if value in languages.NAMES:
                return self._choose_language(value, situation)
            case "language":
                return self._intent(Intent.LANGUAGE, replies.languages())
            case "area" if value in replies.catalogue.areas():
                return self._intent(Intent.MENU, replies.area(value))
            case "event" if value in replies.catalogue.life_events():
                return self._intent(Intent.MENU, replies.life_event(value))
            case "events":
                return self._intent(Intent.MENU, replies.life_events())
            case "forget_me" if value == "yes":
                return replace(self._intent(Intent.FORGET_ME, replies.forgotten()), effects=(ForgetPerson(),))
            case _ if name in {intent.value for intent in Intent}:
                return self._do(Intent(name), situation, replies)
            case _:
                return Turn(Outcome.INTENT, replies.gone(), intent=Intent.MENU, certainty=1.0)

    def unreadable(self, situation: Situation) -> Turn:
        """Answer a photo, a voice message, a sticker."""
        return self._intent(Intent.HELP, self._replies(situation).only_text())

    def safety(self, answer_id: str, situation: Situation) -> Turn:
        """Answer somebody in danger. Leaves no trace: the answer read before is forgotten too."""
        message = self._replies(situation).safety(answer_id)
        known = self.catalogue.answers.get(answer_id)
        shown = known.text_for(situation.language).language if known else situation.language
        return Turn(
            Outcome.SAFETY,
            message,
            effects=(Remember(None),),
            answer_id=answer_id if known else None,
            certainty=1.0,
            shown_in=shown,
        )

    def danger(self, text: str) -> Danger | None:
        """What words of danger in this text call for, or None. Recall before precision."""
        ranking = self._rank(text)
        answer_id = self._danger(text, ranking)
        if answer_id is None:
            return None
        return Danger(answer_id, _others(answer_id, ranking), language_guess.written_in(text))

    def help_in_danger(self, danger: Danger, situation: Situation, *, secrets: frozenset[Secret]) -> Turn:
        """Answer somebody in danger whose words were not kept: as ``hear`` would have answered them."""
        replies, written_in = self._replies(situation), danger.written_in
        is_other = written_in is not None and language_guess.is_other(written_in, situation.language)
        turn = self._help(danger.answer_id, danger.others, situation, replies)
        return self._with_remarks(turn, replies.secrets(secrets), written_in if is_other else None, replies)

    def trouble(self, situation: Situation) -> OutgoingMessage:
        """What to say when we failed."""
        return self._replies(situation).trouble()

    def _understand(self, question: str, situation: Situation, replies: Replies) -> Turn:
        ranking = self._rank(question, hidden=self.catalogue.hidden_on(replies.today))
        if danger := self._danger(question, ranking):
            turn = self._help(danger, _others(danger, ranking), situation, replies)
            return replace(turn, ranking=ranking)
        if intent := self.phrases.intent(question):
            return self._do(intent, situation, replies)
        if code := languages.find_by_name(question):
            return self._choose_language(code, situation)
        if not words(question):
            return self._intent(Intent.HELP, replies.no_words())
        if ranking is None:
            return Turn(Outcome.NOT_FOUND, replies.not_ready())
        return self._find(question, ranking, situation, replies)

    def _help(self, danger: str, others: tuple[str, ...], situation: Situation, replies: Replies) -> Turn:
        """The safety answer, with what else may have been meant below it."""
        turn = self.safety(danger, situation)
        answer = replies.catalogue.answers.get(danger)
        others = tuple(one for one in others if one in replies.catalogue.answers)
        if not others or answer is None or not answer.is_valid(replies.today):
            return turn
        return replace(turn, message=replies.answer(answer, others=others), choices=others)

    def _rank(self, question: str, *, hidden: frozenset[str] = frozenset()) -> Ranking | None:
        """How likely each published answer is that is not hidden; None before there is an index."""
        if self.finder is None:
            return None
        ranking = self.finder.rank(question, without=hidden)
        published = tuple(one for one in ranking.candidates if one.answer_id in self.catalogue.answers)
        return replace(ranking, candidates=published)

    def _danger(self, question: str, ranking: Ranking | None) -> str | None:
        """Phrases say that there is danger, or all safety answers together weigh enough; the finder knows which."""
        by_phrase = self.phrases.dangers(question)
        candidates = ranking.candidates if ranking else ()
        safety = [one for one in candidates if self.catalogue.answers[one.answer_id].is_safety]
        together = sum(one.share for one in safety)
        if safety and together >= SIGN_OF_DANGER:
            return safety[0].answer_id
        return by_phrase

    def _find(self, question: str, ranking: Ranking, situation: Situation, replies: Replies) -> Turn:
        finding = ranking.decide(situation.language)
        match finding:
            case Found(answer_id, certainty, others):
                turn = self._show(answer_id, replies, others=others)
                return replace(turn, certainty=certainty, choices=others, ranking=ranking)
            case Choices(answer_ids, certainty):
                turn = self._follow_up(question, situation, replies) or Turn(
                    Outcome.CHOICES,
                    replies.choices([replies.catalogue.answers[one] for one in answer_ids]),
                    choices=answer_ids,
                )
                return replace(turn, certainty=certainty, ranking=ranking)
            case NotFound(certainty):
                turn = self._follow_up(question, situation, replies) or Turn(
                    Outcome.NOT_FOUND, replies.not_found(), effects=(NoteGap(question, situation.language),)
                )
                return replace(turn, certainty=certainty, ranking=ranking)
            case _:
                assert_never(finding)

    def _follow_up(self, question: str, situation: Situation, replies: Replies) -> Turn | None:
        """The message alone finds no one answer: perhaps it goes on from the answer read before."""
        before = replies.catalogue.answers.get(situation.last_answer or "")
        if before is None or not self.phrases.is_follow_up(question) or len(words(question)) > FOLLOW_UP_WORDS:
            return None
        turn = self._show(before.id, replies)
        return replace(turn, message=replace(turn.message, pieces=(replies.follow_up(before), *turn.message.pieces)))

    def _show(self, answer_id: str, replies: Replies, *, others: tuple[str, ...] = ()) -> Turn:
        answer = replies.catalogue.answers.get(answer_id)
        if answer is None:
            return Turn(Outcome.NOT_FOUND, replies.gone())
        return Turn(
            Outcome.SAFETY if answer.is_safety else Outcome.ANSWER,
            replies.answer(answer, others=others),
            effects=(Remember(None if answer.is_safety else answer_id),),
            answer_id=answer_id,
            certainty=1.0,
            shown_in=answer.text_for(replies.t.language).language,
        )

    def _do(self, intent: Intent, situation: Situation, replies: Replies) -> Turn:
        last = replies.catalogue.answers.get(situation.last_answer or "")
        match intent:
            case Intent.START:
                message = replies.welcome()
            case Intent.LANGUAGE:
                message = replies.languages()
            case Intent.MENU:
                message = replies.menu()
            case Intent.SAFETY:
                turn = self._intent(intent, replies.safety_menu())
                return replace(turn, effects=(Remember(None),))
            case Intent.PERSON:
                message = replies.person(last)
            case Intent.STOP:
                return replace(self._intent(intent, replies.stopped()), effects=(StopMessages(),))
            case Intent.MY_DATA:
                message = replies.my_data(situation.about)
            case Intent.FORGET_ME:
                message = replies.confirm_forgetting()
            case Intent.HELP:
                message = replies.help()
            case Intent.SHARE:
                message = replies.share(last) if last else replies.nothing_to_share()
            case Intent.ABOUT:
                message = replies.about()
            case Intent.THANKS:
                message = replies.thanks()
            case Intent.SECRET:
                message = replies.secret_only()
            case _:
                assert_never(intent)
        return self._intent(intent, message)

    def _share(self, answer_id: str, situation: Situation, replies: Replies) -> Turn:
        answer = replies.catalogue.answers.get(answer_id)
        return (
            self._intent(Intent.SHARE, replies.share(answer)) if answer else self._do(Intent.SHARE, situation, replies)
        )

    def _choose_language(self, code: str, situation: Situation) -> Turn:
        replies = self._replies(replace(situation, language=code))
        return replace(
            self._intent(Intent.LANGUAGE, replies.language_chosen()), effects=(ChooseLanguage(code),), shown_in=code
        )

    def _intent(self, intent: Intent, message: OutgoingMessage) -> Turn:
        return Turn(Outcome.INTENT, message, intent=intent, certainty=1.0, shown_in=message.language)

    def _with_remarks(self, turn: Turn, remarks: list[Piece], other: str | None, replies: Replies) -> Turn:
        """Remarks before the reply (after it in danger), and the offer of another language below it."""
        message = turn.message
        pieces = (*message.pieces, *remarks) if message.is_urgent else (*remarks, *message.pieces)
        buttons = message.buttons
        if other is not None and turn.intent is not Intent.LANGUAGE:
            buttons = (replies.offer_language(other, self.words.translator(other)), *buttons)
        return replace(turn, message=replace(message, pieces=pieces, buttons=buttons))

    def _replies(self, situation: Situation) -> Replies:
        today = situation.at.astimezone(ZoneInfo(self.catalogue.zone)).date()
        return Replies(self.words.translator(situation.language), self.catalogue.on(today), today=today)


def _others(danger: str, ranking: Ranking | None) -> tuple[str, ...]:
    """What else may have been meant."""
    candidates = ranking.candidates if ranking else ()
    return tuple(one.answer_id for one in candidates[:3] if one.answer_id != danger)[:2]
