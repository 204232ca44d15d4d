"""The link below a message in an organisation's group: to the answer buttons for members, to the consent for others.

open:RELEASE_CODE
"""

from collections.abc import Mapping

from bot.announcing import OPEN, word
from bot.dialogues.buttons import number
from bot.dialogues.members.joining import offer
from bot.dialogues.scene import Handler, Scene
from bot.turn import Turn
from broadcasts.delivery.responses import open_message


async def open_from_group(scene: Scene, value: str) -> Turn:
    """Who presses is alone with us here. Numbers can be guessed: to who is no member they say nothing."""
    release, _, code = value.partition("_")
    wanted, person_id = number(release), scene.person_id
    if wanted is not None and person_id is not None:
        announcement = await open_message(scene.session, wanted, person_id, scene.situation.language)
        if announcement is not None:
            return scene.end(word(announcement, scene.t))
    return await offer(scene, code, then_open=wanted)


ACTIONS: Mapping[str, Handler] = {OPEN: open_from_group}
FORMS: Mapping[str, Handler] = {}
