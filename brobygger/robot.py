"""The robot voice, as the settings want it."""

from content.reading_aloud.robot import Robot, find_robot
from core.errors import SetupProblem
from core.settings import Settings


def make_robot(settings: Settings) -> Robot | None:
    """None where it is not wanted. Raises SetupProblem when it is wanted and not installed."""
    if not settings.robot_voice:
        return None
    robot = find_robot()
    if robot is None:
        raise SetupProblem(
            "BROBYGGER_ROBOT_VOICE is True, but espeak-ng is not installed here. Install it (Debian: apt-get install"
            " espeak-ng opus-tools), or set False."
        )
    return robot
