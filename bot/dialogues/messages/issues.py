"""What is wrong with a message, in the words of the chat: what it is, so that one sees what to write. Pure."""

from core.i18n import Translator
from core.issues import Issue, Severity


def word_issue(issue: Issue, t: Translator) -> str:
    """One sentence. What can come about at the desk only has common words."""
    match issue.code:
        case "html_in_text" | "control_character":
            return t("Some of the characters cannot be sent. Use plain letters.")
        case "private_number_in_text":
            return t("There is an identity number or a card number in it.")
        case "source_text_missing" | "title_missing" | "body_missing":
            return t("The text is missing.")
        case "begins_missing":
            return t("Day and time are missing.")
        case "begins_past":
            return t("The day and time are over.")
        case "ends_too_early":
            return t("It ends before it begins.")
        case "place_missing":
            return t("The place is missing.")
        case "deadline_missing":
            return t("The day of the deadline is missing.")
        case "deadline_past":
            return t("The deadline is over.")
        case "replies_missing" | "no_missing":
            return t("Choose the answer buttons. There must be a no.")
        case "text_unchecked":
            return t("A machine translated this text. No person has checked the translation yet.")
        case code if code.endswith("_long"):
            return t("It is too long: {length} characters. At most {most} fit.", **issue.details)
        case _:
            return t("Something in it cannot be sent.")


def forbidding(issues: list[Issue], t: Translator) -> list[str]:
    """What keeps it from being sent, each once."""
    return list(dict.fromkeys(word_issue(issue, t) for issue in issues if issue.severity is not Severity.ADVICE))
