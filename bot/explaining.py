"""Which Norwegian word a message asks for, and whether an answer serves better. Pure."""

from dataclasses import dataclass

from bot.phrases import Phrases
from content.catalogue import PublishedAnswer
from content.glossary.glossary import Glossary


@dataclass(frozen=True, slots=True)
class WordMeant:
    """A word, and whether the message asks what it means or only says it."""

    word: str
    is_asked: bool


def word_meant(text: str, language: str, phrases: Phrases, glossary: Glossary) -> WordMeant | None:
    """The word that the message asks for ("what is vedtak?") or consists of ("vedtak"), or None.

    In a question the word may also be the term of the reader's language, or of the language asked in.
    """
    asked = list(phrases.asked_word(text))
    for asked_in, said in asked:
        if word := glossary.find_norwegian(said) or glossary.find_term(said, language, asked_in):
            return WordMeant(word, is_asked=True)
    for _asked_in, said in asked:
        if word := glossary.find_misspelt(said):
            return WordMeant(word, is_asked=True)
    for said in phrases.whole(text):
        if word := glossary.find_norwegian(said) or glossary.find_misspelt(said):
            return WordMeant(word, is_asked=False)
    return None


def is_about(answer: PublishedAnswer, word: str, language: str, glossary: Glossary) -> bool:
    """Whether the answer is about the word itself: its title names it."""
    titles = {text.title for text in (answer.texts.get("nb"), answer.text_for(language)) if text is not None}
    return any(glossary.is_named(word, title) for title in titles)
