"""What staff and ambassadors read about the time of messages: when they go out, and what became of each run."""

from collections.abc import Mapping

from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "not_approved_for_sending": t(
            "The message is not approved as it stands now. Approve it first, then choose a time."
        ),
        "ambassador_decides": t("Only the organisation’s ambassador decides when its members get a message."),
        "plan_in_past": t("This time is over already. Please choose a later one."),
        "plan_without_runs": t("The last day comes before the first time. Please choose a later last day."),
        "useful_time_wrong": t("A message can be useful for at least ten minutes and at most fourteen days."),
        "quiet_hours_hold": t("Only an urgent message may be sent during quiet hours."),
        "only_quiet_hours": t(
            "It is quiet for as long as the message is useful, so nobody would get it."
            " Choose another time, or let it be useful for longer."
        ),
        "nothing_to_pause": t("This message is not waiting or being sent, so there is nothing to pause."),
        "nothing_to_resume": t("This message is not paused."),
        "already_over": t("This message is over already: it was sent, cancelled, or came too late."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "broadcast_scheduled": t("time for sending chosen"),
        "broadcast_paused": t("paused"),
        "broadcast_resumed": t("resumed"),
        "broadcast_cancelled": t("cancelled"),
        "broadcast_sent": t("message sent"),
        "broadcast_expired": t("message was too late and was not sent"),
        "release_begun": t("sending began"),
        "release_paused": t("sending paused by itself, because too much failed"),
        "release_sent": t("sending ended"),
        "release_cancelled": t("sending stopped"),
        "release_expired": t("too late: not sent"),
        "runs_left_out": t("times during a long outage left out"),
        "backup_restored": t("a backup was restored: sending is off until somebody switches it on"),
    }
