"""The words of every reply. Answers come from published revisions, all else from the message catalogues."""

from bot.replies.answers import AnswerReplies
from bot.replies.menus import MenuReplies
from bot.replies.personal import PersonalReplies


class Replies(AnswerReplies, MenuReplies, PersonalReplies):
    """Every reply there is, for one reader."""
