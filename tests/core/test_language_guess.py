"""Guessing offers another language; it never takes one away."""

import pytest

from core import languages
from core.language_guess import guess, offer

QUESTIONS = {
    "nb": "Hvordan søker jeg om plass i barnehagen til datteren min?",
    "nn": "Korleis søkjer eg om plass i barnehagen, og kva kostar det for oss?",
    "en": "How do I apply for a place in kindergarten for my daughter?",
    "pl": "Jak mogę zapisać moją córkę do przedszkola w tej gminie?",
    "uk": "Як мені записати доньку до дитячого садка?",
    "ru": "Как мне записать дочку в детский сад в этом городе, и сколько это стоит?",
    "lt": "Kaip užregistruoti dukrą į vaikų darželį šioje savivaldybėje?",
    "ar": "كيف أسجل ابنتي في روضة الأطفال في هذه البلدية؟",
    "so": "Sidee ayaan gabadhayda uga diiwaan gelin karaa xannaanada carruurta?",
    "ti": "ንጓለይ ኣብ መዋእለ ህጻናት ከመይ ገይረ ከመዝግባ እኽእል?",
    "fa": "چگونه دخترم را در مهد کودک این شهر ثبت نام کنم؟",
    "ur": "میں اپنی بیٹی کو کنڈرگارٹن میں کیسے داخل کروں؟",
    "tr": "Kızımı bu belediyede anaokuluna nasıl kaydettirebilirim?",
    "es": "¿Cómo puedo inscribir a mi hija en la guardería de este municipio?",
    "fr": "Comment puis-je inscrire ma fille à la crèche de cette commune ?",
}


@pytest.mark.parametrize(("language", "question"), QUESTIONS.items())
def test_a_whole_question_shows_its_language(language: str, question: str) -> None:
    assert guess(question) == language or {guess(question), language} == {"nb", "nn"}


@pytest.mark.parametrize(("language", "question"), QUESTIONS.items())
def test_a_reader_of_another_language_is_offered_the_language_of_the_question(language: str, question: str) -> None:
    reader = "en" if language != "en" else "ar"

    offered = offer(question, reader)

    assert offered == language or {offered, language} == {"nb", "nn"}


@pytest.mark.parametrize(("language", "question"), QUESTIONS.items())
def test_nobody_is_offered_the_language_they_read(language: str, question: str) -> None:
    assert offer(question, language) is None


def test_the_two_norwegian_languages_are_never_offered_against_each_other() -> None:
    assert offer(QUESTIONS["nn"], "nb") is None
    assert offer(QUESTIONS["nb"], "nn") is None


@pytest.mark.parametrize("text", ["", " ", "🙂", "123 456", "barnehage", "دجاج", "NAV skjema", "ok takk", "fastlege?"])
def test_short_messages_offer_nothing(text: str) -> None:
    assert all(offer(text, reader) is None for reader in languages.PROMISED)


@pytest.mark.parametrize("text", ["", " ", "🙂🙂", "123", "?!"])
def test_where_there_is_nothing_to_go_by_nothing_is_guessed(text: str) -> None:
    assert guess(text) is None


@pytest.mark.parametrize("text", ["x" * 100_000, "كيف " * 20_000, "\u200f\u202e\x00 a b c d", "\n\n\r\n"])
def test_any_text_can_be_guessed_at(text: str) -> None:
    assert guess(text) in {None, *languages.PROMISED}


SHORT = {
    "nb": "jeg trenger hjelp",
    "nn": "eg treng hjelp",
    "en": "need some help",
    "pl": "gdzie jest lekarz",
    "uk": "де є лікар",
    "ru": "где найти врача",
    "lt": "kur yra gydytojas",
    "ar": "أين أجد طبيب",
    "so": "xaggee dhakhtar joogaa",
    "ti": "ሓኪም ኣበይ ኣሎ",
    "fa": "داکتر کجا است",
    "ur": "ڈاکٹر کہاں ہے",
    "tr": "doktor nerede acaba",
    "es": "dónde hay médico",
    "fr": "où trouver médecin",
}


@pytest.mark.parametrize(("language", "message"), SHORT.items())
def test_three_words_show_their_language(language: str, message: str) -> None:
    assert guess(message) == language


def test_kurdish_in_arabic_letters_is_not_taken_for_persian() -> None:
    assert guess("چۆن دەتوانم پزیشکێک بدۆزمەوە") is None


@pytest.mark.parametrize(
    "text",
    [
        "Làm thế nào để đăng ký cho con tôi vào trường mẫu giáo?",
        "Wie melde ich meine Tochter im Kindergarten dieser Gemeinde an?",
    ],
)
def test_a_language_that_is_not_promised_is_not_taken_for_one_that_is(text: str) -> None:
    assert guess(text) is None
    assert offer(text, "en") is None
