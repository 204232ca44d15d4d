"""What staff and ambassadors read about messages, proposals and sending: rules, what was done, events, issues."""

from collections.abc import Mapping

from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        **_rules_of_writing(t),
        **_rules_of_briefing(t),
        "agreement_first": t("First read the agreement and say yes to it. You find it under Organisations."),
        "no_chat_connected": t("No chat is connected with you yet. Ask the municipality for a link."),
        "nothing_to_test": t("There is no text in this language."),
        "sending_policy_wrong": t("Please write two times of day, and a number between 0 and 50. Nothing was changed."),
        "too_late_to_resend": t("It is too late to send it again: the message is of no use any more."),
        "not_a_recipient": t("Only who got this message can answer it."),
        "answer_not_offered": t("This message does not offer that answer."),
        "too_late_to_answer": t("It is too late to answer this message."),
    }


def _rules_of_writing(t: Translator) -> Mapping[str, str]:
    return {
        "not_their_ambassador": t("Only somebody who speaks for the organisation can do this."),
        "organisation_not_active": t("The organisation is not active. Nothing can be written or sent for it just now."),
        "shared_anew": t("A shared answer is not sent again as it was. Share it anew: members get it as it reads now."),
        "urgent_is_for_staff": t("Urgent messages come from staff, who propose them to organisations."),
        "broadcast_being_read": t("Somebody is reading this message. Take it back first, then change it."),
        "broadcast_on_its_way": t(
            "This message has gone out, or is on its way. Use “Send again” to write a new one from it."
        ),
        "accepted_unchanged": t(
            "You passed this proposal on as it is. To change it, choose “Say it in our own words” on the proposal."
        ),
        "vetted_text_pinned": t(
            "The words of a shared answer were checked and stay as they are. You can add a comment."
        ),
        "broadcast_not_savable": t("Something in the text must be put right before it can be saved."),
        "broadcast_not_ready": t("Something must be put right first. It is marked on the page of the message."),
        "broadcast_not_a_draft": t("This message is no draft any more. Somebody may have been quicker."),
        "broadcast_changed_meanwhile": t(
            "Somebody else has saved this page meanwhile. Go back, look at it, and try again."
        ),
        "broadcast_not_waiting": t("This message does not wait to be read any more. Somebody may have been quicker."),
        "own_broadcast": t(
            "You have written this message, or you speak for the organisation. Somebody else must say yes."
        ),
        "note_needed": t("Please write a reason, so that others understand it."),
        "nothing_to_take_back": t(
            "This message cannot be taken back now. If it has a time, you can pause or cancel it."
        ),
    }


def _rules_of_briefing(t: Translator) -> Mapping[str, str]:
    return {
        "briefing_comment_needed": t("Please write something, at most 1,000 characters."),
        "copy_on_its_way": t("Your message has a time already, or has gone out. Cancel it first, then decide anew."),
        "no_proposal": t("This proposal is not open any more. It may have been withdrawn."),
        "nobody_asked": t("Please choose at least one organisation."),
        "second_person_first": t("This proposal is urgent: a second person must read it before organisations get it."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "message_begun": t("The message is a draft now. Look at it, then say that it is ready."),
        "message_saved": t("Saved. Nothing is sent yet."),
        "comment_not_kept": t(
            "The message is a draft now. Your comment could not be kept: please write it here again."
        ),
        "message_submitted": t("Somebody at the municipality reads it first. You are told when it is ready."),
        "message_ready": t("It is ready. Nothing is sent before you have chosen a time."),
        "message_taken_back": t("Taken back. It is a draft again."),
        "message_discarded": t("The draft is gone."),
        "message_copied": t("Here is a new draft with the same words."),
        "message_paused": t("Paused. Nobody gets it until you go on."),
        "message_resumed": t("It goes on."),
        "message_cancelled": t("Cancelled. Nobody gets it any more."),
        "message_approved": t("Thank you. It can go out now; those who wrote it are told."),
        "message_sent_back": t("Sent back with your note."),
        "message_tested": t("The test is on its way to your chat. It comes within a minute."),
        "message_scheduled": t("The time is kept. The message goes out by itself."),
        "proposed": t("The organisations are asked."),
        "proposal_withdrawn": t("Withdrawn. The organisations are told."),
        "proposal_accepted": t("It is a message of yours now. Choose when it goes out; nothing is sent yet."),
        "proposal_adapted": t("It is a draft of your own now. Nothing is sent yet."),
        "proposal_declined": t("Thank you for your answer. Nobody gets this message from you."),
        "proposal_paused": t("It stays here until you decide."),
        "briefing_asked": t("Your words are with the municipality. You are told when somebody answers."),
        "briefing_answered": t("Your answer is sent to the organisation."),
        "unknown_resent": t("It is sent again to those we did not know about."),
        "sending_armed": t("Sending is on."),
        "sending_disarmed": t("Sending is off. Nobody gets any message of an organisation."),
        "sending_policy_saved": t("Saved. It holds from now on."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "broadcast_begun": t("message begun"),
        "broadcast_text_written": t("text of a message written"),
        "broadcast_text_removed": t("text of a message removed"),
        "broadcast_details_written": t("details of a message written"),
        "broadcast_fallback_set": t("choice about missing languages changed"),
        "broadcast_approval_fell": t("changed, so it must be made ready again"),
        "broadcast_copied": t("message copied"),
        "broadcast_discarded": t("draft of a message thrown away"),
        "broadcast_submitted": t("message said to be ready"),
        "broadcast_approved": t("message read and approved"),
        "broadcast_sent_back": t("message sent back with a note"),
        "broadcast_taken_back": t("message taken back"),
        "broadcast_withdrawn": t("message cancelled, as its proposal was withdrawn"),
        "answer_shared": t("answer shared"),
        "proposed": t("organisation asked about a proposal"),
        "proposal_withdrawn": t("proposal withdrawn"),
        "briefing_commented": t("something said about a proposal"),
        "briefing_decided": t("organisation decided about a proposal"),
        "unknown_resent": t("sent again to those we did not know about"),
        "sending_armed": t("sending turned on"),
        "sending_disarmed": t("sending turned off"),
        "sending_policy_edited": t("rules of sending changed"),
    }


def issues(t: Translator) -> Mapping[str, str]:
    """By the code of an issue; details stand in braces."""
    too_long = t("The text is too long: {length} characters. At most {most} fit.")
    return {
        "source_text_missing": t("The text in {language} is missing: the message was begun in this language."),
        "body_missing": t("The text is missing."),
        "begins_missing": t("Please say when it begins."),
        "begins_past": t("This time is over already."),
        "ends_too_early": t("The end must come after the beginning."),
        "place_missing": t("Please say where it is."),
        "deadline_missing": t("Please say which day is the last."),
        "deadline_past": t("This day is over already."),
        "replies_missing": t("Please choose at least two answers."),
        "no_missing": t("A no must be among the answers: nobody must say yes."),
        "text_unchecked": t("A machine translated the text in {language}, and nobody has checked it."),
        "language_unknown": t("We cannot send texts in this language."),
        "language_gets_nothing": t("Members who read {language} get nothing."),
        "language_gets_other": t("Members who read {language} get the text in {other}."),
        "private_number_in_text": t(
            "This looks like an identity number or a card number. It must not go out; please take it away."
        ),
        "time_unreadable": t("This is no day and time."),
        "day_missing": t("Please choose a day."),
        "clock_wrong": t("Please write a time of day, like 18:00."),
        "broadcast_title_long": too_long,
        "broadcast_body_long": too_long,
        "broadcast_comment_long": too_long,
        "broadcast_place_long": too_long,
        "broadcast_whole_long": t(
            "All of it together is too long for one message: {length} characters. At most {most} fit."
        ),
        "urgent_is_for_staff": t("Urgent messages come from staff, who propose them to organisations."),
    }
