"""What staff read about recordings."""

from collections.abc import Mapping

from core.i18n import Translator


def rules(t: Translator) -> Mapping[str, str]:
    """By the code of a broken rule."""
    return {
        "sound_unknown": t("We cannot use this sound file. Choose OGG with Opus, MP3 or M4A, without pictures."),
        "sound_too_large": t("The sound file is too large: at most 5 MB. Nothing was changed."),
        "sound_too_long": t("A recording lasts at least one second and at most five minutes. Nothing was changed."),
        "nothing_to_read_aloud": t("Residents do not see this text. Publish it first, then attach a recording."),
        "read_another_text": t("The text has changed since it was read. Read it aloud again as it stands now."),
        "own_recording_needs_second_person": t("You attached this recording. Somebody else must release it."),
        "recording_gone": t("Somebody has released, replaced or removed this recording meanwhile."),
    }


def done(t: Translator) -> Mapping[str, str]:
    """By what was done."""
    return {
        "recording_added": t("The recording is kept. Residents hear it when a second person has released it."),
        "recording_released": t("Residents can hear the recording now."),
        "recording_removed": t("The recording is removed."),
    }


def events(t: Translator) -> Mapping[str, str]:
    """By the event in the timeline."""
    return {
        "recording_added": t("recording attached"),
        "recording_imported": t("recording imported from files"),
        "recording_released": t("recording released"),
        "recording_removed": t("recording removed"),
    }
