"""What staff read about facts, the municipality and the details of an answer."""

from collections.abc import Mapping

from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "details_wrong": t("Something in the form is not right. Nothing was saved. Please go back and look again."),
        "fact_used": t("Texts use this fact. Take it out of them first, then it can be removed."),
        "fact_taken": t("There is a fact or a detail of an office with this name already. Choose another name."),
        "fact_changed_meanwhile": t("Somebody else has just changed this fact. Go back, look at it, and try again."),
        "office_taken": t("There is an office with this key already. Choose another key."),
        "office_used": t("Answers use this office. Give them another one first, then it can be removed."),
        "office_needed": t("Residents for whom there is no answer are led to this office. It cannot be removed."),
        "changed_meanwhile": t("Somebody else has saved this page meanwhile. Go back, look at it, and try again."),
        "answer_taken": t("There is an answer with this name already. Choose another name."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "fact_changed": t("Saved. Residents see the new value now, in every language."),
        "fact_added": t("The fact is kept. Texts can use it now."),
        "fact_removed": t("The fact is removed."),
        "profile_changed": t("Saved. Residents see the new details now."),
        "office_changed": t("Saved. Residents see the new details now."),
        "office_moved": t("Moved. Lists of offices have the new order now."),
        "office_removed": t("The office is removed."),
        "office_added": t("The office is there. Fill in how people reach it."),
        "answer_details_changed": t("Saved. Residents see the new details now."),
        "answer_added": t("The answer is begun. Write its first text here."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "fact_changed": t("fact changed"),
        "fact_added": t("fact added"),
        "fact_removed": t("fact removed"),
        "profile_changed": t("details of the municipality changed"),
        "office_changed": t("office changed"),
        "office_added": t("office added"),
        "office_moved": t("office moved in the list"),
        "office_removed": t("office removed"),
        "answer_details_changed": t("details of the answer changed"),
        "answer_added": t("answer begun"),
    }


def issues(t: Translator) -> Mapping[str, str]:
    """By the code of an issue; details stand in braces."""
    return {
        "text_long": t("The text is too long: {length} characters. At most {most} can be kept."),
        "day_wrong": t("This is no date. Write it as year-month-day, for example 2027-01-31."),
        "fact_value_wrong": t("The value is not written as this kind of fact needs. See the example above the field."),
        "fact_source_missing": t("Whoever has checked a value has a source for it. Please name it."),
        "fact_name_wrong": t("Use small English letters, digits, hyphens and points only, at most 80 of them."),
        "town_name_missing": t("The name of the municipality is missing."),
        "zone_unknown": t("There is no such time zone. For most of Norway it is Europe/Oslo."),
        "scheme_unknown": t("There is no such scheme."),
        "detail_used": t("Texts show this to residents. It cannot be left empty."),
        "office_name_missing": t("The office needs a name."),
        "office_key_wrong": t("Use small English letters, digits and hyphens only, at most 51 of them."),
        "phone_wrong": t("Write the number with digits and spaces only, for example 55 55 33 33."),
        "email_wrong": t("This is no e-mail address."),
        "address_wrong": t("This is no address."),
        "hours_wrong": t("Write opening hours as in the example above the field."),
        "office_unknown": t("Please choose an office."),
        "level_unknown": t("Please choose from the list."),
        "life_event_unknown": t("Please choose from the list."),
        "related_unknown": t("There is no other answer called {answer_id}."),
        "dates_swapped": t("The last day comes before the first."),
        "source_needed": t("Residents see this answer: it needs at least one official source."),
        "source_twice": t("The link {url} stands here twice."),
        "sources_many": t("At most {most} sources can be kept."),
        "answer_id_wrong": t("Use small English letters, digits and hyphens only, at most 51 of them."),
        "area_unknown": t("Please choose a subject area."),
        "priority_wrong": t("Write a whole number from 1 to {most}."),
        "safety_reason_missing": t("Residents see this answer as help in danger. Please write why it no longer is."),
        "meanwhile_theirs": t("Somebody else has changed this meanwhile. What they saved stands here now."),
        "meanwhile_both": t("Somebody else has saved here meanwhile: “{theirs}”. Your own words stand here."),
        "meanwhile_emptied": t("Somebody else has emptied this meanwhile. Your own words stand here."),
        "language_unknown": t("Please choose a language."),
    }


def fact_types(t: Translator) -> Mapping[str, str]:
    """The kinds of facts."""
    return {
        "money": t("Amount of money"),
        "number": t("Number"),
        "percent": t("Per cent"),
        "date": t("Date"),
        "day": t("Day that comes each year"),
        "phone": t("Telephone number"),
        "email": t("E-mail address"),
        "link": t("Link"),
        "address": t("Address"),
        "hours": t("Opening hours"),
        "text": t("Text, the same in every language"),
    }


def fact_hints(t: Translator) -> Mapping[str, str]:
    """How a value of each kind is written."""
    return {
        "money": t("For example 1200 NOK or 1200.50 NOK. Each language shows it in its own way."),
        "number": t("For example 2 or 1.5, without words."),
        "percent": t("For example 25, without the sign."),
        "date": t("Year-month-day, for example 2027-01-31."),
        "day": t("Month-day, for example 03-01 for the first of March."),
        "phone": t("For example 116 117 or +47 55 55 33 33."),
        "email": t("For example post@example.no."),
        "link": t("Begins with https://."),
        "address": t("As it is written on a letter."),
        "hours": t("For example mon-fri 09:00-15:00; sat 10:00-14:00, or: always. Each language shows its own words."),
        "text": t("Shown as it is in every language: a name, not a sentence."),
    }


def levels(t: Translator) -> Mapping[str, str]:
    """Whose matter an answer is."""
    return {
        "municipality": t("the municipality"),
        "county": t("the county"),
        "state": t("the state"),
        "organisation": t("an organisation"),
        "private": t("a private business"),
    }


def life_events(t: Translator) -> Mapping[str, str]:
    """What happens in a life, as the menu has it."""
    return {
        "new-in-norway": t("New in Norway"),
        "moving": t("Moving"),
        "having-a-child": t("Having a child"),
        "child-in-school": t("A child in school"),
        "starting-work": t("Starting work"),
        "losing-work": t("Losing work"),
        "illness": t("Illness"),
        "family-reunion": t("Family reunion"),
        "crisis": t("Crisis"),
        "start-organisation": t("Starting an organisation"),
        "run-organisation": t("Running an organisation"),
        "becoming-citizen": t("Becoming a citizen"),
        "short-of-money": t("Short of money"),
    }
