"""Which machine drafts translations for staff: the editor's port, as the settings want it."""

from content.machine.apertium import find_apertium
from content.machine.deepl import ADDRESS, DeepL
from content.machine.libretranslate import LibreTranslate
from content.machine.port import NO_TRANSLATOR, MachineTranslator
from core.errors import SetupProblem
from core.settings import Settings

_FREE_ADDRESS, _FREE_KEY = "https://api-free.deepl.com", ":fx"  # how DeepL's keys of the free plan end


def make_translator(settings: Settings) -> MachineTranslator:
    """The one that is set; one that translates nothing when none is. Raises SetupProblem when it is not installed."""
    key = settings.machine_key or ""
    match settings.machine_translator:
        case "apertium":
            apertium = find_apertium()
            if apertium is None:
                raise SetupProblem(
                    "BROBYGGER_MACHINE_TRANSLATOR is apertium, but it is not installed here. Install it (Debian:"
                    " apt-get install apertium-nno-nob), or set none."
                )
            return apertium
        case "deepl":
            own = _FREE_ADDRESS if key.endswith(_FREE_KEY) else ADDRESS
            return DeepL(key, address=settings.machine_url or own)
        case "libretranslate":
            return LibreTranslate(settings.machine_url or "", key=key)
        case _:
            return NO_TRANSLATOR
