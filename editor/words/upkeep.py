"""What staff read about links that are visited and answers that must be looked at again."""

from collections.abc import Mapping

from content.links.records import KnownLink
from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "link_unknown": t("This link is in no published answer any more, or too long to be visited."),
        "link_not_visited": t("This link leads to no public web page, so we do not visit it."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "link_ok": t("The link works."),
        "link_moved": t("The page has moved. The new address stands with the link."),
        "link_dead": t("The link is dead: there is no such page any more."),
        "link_trouble": t("The page could not be seen just now. We try again tomorrow."),
        "link_refused": t("We do not visit this link. The reason stands with it."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "link_checked": t("link visited"),
        "link_dead": t("a link is dead"),
        "link_alive": t("a link is no longer dead"),
        "reminded": t("reminder given"),
    }


def link_states(t: Translator) -> Mapping[str, str]:
    """By the state of a link; "not_yet" for those that were never visited."""
    return {
        "dead": t("dead links"),
        "moved": t("pages that have moved"),
        "trouble": t("pages in trouble, perhaps for today only"),
        "refused": t("links that we do not visit"),
        "not_yet": t("links not visited yet"),
        "ok": t("links that work"),
    }


def link_reason(link: KnownLink, t: Translator) -> str:
    """What is wrong with a link, as far as we can tell."""
    return link_reasons(t)[link.reason].format(status=link.status)


def link_reasons(t: Translator) -> Mapping[str, str]:
    """By the reason that a visit gave; the server's answer stands in braces."""
    return {
        "no_such_host": t("There is no such website."),
        "host_not_found_today": t("The website was not found. It may be back another day."),
        "gone": t("The website says that there is no such page (answer {status})."),
        "status": t("The website answers, but does not show us the page (answer {status}). Look at it yourself."),
        "time_out": t("The website took too long to answer."),
        "certificate": t("There is no safe connection to the website: its certificate is not valid."),
        "connection": t("The website could not be reached."),
        "too_many_redirects": t("The website sends visitors from page to page without end."),
        "not_an_address": t("This is no web address. Is there a typing mistake?"),
        "scheme": t("The address does not begin with https:// or http://."),
        "credentials": t("There is a user name or a password in the address. Residents must not get it."),
        "port": t("The address names a port that websites for residents do not use."),
        "internal_name": t("The name is one of an internal network. Residents cannot open it."),
        "not_public": t("The address is not on the public internet. Residents cannot open it."),
        "too_long": t("The address is too long to be visited."),
    }


def notices(t: Translator) -> Mapping[str, str]:
    """By the key of a notice; its day stands in braces."""
    return {
        "review_month_before": t("Check by {day} whether it is still true."),
        "review_week_before": t("Check by {day} whether it is still true. That is in a week or less."),
        "review_on_the_day": t("It had to be checked by {day}. Residents are told that nobody has done it yet."),
        "review_escalation": t("It had to be checked by {day}, and nobody has done it for two weeks."),
        "expiry_month_before": t("Its last day is {day}. Will there be something new to say?"),
        "expiry_week_before": t("Its last day is {day}, in a week or less. Will there be something new to say?"),
        "expiry_on_the_day": t("Its last day is {day}. From the day after, residents do not get it any more."),
        "expiry_escalation": t("Its last day was {day}. For two weeks nobody has renewed or withdrawn it."),
    }


def notice(key: str, when: str, t: Translator) -> str:
    """What a notice says; ``when`` is its day in words."""
    return notices(t)[key].format(day=when)
