"""What staff and ambassadors read about organisations and ambassadors. (Joining: joining.py.)"""

from collections.abc import Mapping

from broadcasts.organisations.coverage import Concern
from broadcasts.organisations.records import OrganisationState
from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "organisation_details_wrong": t("Something in the entry must be put right first. Nothing is saved."),
        "organisation_changed_meanwhile": t("Somebody else has changed this entry meanwhile. Open it again."),
        "nobody_speaks_for_it": t("Nobody speaks for this organisation. Add an ambassador; it wakes when they agree."),
        "not_their_organisation": t("You do not speak for this organisation."),
        "ambassador_name_missing": t("Please write a name, of at most 120 letters."),
        "organisation_has_ended": t("This organisation has ended here. Nobody can speak for it any more."),
        "ambassador_link_not_open": t("This link was used already, or is too old. Make a new one."),
        "speaks_already": t("This person is an ambassador of the organisation already."),
        "ambassador_ended": t("This ambassador has stopped already."),
        "group_not_yours": t("The bot is not in this group any more, or somebody else added it."),
        "effort_wrong": t("Please write a day that has come, the minutes, and a few words about what it was."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "organisation_added": t("The organisation is saved. Now add its first ambassador."),
        "organisation_changed": t("The entry is saved. Residents see it now."),
        "organisation_state_changed": t("The state of the organisation is changed."),
        "join_code_renewed": t("There is a new code. Print new posters."),
        "entry_confirmed": t("The entry is marked as right today."),
        "ambassador_added": t("Added. They read the agreement at their next visit."),
        "ambassador_ended": t("They are no ambassador any more."),
        "group_ended": t("Nothing is sent to this group any more."),
        "agreed": t("Thank you. You speak for the organisation from now on."),
        "stepped_down": t("Thank you for all you did. You are no ambassador any more."),
        "own_confirm": t("Thank you. The entry is marked as right today."),
        "own_describe": t("The text is saved. Residents see it now."),
        "own_effort": t("Written down. Thank you for your time."),
        "own_drop": t("Taken back."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "organisation_added": t("organisation added"),
        "organisation_changed": t("organisation changed"),
        "organisation_woken": t("organisation takes part"),
        "organisation_dormant": t("organisation rests"),
        "organisation_ended": t("organisation ended"),
        "organisation_without_ambassador": t("organisation rests: nobody speaks for it"),
        "join_code_renewed": t("new code to join"),
        "entry_confirmed": t("entry confirmed"),
        "entry_described": t("entry written anew"),
        "ambassador_added": t("ambassador added"),
        "ambassador_link_made": t("link for an ambassador made"),
        "ambassador_connected": t("ambassador opened the link"),
        "ambassador_agreed": t("ambassador agreed"),
        "ambassador_hands_over": t("ambassador hands over"),
        "ambassador_ended": t("ambassador stopped"),
        "group_connected": t("Telegram group connected"),
        "group_ended": t("Telegram group disconnected"),
    }


def issues(t: Translator) -> Mapping[str, str]:
    """By the code of an issue; details stand in braces."""
    return {
        "organisation_name_missing": t("The name is missing."),
        "organisation_number_wrong": t("This is no organisation number. Leave it empty if there is none."),
        "organisation_website_wrong": t("A link begins with https:// or http://."),
        "organisation_language_unknown": t("One of the languages is not among ours."),
        "effort_day_wrong": t("Please write a day of the last three years, not one that is still to come."),
        "effort_minutes_wrong": t("Please write the minutes as a number, at most a whole day."),
        "effort_what_wrong": t("Please write a few words, at most {most} letters."),
    }


def state(name: str, t: Translator) -> str:
    """Whether an organisation takes part."""
    known = {
        OrganisationState.ACTIVE: t("takes part"),
        OrganisationState.DORMANT: t("rests"),
        OrganisationState.ENDED: t("ended"),
    }
    return known[OrganisationState(name)]


def state_style(name: str) -> str:
    """How its sign looks."""
    return {"active": "fresh", "dormant": "outdated", "ended": "superseded"}[name]


def move(name: str, t: Translator) -> str:
    """What a button does that brings an organisation to this state."""
    known = {
        OrganisationState.ACTIVE: t("Let it take part again"),
        OrganisationState.DORMANT: t("Let it rest: nothing is sent"),
        OrganisationState.ENDED: t("End it"),
    }
    return known[OrganisationState(name)]


def concern(one: Concern, t: Translator) -> str:
    """Why staff should speak with an organisation."""
    known = {
        Concern.NO_AMBASSADOR: t("Nobody speaks for it."),
        Concern.DORMANT: t("It rests, though somebody speaks for it."),
        Concern.NEVER_CONFIRMED: t("Nobody has confirmed its entry yet."),
        Concern.NOT_CONFIRMED: t("Nobody has confirmed its entry within a year."),
        Concern.NOTHING_SENT: t("It has sent nothing for half a year."),
    }
    return known[one]


def ended(reason: str, t: Translator) -> str:
    """Why somebody is no ambassador any more."""
    known = {
        "handed_over": t("handed over"),
        "stepped_down": t("stopped by themselves"),
        "taken_away": t("ended by staff"),
        "forgotten": t("asked to be forgotten"),
        "organisation_ended": t("the organisation ended"),
    }
    return known.get(reason, reason)
