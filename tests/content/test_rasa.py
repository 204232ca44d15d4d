"""What a Rasa server says, what it means for the question, and what is done while it is away."""

from datetime import timedelta

import pytest

from content.finding.finder import Choices, Finding, Found, NotFound
from content.finding.rasa import FAILURES_BEFORE_PAUSE, PAUSE, Meant, Opinion
from tests.conftest import MONDAY_9AM
from tests.fakes.rasa_server import RasaServer, asking, rasa_server

ANSWERS = ("kindergarten", "room", "dugnad", "doctor")


def opinion(**meant: float) -> Opinion:
    return Opinion(tuple(Meant(*one) for one in meant.items()))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (opinion(kindergarten=0.98, room=0.015, dugnad=0.005), Found("kindergarten", 0.98, ("room",))),
        (opinion(kindergarten=0.45, room=0.4, dugnad=0.1, doctor=0.05),
         Choices(("kindergarten", "room", "dugnad"), 0.45)),
        (opinion(kindergarten=0.05, room=0.04), None),
        (opinion(out_of_scope=0.99, room=0.01), NotFound(pytest.approx(0.01))),
        (opinion(out_of_scope=0.45, room=0.4), None),
        (opinion(kindergarten=0.5, out_of_scope=0.45), Choices(("kindergarten",), 0.5)),
        (opinion(greet=0.97, room=0.03), None),
        (opinion(nlu_fallback=0.6, kindergarten=0.95), Found("kindergarten", 0.95, ())),
        (opinion(withdrawn=0.5, kindergarten=0.45), Choices(("kindergarten",), 0.45)),
        (opinion(), None),
    ],
)  # fmt: skip
def test_intents_lead_to_answers_by_the_thresholds_of_our_own_finding(said: Opinion, shown: Finding | None) -> None:
    assert said.decide("nb", ANSWERS) == shown


async def test_the_ranking_comes_in_order_whatever_order_it_is_sent_in() -> None:
    async with rasa_server(room=0.2, kindergarten=0.8) as server, asking(server) as rasa:
        said = await rasa.ask("hva koster barnehagen", at=MONDAY_9AM)

    assert said == opinion(kindergarten=0.8, room=0.2)
    assert server.asked == ["hva koster barnehagen"]


async def test_a_server_with_a_token_is_given_it() -> None:
    async with rasa_server(room=0.9) as server, asking(server, token="hemmelig") as rasa:
        server.token = "hemmelig"

        assert await rasa.ask("møterom", at=MONDAY_9AM) == opinion(room=0.9)


async def test_an_answer_without_a_ranking_has_its_intent() -> None:
    async with rasa_server() as server, asking(server) as rasa:
        server.body = b'{"text": "x", "intent": {"name": "room", "confidence": 1}}'

        assert await rasa.ask("møterom", at=MONDAY_9AM) == opinion(room=1.0)


async def test_it_has_no_opinion_of_a_text_without_words() -> None:
    async with rasa_server() as server, asking(server) as rasa:
        said = await rasa.ask("?", at=MONDAY_9AM)

    assert said is not None
    assert said.decide("nb", ANSWERS) is None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"seconds": 30}, "slow"),
        ({"status": 500}, "failed"),
        ({"status": 503, "body": b"<html>"}, "failed"),
        ({"status": 307}, "failed"),
        ({"is_cut": True}, "unreachable"),
        ({"token": "another"}, "refused"),
        ({"body": b""}, "unintelligible"),
        ({"body": b"\xff\xfe"}, "unintelligible"),
        ({"body": b"[" * 50_000}, "unintelligible"),
        ({"body": b"[]"}, "unintelligible"),
        ({"body": b"{}"}, "unintelligible"),
        ({"body": b'{"intent_ranking": {"room": 1}}'}, "unintelligible"),
        ({"body": b'{"intent_ranking": [{"name": "room", "confidence": "high"}]}'}, "unintelligible"),
        ({"body": b'{"intent_ranking": [{"name": "room", "confidence": 7}]}'}, "unintelligible"),
        ({"body": b'{"intent_ranking": [{"name": "room", "confidence": NaN}]}'}, "unintelligible"),
        ({"body": b'{"intent_ranking": ["room"]}'}, "unintelligible"),
        ({"body": b'{"text": "' + b"x" * 300_000 + b'"}'}, "unintelligible"),
    ],
)
async def test_whatever_goes_wrong_there_is_no_opinion_and_the_log_says_why(
    fault: dict[str, object], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    patience = 300 if reason == "slow" else 30_000
    async with rasa_server(room=0.9) as server, asking(server, milliseconds=patience) as rasa:
        for name, value in fault.items():
            setattr(server, name, value)

        said = await rasa.ask("barnet mitt er sykt", at=MONDAY_9AM)

    assert said is None
    assert f"'reason': '{reason}'" in caplog.text
    assert "barnet" not in caplog.text  # never what a resident wrote
    assert "token=" not in caplog.text


async def test_nobody_listening_is_no_opinion() -> None:
    async with asking(RasaServer(port=9)) as rasa:  # the port named discard: nobody listens there
        assert await rasa.ask("møterom", at=MONDAY_9AM) is None


async def test_after_some_failures_in_a_row_it_is_left_alone_then_tried_once() -> None:
    later = MONDAY_9AM + PAUSE
    async with rasa_server(room=0.9) as server, asking(server) as rasa:
        server.status = 500
        for _ in range(FAILURES_BEFORE_PAUSE + 5):
            await rasa.ask("møterom", at=MONDAY_9AM)
        meanwhile = len(server.asked)
        await rasa.ask("møterom", at=later)
        await rasa.ask("møterom", at=later + timedelta(seconds=1))
        tried = len(server.asked)
        server.status = 200
        again = [await rasa.ask("møterom", at=later + PAUSE) for _ in range(3)]

    assert meanwhile == FAILURES_BEFORE_PAUSE
    assert tried == FAILURES_BEFORE_PAUSE + 1
    assert again == [opinion(room=0.9)] * 3


async def test_a_single_failure_leaves_nobody_alone() -> None:
    async with rasa_server(room=0.9) as server, asking(server) as rasa:
        for status in (500, 200) * FAILURES_BEFORE_PAUSE:
            server.status = status
            await rasa.ask("møterom", at=MONDAY_9AM)

    assert len(server.asked) == 2 * FAILURES_BEFORE_PAUSE
