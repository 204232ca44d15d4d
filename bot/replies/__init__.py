"""The words of every reply. Answers come from published revisions, all else from the message catalogues."""

from bot.replies.answers import AnswerReplies
from bot.replies.menus import MenuReplies
from bot.replies.personal import PersonalReplies
from bot.replies.words import WordReplies


class Replies(AnswerReplies, MenuReplies, PersonalReplies, WordReplies):
    """Every reply there is, for one reader."""
