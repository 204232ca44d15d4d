"""Who writes, as an ambassador: only they announce, answer and decide for an organisation."""

from bot.dialogues.buttons import menu_button
from bot.dialogues.scene import Scene
from bot.turn import Turn
from broadcasts.organisations.ambassadors import find_ambassador
from broadcasts.organisations.records import Ambassador
from core.messages import Kind, Piece


async def find_speaker(scene: Scene, organisation_id: str) -> Ambassador | None:
    """The person who writes, as an ambassador of this organisation."""
    if scene.person_id is None:
        return None
    return await find_ambassador(scene.session, organisation_id, person_id=scene.person_id)


def not_an_ambassador(scene: Scene) -> Turn:
    """The same words whether there is such an organisation or not."""
    words = scene.t("Only those who speak for an organisation can do this. Ask the municipality for a link.")
    return scene.end(scene.replies.message([Piece(Kind.TEXT, words)], [menu_button(scene.t)]))
