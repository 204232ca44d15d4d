"""What staff read when a rule was broken, and when something was done: every code has a sentence, in nb, nn and en."""

from collections.abc import Mapping

from content.exchange.incoming import UnreadableExchange
from content.machine.port import TranslatorAway
from core.errors import RuleBroken
from core.i18n import Translator
from core.issues import Issue
from editor.access.accounts import PasswordRefused
from editor.words import (
    account,
    announcing,
    editing,
    exchange,
    glossary,
    joining,
    library,
    organisations,
    reading_aloud,
    scheduling,
    upkeep,
    voices,
)

_REFUSALS = frozenset({"log_in_refused", "proof_refused"})


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        **editing.rules(t),
        **account.rules(t),
        **exchange.rules(t),
        **upkeep.rules(t),
        **library.rules(t),
        **organisations.rules(t),
        **joining.rules(t),
        **announcing.rules(t),
        **scheduling.rules(t),
        **voices.rules(t),
        **reading_aloud.rules(t),
        "sign_in_first": t("You need to sign in first."),
        "not_yours": t("Your account does not have access to this page. An administrator can give it to you."),
        "not_found": t("There is no such page. It may have moved."),
        "stale_form": t("The form was too old, or did not come from this page. Nothing was changed. Please try again."),
        "too_large": t("What you sent is too large. Nothing was changed."),
        "in_review": t("The text is in review. Take it back first, then write on."),
        "nothing_to_review": t("There is no text in review here. Somebody may have decided already."),
        "own_work_needs_second_person": t("You wrote this text, or a part of it. Somebody else must approve it."),
        "not_approved": t("The text is not approved yet. It can be published when a second person has approved it."),
        "reason_needed": t("Please write a reason, so that others understand it."),
        "not_ready": t("Something in the text must be put right first. It is marked on the page of the text."),
        "role_scope_wrong": t("Please choose which language or organisation the role is for."),
        "identity_taken": t("This identity belongs to another account already."),
        "trial_busy": t("Another draft is being tried just now. Please try again in a few seconds."),
        "no_open_draft": t("There is no open draft of this text. It may have been published or put away."),
        "draft_not_showable": t("The draft names a fact that does not exist. Put that right first, then try it."),
        "gap_gone": t("Somebody has dealt with this question already."),
        "leads_somewhere": t("These very words lead to an answer already. They cannot be outside as well."),
        "not_publishable": t("This text cannot be published any more: a newer one has taken its place."),
        "wrong_credentials": t("E-mail address or password is wrong."),
        "wrong_code": t("The code is wrong, or was used already. Wait for the next one and try again."),
        "must_wait": t("Too many attempts. Please wait {minutes} minutes and try again."),
        "sign_in_busy": t("Very many are signing in just now. Please try again in a few seconds."),
        "code_too_late": t("It took too long. Please begin again with your password."),
        "invitation_not_open": t("This link was used already, or is too old. Ask an administrator for a new one."),
        "password_refused": t("Please choose a longer password, at least 12 characters, that nobody can guess."),
        "staff_details_wrong": t("Please write a name and an e-mail address."),
        "email_taken": t("There is an account with this e-mail address already."),
        "last_administrator": t("There must be one administrator. Make somebody else administrator first."),
    }


def words_for(problem: RuleBroken, t: Translator) -> str:
    """The sentence for a broken rule, with its details."""
    if isinstance(problem, PasswordRefused):
        return " ".join(rules(t)[one] for one in problem.problems)
    if isinstance(problem, UnreadableExchange):
        return exchange.unreadable(t)[problem.reason]
    if isinstance(problem, TranslatorAway):
        return exchange.away(t)[problem.reason].format(machine=problem.translator)
    return rules(t)[problem.code]


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        **editing.done(t),
        **glossary.done(t),
        **account.done(t),
        **upkeep.done(t),
        **library.done(t),
        **organisations.done(t),
        **joining.done(t),
        **announcing.done(t),
        **voices.done(t),
        **reading_aloud.done(t),
        **exchange.done(t),
        "saved": t("Saved as a draft. Residents do not see it yet."),
        "submitted": t("Sent to review. Somebody else will read it."),
        "taken_back": t("Taken back. It is a draft again."),
        "returned": t("Returned with your note."),
        "commented": t("Your comment is saved."),
        "approved": t("Approved. It can be published now."),
        "scheduled": t("Approved. It will be published by itself at the time you chose."),
        "published": t("Published. Residents see it now."),
        "reviewed_afterwards": t("Thank you. The review is done."),
        "withdrawn": t("Withdrawn. Residents do not see it any more."),
        "restored": t("The earlier text is the draft now."),
        "discarded": t("The draft is put away. It is still in the history."),
        "still_correct": t("Thank you. The answer is marked as correct today."),
        "gap_outside": t("Noted: no answer covers this question. The search learns it within a minute."),
        "gap_dropped": t("The question is gone from the list."),
        "signed_out": t("You are signed out."),
        "invited": t("The link is ready."),
        "password_set": t("Your password is saved. You can sign in now."),
    }


def freshness(t: Translator) -> Mapping[str, str]:
    """How a translation stands towards its source."""
    return {
        "fresh": t("up to date"),
        "outdated": t("outdated"),
        "easy_outdated": t("outdated: what is easier to read"),
        "missing": t("missing"),
    }


def lifecycle(t: Translator) -> Mapping[str, str]:
    """Where a revision stands."""
    return {
        "draft": t("draft"),
        "in_review": t("in review"),
        "published": t("published"),
        "superseded": t("earlier text"),
        "withdrawn": t("withdrawn"),
    }


def expiries(t: Translator) -> Mapping[str, str]:
    """What the days of an answer ask for, where it is time."""
    return {
        "expired": t("expired"),
        "not_yet_valid": t("not valid yet"),
        "expires_soon": t("expires soon"),
        "review_due": t("should be checked now"),
    }


def states(t: Translator) -> Mapping[str, str]:
    """What one can look for."""
    return {
        "missing": t("not published yet"),
        "outdated": t("outdated translations"),
        "draft": t("drafts"),
        "in_review": t("texts in review"),
        "review_owed": t("published in an emergency, review owed"),
    }


def origins(t: Translator) -> Mapping[str, str]:
    """How the words of a text came about."""
    return {
        "written": t("written in this language"),
        "human": t("translated by a person"),
        "machine": t("machine translations that nobody has checked"),
        "machine_checked": t("machine translations that somebody has checked"),
    }


def validities(t: Translator) -> Mapping[str, str]:
    """What one can look for in dates."""
    return {
        "expired": t("expired answers"),
        "review_due": t("answers that should be checked now"),
        "review_soon": t("answers to check within 30 days"),
    }


def areas(t: Translator) -> Mapping[str, str]:
    """Subject areas."""
    return {
        "grants": t("Grants"),
        "premises": t("Premises"),
        "practice": t("Norwegian practice"),
        "services": t("Public services"),
    }


def kinds(t: Translator) -> Mapping[str, str]:
    """What residents get for a question, and why."""
    return {
        "answer": t("An answer: it is certain enough which one is meant."),
        "choices": t("Choices: not certain enough for one answer, so people choose."),
        "not_found": t("No answer: not certain enough for anything. People are led to a person."),
        "safety": t("The answer for danger: it comes before everything else."),
        "intent": t("Not looked up: the words mean something to do, or say nothing that can be looked up."),
    }


def referral(t: Translator) -> Mapping[str, str]:
    """The parts of a referral."""
    return {
        "whom": t("Whom to turn to"),
        "how": t("How"),
        "when": t("When"),
        "bring": t("What to have ready"),
        "interpreter": t("Interpreter"),
    }


def text_field(name: str, t: Translator) -> str:
    """What a field is called in its form: value, sources; of a text: title, short, next_steps.0, referral.whom."""
    group, _point, part = name.partition(".")
    if group == "next_steps":
        return t("Step {number}", number=int(part) + 1)
    if group == "referral":
        return referral(t).get(part, part)
    known = {
        **library.fields(t),
        "title": t("Title"),
        "short": t("Short answer"),
        "full": t("Full answer"),
        "easy": t("Easier to read"),
        "applies_to": t("Who this is for"),
    }
    return known[name]


def role(name: str, t: Translator) -> str:
    """A role, with its language or organisation after it."""
    known = {
        "author": t("author"),
        "translator": t("translator"),
        "reviewer": t("reviewer"),
        "publisher": t("publisher"),
        "ambassador": t("ambassador"),
        "administrator": t("administrator"),
    }
    first, _space, scope = name.partition(" ")
    return f"{known.get(first, first)} {scope}".strip()


def event(name: str, t: Translator) -> str:
    """A line of the timeline; one of an earlier release that has no words any more shows its name."""
    return events(t).get(name, name.replace("_", " "))


def reason(event: str, why: str, t: Translator) -> str:
    """Why something was refused, which is kept as a code; elsewhere staff wrote the reason themselves."""
    if event == "exchange_refused":
        return exchange.unreadable(t).get(why, why)
    return rules(t).get(why, why) if event in _REFUSALS else why


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        **editing.events(t),
        **glossary.events(t),
        **account.events(t),
        **exchange.events(t),
        **upkeep.events(t),
        **library.events(t),
        **organisations.events(t),
        **joining.events(t),
        **announcing.events(t),
        **scheduling.events(t),
        **voices.events(t),
        **reading_aloud.events(t),
        "draft_saved": t("draft saved"),
        "draft_kept_beside": t("text kept beside the draft"),
        "draft_discarded": t("draft put away"),
        "restored": t("earlier text restored"),
        "submitted": t("sent to review"),
        "taken_back": t("taken back"),
        "returned": t("returned with a note"),
        "commented": t("comment written"),
        "approved": t("approved"),
        "published": t("published"),
        "small_change": t("small change: translations stay as they are"),
        "reviewed_afterwards": t("reviewed afterwards"),
        "withdrawn": t("withdrawn"),
        "still_correct": t("marked as still correct"),
        "gap_outside": t("a question asked in vain noted as outside"),
        "gap_dropped": t("a question asked in vain taken from the list"),
        "refused": t("was refused a page"),
    }


def issue(found: Issue, t: Translator) -> str:
    """What is wrong with a field, and what to do."""
    return issues(t)[found.code].format(**found.details)


def issues(t: Translator) -> Mapping[str, str]:
    """By the code of an issue; details stand in braces."""
    return {
        **editing.issues(t),
        **glossary.issues(t),
        **organisations.issues(t),
        **announcing.issues(t),
        **voices.issues(t),
        "title_missing": t("The title is missing."),
        "title_long": t("The title is long: {length} characters. Try to stay below {most}."),
        "short_missing": t("The short answer is missing."),
        "short_long": t("The short answer is long: {length} characters. Try to stay below {most}."),
        "full_long": t("The text is long: {length} characters. Try to stay below {most}."),
        "easy_long": t("The text is too long: {length} characters. At most {most} can be kept."),
        "easy_line_long": t("More than {most} words: “{line}”. Can it become two lines?"),
        "easy_many": t("There are {count} lines. {most} are enough: what is most important comes first."),
        "easy_number_lost": t("For people in danger: the short answer has the fact {name}. It must stand here too."),
        "easy_missing": t("The source text has a text that is easier to read. It is missing here."),
        "referral_missing": t("Whom people can turn to, and how, is missing."),
        "source_missing": t("There is no official source."),
        "source_insecure": t("The link {url} does not begin with https://."),
        "placeholder_broken": t("{found} is no fact. Write a fact as in the list, with its braces."),
        "fact_unknown": t("There is no fact called {name}."),
        "fact_lost": t("The source text uses the fact {name}; here it is missing."),
        "fact_added": t("The fact {name} is not used in the source text."),
        "number_should_be_fact": t("{number}: a number that may change should be a fact, so that it is changed once."),
        "hard_to_read": t("The text is hard to read (LIX {lix}). Shorter sentences and words help."),
        "hard_words": t("Are there plainer words for: {words}?"),
        "wording_missing": t("There are {count} wordings. At least {least} different ones are needed to be found."),
        "asked_as_many": t("There are {count} wordings. At most {most} can be kept. Leave some out."),
        "next_steps_many": t("There are {count} steps. At most {most} can be kept."),
        "wording_taken": t("“{wording}” leads to the answer {answer_id} already. One wording can lead to one answer."),
        "wording_twice": t("“{wording}” stands here twice."),
        "html_in_text": t("{tag} looks like HTML. Write plain text only."),
        "control_character": t("There is an invisible character ({character}) in the text. Please remove it."),
    }
