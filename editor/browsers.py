"""What people call a browser, from what it says of itself. A guess to recognise one's own: nothing depends on it."""

from core.i18n import Translator

# In this order: most say that they are several.
_NAMES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(said: str, t: Translator) -> str:
    """Such as "Firefox, Windows"."""
    found = [next((name for sign, name in signs if sign in said), "") for signs in (_NAMES, _SYSTEMS)]
    return ", ".join(filter(None, found)) or t("a browser that we do not know")
