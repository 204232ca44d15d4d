"""What a resident reads."""

from tests.conftest import Town


async def test_a_question_gets_the_vetted_answer_with_all_that_belongs_to_it(town: Town) -> None:
    turn = await town.hear("hva koster barnehagen?")

    assert turn.answer_id == "services-kindergarten"
    text = turn.message.as_text()
    assert "1 200 NOK" in text.replace("\u00a0", " ")
    assert "Prøvevik: services-kindergarten: https://www.provevik.example/services-kindergarten" in text
