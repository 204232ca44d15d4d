"""What keeps a library from being published is found before residents find it."""

from pathlib import Path

import pytest

from content.checks import check_library
from tests.content.editing import KINDERGARTEN, change

NB, AR, ANSWER = (f"{KINDERGARTEN}/{name}.yaml" for name in ("nb", "ar", "answer"))


def reasons(library: Path) -> list[str]:
    return [str(one) for one in check_library(library)]


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (ANSWER, "area: services", "area: service", "'area' is 'service'"),
        (ANSWER, "- municipality", "- kommune", "'level' is 'kommune'"),
        (ANSWER, "- having-a-child", "- having-fun", "the life event 'having-fun' is unknown"),
        (ANSWER, "- premises-borrow-room", "- premises-borrow", "'related' names 'premises-borrow'"),
        (ANSWER, "- premises-borrow-room", "- services-kindergarten", "which is not another answer"),
        (ANSWER, "owner: service-centre", "owner: nobody", "'owner' is 'nobody'"),
        (ANSWER, "contact: service-centre", "contact: nobody", "'contact' is 'nobody'"),
        (ANSWER, "audience:\n- everyone\n", "", "for whom is this?"),
        (ANSWER, "review_by: '2027-05-01'\n", "", "when again?"),
        (ANSWER, "- url: https", "- url: http", "is not a secure link"),
        (NB, "title: Plass i barnehage", f"title: {'x' * 76}", "at most 75 fit on a button"),
        (NB, "short: Du søker", f"short: {'x' * 300} Du søker", "the short text has"),
        (NB, "next_steps:\n- Søk før fristen.\n- Spør om lavere pris.\n", "", "there are no next steps"),
        (NB, "  when: '{fact:service-centre.hours}'\n", "", "the referral does not say 'when'"),
        (NB, "- venteliste barnehage", "- hva er dugnad", "stands under practice-dugnad, services-kindergarten"),
        (NB, "Søk så tidlig du kan.", "Søk før 1. mars.", "not made from the source text as it is now"),
        (
            AR,
            "made_from: 609ff6082f52792e",
            "made_from: 0000000000000000",
            "not made from the source text as it is now",
        ),
        (AR, "{fact:kindergarten-price}", "1200", "uses other facts than nb.yaml: kindergarten-price"),
        (AR, "- اسأل عن سعر أقل.\n", "", "has another number of next steps"),
        (AR, "- كم تكلف الروضة\n", "", "5 wordings; at least 12 are needed"),
        (AR, "{fact:kindergarten-price}", "{fact:nowhere}", "the fact 'nowhere' is not known"),
        (AR, "title:", "titel:", "'titel' is unknown here"),
    ],
)
def test_a_shortcoming_is_found_and_named(library: Path, file: str, old: str, new: str, reason: str) -> None:
    before = reasons(library)
    change(library / file, old, new)

    found = [one for one in reasons(library) if one not in before]

    assert any(reason in one for one in found), found


def test_the_library_of_the_tests_lacks_nothing_but_wordings(library: Path) -> None:
    assert [one for one in reasons(library) if "wordings; at least" not in one] == []
