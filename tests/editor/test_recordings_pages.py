"""Staff attach a recording to a text; a second person hears it and lets residents hear it."""

import re

import httpx
import pytest

from editor.access.roles import Role
from tests.conftest import Town
from tests.editor.desk import Client, fields_of, resident_asks, signed_in, translator
from tests.sounds import mp3, ogg

PLACES = {"nb": "/answers/services-kindergarten/nb", "ar": "/answers/services-kindergarten/ar"}
QUESTIONS = {"nb": "hva koster barnehagen?", "ar": "كم تكلف الروضة؟"}
AUDIO = '<audio controls preload="none" src="/listen/services-kindergarten/{}"'


async def writer(town: Town, language: str) -> Client:
    return await signed_in(town, Role.AUTHOR if language == "nb" else translator("ar"), Role.PUBLISHER)


async def attach(client: Client, place: str, data: bytes, name: str = "voice.ogg") -> httpx.Response:
    form = fields_of(await client.get(place))
    return await client.post(
        f"{place}/recordings", {"read_from": form["read_from"]}, files={"sound": (name, data, "image/png")}
    )


def sound_on(page: httpx.Response) -> str:
    """Where the first recording on the page is, below /desk."""
    found = re.search(r'src="/desk(/answers/[^"]+/recordings/\d+)"', page.text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize("language", PLACES)
async def test_a_recording_is_attached_heard_by_a_second_person_and_released(town: Town, language: str) -> None:
    place, amina = PLACES[language], await writer(town, language)
    bert = await signed_in(town, Role.PUBLISHER, name="Bert")
    assert (await attach(amina, place, ogg(), "lyd.mp3")).headers["location"].endswith("done=recording_added")
    assert "recordings to hear or to make anew" in (await bert.get("/")).text
    assert "waits for a second person" in (await bert.get("/recordings")).text

    own, others = await amina.get(place), await bert.get(place)
    sound = sound_on(others)
    refused = await amina.post(sound, step="release")
    part = await bert.get(sound, range="bytes=0-3")
    done = await bert.post(sound, step="release")

    assert "Let residents hear it" not in own.text
    assert (refused.status_code, "Somebody else must release it." in refused.text) == (409, True)
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"OggS", "audio/ogg")
    assert done.headers["location"].endswith("done=recording_released")
    assert AUDIO.format(language) in await resident_asks(town, QUESTIONS[language], language)
    assert "residents hear it" in (await amina.get(place)).text


async def test_a_new_text_takes_its_recording_from_residents_and_the_desk_says_so(town: Town) -> None:
    place, amina = PLACES["nb"], await writer(town, "nb")
    bert = await signed_in(town, Role.PUBLISHER, Role.REVIEWER, name="Bert")
    await attach(amina, place, mp3())
    sound = sound_on(await bert.get(place))
    await bert.post(sound, step="release")

    form = fields_of(await amina.get(f"{place}/write"))
    await amina.post(f"{place}/write", form, short="Noe annet. {fact:kindergarten-price}")
    for client, step in ((amina, "submit"), (bert, "approve"), (bert, "publish")):
        assert (await client.post(place, step=step)).status_code == 303

    assert "<audio" not in await resident_asks(town, QUESTIONS["nb"], "nb")
    page = await amina.get(place)
    assert "the text has changed since" in page.text
    assert "the text has changed since" in (await amina.get("/recordings")).text
    await amina.post(sound, step="remove")
    assert "No person has read this text aloud yet." in (await amina.get(place)).text
    assert [one.event for one in await amina.events()][-1] == "recording_removed"


async def test_what_is_no_sound_is_refused_in_words_whatever_it_is_called(town: Town) -> None:
    place, amina = PLACES["nb"], await writer(town, "nb")
    cases = [
        (b"<html><script>alert(1)</script>", 409, "We cannot use this sound file."),
        (ogg(301), 409, "at most five minutes"),
        (bytes(5_000_001), 409, "at most 5 MB"),
        (bytes(5_100_000), 413, "too large"),
    ]
    for data, status, words in cases:
        page = await attach(amina, place, data)
        assert (page.status_code, words in page.text) == (status, True), words
    stale = await amina.post(f"{place}/recordings", read_from="0" * 64, files={"sound": ("a.ogg", ogg(), "audio/ogg")})
    assert "The text has changed since it was read." in stale.text
    assert "No person has read this text aloud yet." in (await amina.get(place)).text


async def test_only_who_may_write_the_text_attaches_and_removes(town: Town) -> None:
    place, amina = PLACES["nb"], await writer(town, "nb")
    tarek = await signed_in(town, translator("ar"), name="Tarek")
    await attach(amina, place, ogg())
    sound = sound_on(await tarek.get(place))

    assert 'type="file"' not in (await tarek.get(place)).text
    files = {"sound": ("a.ogg", ogg(), "audio/ogg")}
    assert (await tarek.post(f"{place}/recordings", read_from="x", files=files)).status_code == 403
    for step in ("release", "remove", ""):
        assert (await tarek.post(sound, step=step)).status_code == 403
    assert (await tarek.get(sound.replace("/nb/", "/ar/"))).status_code == 404
