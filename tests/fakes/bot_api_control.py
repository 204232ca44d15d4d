"""The control interface of the Bot API server, in JSON over HTTP: for tests whose fake runs in its own process."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.fakes.bot_api_faults import Fault
from tests.fakes.bot_api_plan import Plan
from tests.fakes.loopback_http import Request, Response

if TYPE_CHECKING:
    from tests.fakes.bot_api import BotAPI


def answer(api: "BotAPI", request: Request) -> Response:
    """Do what is asked; 400 with the reason when it makes no sense."""
    what = request.path.removeprefix("/control/")
    try:
        given = json.loads(request.body or b"{}")
        done = _look(api, what, request) if request.method == "GET" else _change(api, what, given)
        return Response(200, json.dumps(done, default=str).encode())
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError) as problem:
        return Response(400, json.dumps({"problem": f"{type(problem).__name__}: {problem}"}).encode())


def _change(api: "BotAPI", what: str, given: Any) -> object:
    match what:
        case "say":
            return {"update_id": api.say(given["chat"], given["text"], given.get("language", "nb"))}
        case "press":
            return {"update_id": api.press(given["chat"], given["data"], given.get("language", "nb"))}
        case "push":
            api.push_raw(given)
        case "fault":
            api.order(Fault(**given))
        case "plan":
            api.plan(Plan(**given))
        case "heal":
            api.heal()
        case _:
            raise KeyError(what)
    return {}


def _look(api: "BotAPI", what: str, request: Request) -> object:
    match what:
        case "sent":
            return [asdict(one) for one in api.sent]
        case "calls":
            return [asdict(one) for one in api.calls]
        case "counts":
            return api.called
        case "waiting":
            return api.waiting()
        case "broken":
            return api.broken
        case "manners":
            return api.manners.broken
        case "plan":
            return api.planned.struck
        case "progress":
            return {"taken": len(api.ledger), "busy": api.busy}
        case "ledger" if chat := request.query.get("chat"):
            return api.ledger.of(int(chat))
        case "ledger":
            return {"total": len(api.ledger), "seconds": api.ledger.seconds(), "chats": api.ledger.counts()}
        case "times":
            return {"chats": list(api.ledger.chats), "times": list(api.ledger.times)}
        case "pace":
            return {
                "per_second": api.ledger.per_second(),
                "most_in_a_second": api.ledger.most_in_a_second(),
                "shortest_gap": api.ledger.shortest_gap(),
            }
        case _:
            raise KeyError(what)
