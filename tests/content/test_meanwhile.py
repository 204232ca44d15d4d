"""Two people change the same details: what one has changed is theirs, what both have changed is shown."""

from dataclasses import replace

import pytest

from content.editing_profile import OfficeDetails
from content.meanwhile import ChangedMeanwhile, check_unchanged, fingerprint, merge

WAS = OfficeDetails({"nb": "Biblioteket", "en": "Library"}, {"nb": "Bøker."}, phone="00 00 00 25", hours="always")
SEEN = fingerprint(WAS)


def test_what_only_they_have_changed_is_theirs_and_what_only_i_have_changed_is_mine() -> None:
    mine, theirs = replace(WAS, phone="00 00 00 11"), replace(WAS, hours="mon 09:00-15:00")

    merged = merge(mine, theirs, seen=SEEN)

    assert merged.details == replace(WAS, phone="00 00 00 11", hours="mon 09:00-15:00")
    assert (merged.theirs, merged.both) == ({"hours"}, {})


def test_where_both_have_written_my_words_stay_and_theirs_are_told() -> None:
    merged = merge(replace(WAS, phone="1"), replace(WAS, phone="2"), seen=SEEN)

    assert merged.details.phone == "1"
    assert (merged.theirs, merged.both) == (frozenset(), {"phone": "2"})


def test_where_both_have_written_the_same_there_is_nothing_to_tell() -> None:
    both = replace(WAS, phone="1")

    merged = merge(both, both, seen=SEEN)

    assert (merged.details, merged.theirs, merged.both) == (both, frozenset(), {})


def test_a_name_in_one_language_is_a_field_of_its_own() -> None:
    mine = replace(WAS, names={"nb": "Bibliotek", "en": "Library", "ar": "المكتبة"})
    theirs = replace(WAS, names={"nb": "Biblioteket"}, helps_with={"nb": "Bøker.", "uk": "Книги."})

    merged = merge(mine, theirs, seen=SEEN)

    assert merged.details.names == {"nb": "Bibliotek", "ar": "المكتبة"}
    assert merged.details.helps_with == {"nb": "Bøker.", "uk": "Книги."}
    assert merged.theirs == {"names.en", "helps_with.uk"}


@pytest.mark.parametrize("seen", ["", "phone", "phone=x names.nb=", "= ="])
def test_without_a_right_fingerprint_nothing_of_mine_is_taken_away(seen: str) -> None:
    merged = merge(replace(WAS, phone="1"), replace(WAS, hours=""), seen=seen)

    assert (merged.details.phone, merged.details.hours) == ("1", "always")
    assert merged.both["phone"] == "00 00 00 25"


def test_saving_over_something_else_than_what_was_seen_is_refused() -> None:
    theirs = replace(WAS, phone="2")

    with pytest.raises(ChangedMeanwhile):
        check_unchanged(theirs, replace(WAS, phone="1"), seen=SEEN)
    check_unchanged(theirs, theirs, seen=SEEN)  # the same change twice
    check_unchanged(WAS, replace(WAS, phone="1"), seen=SEEN)
    check_unchanged(theirs, WAS, seen=None)
