"""One turn: what a person wrote becomes what they are told, and what changes. Pure: nothing is read or written here.

Order: safety, then stop words and other intents, then finding. What members and ambassadors do is a dialogue
(bot/dialogues); an open form comes after what ``comes_first`` names, and before everything else.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from bot.danger import SIGN_OF_DANGER, Lookout, sentences_in
from bot.explaining import is_about, word_meant
from bot.phrases import COMMANDS, Intent, Phrases
from bot.replies import Replies
from bot.situation import (
    AskToForget,
    ChooseLanguage,
    Danger,
    ForgetPerson,
    NoteGap,
    ReadEasily,
    Remember,
    Situation,
    StopMessages,
)
from bot.turn import Outcome, Turn
from content.catalogue import Catalogue
from content.days import day_in
from content.finding.features import words
from content.finding.finder import Choices, Finder, Found, NotFound, Ranking
from content.finding.rasa import Opinion
from content.reading_aloud.robot import RobotVoice
from core import language_guess, languages
from core.i18n import Catalogues
from core.messages import IncomingMessage, OutgoingMessage, Piece, Said
from core.private_numbers import HIDDEN, Secret

BEATS_DIALOGUES = (*COMMANDS, Intent.SAFETY)
MOST_READERS = 100  # languages, days and ways of reading for which replies are kept ready
LONG = 1000  # characters; what stands after them is only looked through for danger


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything a turn needs: phrases, words, what is published, and the finder (None before there is an index).

    ``catalogue`` is all that is published; ``replies.catalogue`` is what residents find of it on the day of the turn.
    """

    phrases: Phrases
    words: Catalogues
    catalogue: Catalogue
    finder: Finder | None
    robot: RobotVoice | None = None  # None: nothing is read aloud by a robot here
    _replies: dict[tuple[str, date, bool], Replies] = field(default_factory=dict, init=False, compare=False, repr=False)

    def hear(
        self,
        text: str,
        situation: Situation,
        *,
        secrets: frozenset[Secret] = frozenset(),
        opinion: Opinion | None = None,
    ) -> Turn:
        """Answer a text. Secrets have been taken out of it already.

        An opinion of another finder, where it is sure, stands in the place of our own finding, and of nothing else.
        """
        replies = self.replies(situation)
        question = _question_in(text)
        turn = self._understand(question, situation, replies, whole=text, opinion=opinion)
        remarks = replies.secrets(secrets)
        if secrets and not words(question):
            turn = Turn(Outcome.INTENT, replies.secret_only(), intent=Intent.SECRET, certainty=1.0)
        if len(text) > LONG:
            remarks.append(replies.too_long())
        other = language_guess.offer(question, situation.language)
        return self._with_remarks(turn, remarks, other, replies)

    async def foresee(self, text: str) -> None:
        """Let the finder look at a text that is about to be heard, and at its sentences, with what others ask now."""
        if self.finder is not None:
            await self.finder.foresee([_question_in(text), *sentences_in(text)])

    def open_question(self, text: str, situation: Situation) -> str | None:
        """The question that another finder may be asked too; None when it is none, or may speak of danger.

        Nor is a text in another language than the one that is answered in.
        """
        question = _question_in(text)
        if language_guess.offer(question, situation.language) is not None:
            return None
        return question if self.hear(text, situation).is_found else None

    def press(self, action: str, situation: Situation) -> Turn:
        """Answer a button. Actions come from outside: an unknown one gets a helpful reply."""
        replies = self.replies(situation)
        name, _, value = action.partition(":")
        match name:
            case "answer":
                return self._show(value, replies)
            case "easy" | "plain":
                return self._read(value, situation, is_easy=name == "easy")
            case "person":
                return self._intent(Intent.PERSON, replies.person(replies.catalogue.answers.get(value)))
            case "listen":
                return self._listen(value, replies)
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
            case "words":
                return self._intent(Intent.WORD, replies.words(value))
            case "word" if value in replies.catalogue.glossary.texts:
                return self._word(
                    value, self._rank(value, hidden=self.catalogue.hidden_on(replies.today)), situation, replies
                )
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
        return self._intent(Intent.HELP, self.replies(situation).only_text())

    def safety(self, answer_id: str, situation: Situation) -> Turn:
        """Answer somebody in danger. Leaves no trace: the answer read before is forgotten too."""
        message = self.replies(situation).safety(answer_id)
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
        ranking = self._rank(text[:LONG])
        answer_id = self._lookout.danger(text, ranking)
        if answer_id is None:
            return None
        return Danger(answer_id, _others(answer_id, ranking), language_guess.written_in(text))

    def comes_first(self, text: str) -> bool:
        """Whether these words beat every dialogue: danger, a stop word, the wish to be forgotten, a cry for safety."""
        return self.danger(text) is not None or self.phrases.intent(text) in BEATS_DIALOGUES

    def help_in_danger(self, danger: Danger, situation: Situation, *, secrets: frozenset[Secret]) -> Turn:
        """Answer somebody in danger whose words were not kept: as ``hear`` would have answered them."""
        replies, written_in = self.replies(situation), danger.written_in
        is_other = written_in is not None and language_guess.is_other(written_in, situation.language)
        turn = self._help(danger.answer_id, danger.others, situation, replies)
        return self._with_remarks(turn, replies.secrets(secrets), written_in if is_other else None, replies)

    def pause(self, situation: Situation) -> OutgoingMessage:
        """What to say to who sends more than we take."""
        return self.replies(situation).pause()

    def is_for_safety(self, text: str, action: str) -> bool:
        """Whether a message is for help in danger by its phrase or button alone: such ones are never made to wait."""
        name, _, value = action.partition(":")
        if name == Intent.SAFETY or (name == "answer" and self._lookout.is_safety(value)):
            return True
        return self.phrases.dangers(text) is not None or self.phrases.intent(text) is Intent.SAFETY

    def goes_first(self, message: IncomingMessage) -> bool:
        """Whether a message is answered however many came before: for safety, to stop, to be forgotten."""
        is_button = message.said is Said.BUTTON
        text, action = ("", message.text) if is_button else (message.text, "")
        name = action.partition(":")[0]
        is_command = name in {one.value for one in BEATS_DIALOGUES} or self.phrases.intent(text) in BEATS_DIALOGUES
        return is_command or self.is_for_safety(text, action)

    def trouble(self, situation: Situation) -> OutgoingMessage:
        """What to say when we failed."""
        return self.replies(situation).trouble()

    def _understand(
        self, question: str, situation: Situation, replies: Replies, *, whole: str, opinion: Opinion | None
    ) -> Turn:
        ranking = self._rank(question, hidden=self.catalogue.hidden_on(replies.today))
        if danger := self._lookout.danger(whole, ranking):
            return replace(self._help(danger, _others(danger, ranking), situation, replies), ranking=ranking)
        if situation.is_asked_to_be_forgotten and (turn := self._forget_or_keep(question, situation, replies)):
            return turn
        if intent := self.phrases.intent(question):
            return self._do(intent, situation, replies)
        if code := self.phrases.language(question):
            return self._choose_language(code, situation)
        if intent := self.phrases.wish(question):
            return self._do(intent, situation, replies)
        if not words(question) or self.phrases.agrees(question) or self.phrases.declines(question):
            return self._intent(Intent.HELP, replies.no_words())
        if turn := self._follow_up(question, situation, replies):
            return replace(turn, ranking=ranking)
        if turn := self._explain(question, ranking, situation, replies):
            return turn
        if ranking is None:
            return Turn(Outcome.NOT_FOUND, replies.not_ready())
        turn = self._find(question, ranking, situation, replies, opinion)
        may_be_danger = turn.outcome is Outcome.SAFETY or self._lookout.may_be_there(ranking)
        return replace(turn, is_found=not may_be_danger)

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

    @property
    def _lookout(self) -> Lookout:
        return Lookout(self.phrases, self.catalogue, self.finder)

    def _find(
        self,
        question: str,
        ranking: Ranking,
        situation: Situation,
        replies: Replies,
        opinion: Opinion | None = None,
    ) -> Turn:
        finding = opinion.decide(situation.language, replies.catalogue.answers) if opinion else None
        finding = finding or ranking.decide(situation.language)
        match finding:
            case Found(answer_id, certainty, others):
                likely, is_shown = (answer_id, *others), True
            case Choices(likely, certainty):
                is_shown = certainty >= SIGN_OF_DANGER and self._lookout.is_safety(likely[0])
            case NotFound(certainty):
                kept = () if self._lookout.may_be_there(ranking) else (NoteGap(question, situation.language),)
                turn = Turn(Outcome.NOT_FOUND, replies.not_found(), kept)
                return replace(turn, certainty=certainty, ranking=ranking)
            case _:
                assert_never(finding)
        if self._lookout.is_safety(likely[0]) and not self._lookout.is_clear(question, ranking):
            is_shown = False
        if is_shown:
            turn = replace(self._show(likely[0], replies, others=likely[1:]), choices=likely[1:])
        else:
            likely = self._lookout.first(likely, ranking)
            several = [replies.catalogue.answers[one] for one in likely]
            turn = Turn(Outcome.CHOICES, replies.choices(several), choices=likely)
        return replace(turn, certainty=certainty, ranking=ranking)

    def _follow_up(self, question: str, situation: Situation, replies: Replies) -> Turn | None:
        """The message goes on from the answer read before, even if it alone would find another."""
        before = replies.catalogue.answers.get(situation.last_answer or "")
        if before is None or not self.phrases.is_follow_up(question):
            return None
        turn = self._show(before.id, replies)
        pieces = (replies.follow_up(before), *turn.message.pieces[1:])
        return replace(turn, message=replace(turn.message, pieces=pieces))

    def _explain(self, question: str, ranking: Ranking | None, situation: Situation, replies: Replies) -> Turn | None:
        """What a word means, when that is asked, or when a word is all that is said and no answer is sure.

        A sure answer about the word itself is shown whole, below what the word means.
        """
        glossary = replies.catalogue.glossary
        meant = word_meant(question, situation.language, self.phrases, glossary)
        if meant is None:
            return None
        if ranking is None:
            return self._word(meant.word, ranking, situation, replies)
        sure, unsure = _likely(ranking, situation.language)
        if not meant.is_asked and (sure or (unsure and self._lookout.is_safety(unsure[0]))):
            return None
        if sure is None or not is_about(replies.catalogue.answers[sure], meant.word, situation.language, glossary):
            return self._word(meant.word, ranking, situation, replies)
        turn = self._find(question, ranking, situation, replies)
        if turn.message.is_urgent:
            return turn
        above = (one for one in replies.explanation(meant.word) if one.text and one not in turn.message.pieces)
        return replace(turn, message=replace(turn.message, pieces=(*above, *turn.message.pieces)))

    def _word(self, word: str, ranking: Ranking | None, situation: Situation, replies: Replies) -> Turn:
        """What a word means, with buttons to the answer that finding is sure of, or to those among which it is not.

        Help in danger is one press away; nobody is taken for a victim by asking what a word means.
        """
        sure, unsure = _likely(ranking, situation.language) if ranking else (None, ())
        several = tuple(one for one in ((sure,) if sure else unsure) if not self._lookout.is_safety(one))
        message = replies.word(word, [replies.catalogue.answers[one] for one in several], is_sure=sure is not None)
        shown = replies.catalogue.glossary.text_for(word, situation.language).language
        return replace(self._intent(Intent.WORD, message), choices=several, shown_in=shown)

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

    def _listen(self, answer_id: str, replies: Replies) -> Turn:
        """The same turn as showing the answer, but it is read aloud."""
        turn = self._show(answer_id, replies)
        answer = replies.catalogue.answers.get(answer_id)
        return turn if answer is None else replace(turn, message=replies.listen(answer))

    def _do(self, intent: Intent, situation: Situation, replies: Replies) -> Turn:
        last = replies.catalogue.answers.get(situation.last_answer or "")
        match intent:
            case Intent.START:
                message = replies.welcome()
            case Intent.LANGUAGE:
                message = replies.languages()
            case Intent.EASY | Intent.PLAIN:
                return self._read(last.id if last else "", situation, is_easy=intent is Intent.EASY)
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
                turn = self._intent(intent, replies.confirm_forgetting())
                return replace(turn, effects=(AskToForget(),))
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
            case Intent.WORD:
                message = replies.words()
            case Intent.MESSAGES:
                message = replies.menu()
            case _:
                assert_never(intent)
        return self._intent(intent, message)

    def _forget_or_keep(self, question: str, situation: Situation, replies: Replies) -> Turn | None:
        """What the answer to "Shall I delete everything?" does: a yes, a no, or what stands on its buttons."""
        yes, no = replies.confirm_forgetting().buttons
        is_more_than_ok = self.phrases.intent(question) not in (Intent.THANKS, Intent.START)
        if (self.phrases.agrees(question) and is_more_than_ok) or words(question) == words(yes.label):
            return self.press(yes.action, situation)
        if self.phrases.declines(question) or words(question) == words(no.label):
            return self.press(no.action, situation)
        return None

    def _share(self, answer_id: str, situation: Situation, replies: Replies) -> Turn:
        answer = replies.catalogue.answers.get(answer_id)
        return (
            self._intent(Intent.SHARE, replies.share(answer)) if answer else self._do(Intent.SHARE, situation, replies)
        )

    def _read(self, answer_id: str, situation: Situation, *, is_easy: bool) -> Turn:
        """Easy texts from now on, or plain ones; at once with the answer that was just read, where it has both."""
        replies = self.replies(replace(situation, reads_easy=is_easy))
        intent = Intent.EASY if is_easy else Intent.PLAIN
        answer, effect = replies.catalogue.answers.get(answer_id), ReadEasily(is_easy)
        if answer is None or not replies.has_easy(answer):
            return replace(self._intent(intent, replies.reading_chosen(answer)), effects=(effect,))
        turn = self._show(answer_id, replies)
        is_kept = situation.about is not None or not answer.is_safety  # a stranger in danger stays one
        turn = self._with_remarks(turn, [replies.reads_from_now_on()] if is_kept else [], None, replies)
        return replace(turn, effects=(*turn.effects, effect), intent=intent)

    def _choose_language(self, code: str, situation: Situation) -> Turn:
        replies = self.replies(replace(situation, language=code))
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

    def replies(self, situation: Situation) -> Replies:
        """The reply maker for this reader on this day: the same for all who read the same language in the same way."""
        today = day_in(self.catalogue.zone, at=situation.at)
        t = self.words.translator(situation.language)
        key = t.language, today, situation.reads_easy
        if key not in self._replies:
            if len(self._replies) >= MOST_READERS:
                self._replies.clear()
            self._replies[key] = Replies(
                t, self.catalogue.on(today), today=today, reads_easy=situation.reads_easy, robot=self.robot
            )
        return self._replies[key]


def _question_in(text: str) -> str:
    """What finding reads of a text: its beginning, without the marks of what was taken out."""
    return text[:LONG].replace(HIDDEN, " ").strip()


def _others(danger: str, ranking: Ranking | None) -> tuple[str, ...]:
    """What else may have been meant."""
    candidates = ranking.candidates if ranking else ()
    return tuple(one.answer_id for one in candidates[:3] if one.answer_id != danger)[:2]


def _likely(ranking: Ranking, language: str) -> tuple[str | None, tuple[str, ...]]:
    """The answer that finding is sure of, if any, and those among which it is not."""
    match ranking.decide(language):
        case Found(answer_id):
            return answer_id, ()
        case Choices(several):
            return None, several
        case _:
            return None, ()
