"""What is shown of a count, by profile. * stands for a count that is not shown."""

import pytest

from oneplace.safety.disclose import PROFILES, disclose, effective, show, strictest

#  true:            0   1   4   5   7   8  12  13  52
SINGLE = """
none                0   1   4   5   7   8  12  13  52
published           0   1   4   5   7   8  12  13  52
internal-planning   0   *   *   5   7   8  12  13  52
hes                 0   *   *   *   *  10  10  15  50
opensafely          *   *   *   *   *  10  10  15  50
"""
TRUE = (0, 1, 4, 5, 7, 8, 12, 13, 52)


@pytest.mark.parametrize("line", SINGLE.strip().splitlines())
def test_one_count(line):
    name, *shown = line.split()
    assert [show(disclose(n, name).cells) for n in TRUE] == shown


def test_every_profile_is_drawn_above():
    assert set(PROFILES) == {line.split()[0] for line in SINGLE.strip().splitlines()}


# profile | counts | what is shown, the total last
LISTS = """
none              |  3 20 30 |  3 20 30 53
internal-planning |  3 20 30 |  *  * 30 53
internal-planning |  9 20 30 |  9 20 30 59
internal-planning |  1  1 50 |  *  *  * 52
internal-planning |  4  3 50 |  *  *  * 57
internal-planning |  4  1 50 |  *  * 50 55
internal-planning |  2  3  2 50 |  *  *  * 50 57
internal-planning |  3  0  0 |  *  0  0  *
internal-planning |  3  0 30 |  *  0  * 33
internal-planning |  0  0  0 |  0  0  0  0
hes               |  7 20 30 |  *  * 30 55
hes               |  8 20 30 | 10 20 30 60
opensafely        |  7 20 31 |  * 20 30 50
opensafely        |  8 21 32 | 10 20 30 60
opensafely        |  1  2  3 |  *  *  *  *
"""


@pytest.mark.parametrize("line", LISTS.strip().splitlines())
def test_a_list_with_its_total(line):
    name, counts, shown = (part.strip() for part in line.split("|"))
    given = disclose([int(n) for n in counts.split()], name)
    assert [show(v) for v in (*given.cells, given.total)] == shown.split()


def drawn(table):
    d = disclose([[int(n) for n in row.split()] for row in table], "internal-planning")
    rows = [
        " ".join(show(v) for v in (*cells, total))
        for cells, total in zip(d.cells, d.row_totals, strict=True)
    ]
    return [*rows, " ".join(show(v) for v in (*d.column_totals, d.total))]


def test_a_two_way_table_hides_a_square_around_one_small_count():
    assert drawn(["3 20 30", "10 20 30", "12 9 11"]) == [
        "* * 30 53",
        "* * 30 60",
        "12 9 11 32",
        "25 49 71 145",
    ]


def test_a_two_way_table_without_small_counts_is_shown_whole():
    assert drawn(["5 0", "6 7"]) == ["5 0 5", "6 7 13", "11 7 18"]


def test_a_small_total_is_hidden_too():
    assert drawn(["2 0", "9 9"])[0] == "* 0 *"


def test_without_totals_only_the_small_counts_are_hidden():
    assert disclose([[3, 20], [10, 30]], "internal-planning", totals=False).cells == (
        (None, 20),
        (10, 30),
    )


def test_suppression_looks_at_the_true_count_and_rounds_after():
    """7 rounds to 5 and 8 to 10: a rule on rounded counts would show or hide the wrong ones."""
    assert disclose([7, 8], "hes", totals=False).cells == (None, 10)


@pytest.mark.parametrize(
    "sources, audience, profile",
    [
        (["published"], "hes", "published"),
        (["published", "published"], "internal-planning", "published"),
        (["published", "internal-planning"], "hes", "hes"),
        (["internal-planning"], "hes", "hes"),
        (["hes"], "internal-planning", "hes"),
        (["hes"], "none", "hes"),
        (["opensafely", "internal-planning"], "hes", "opensafely"),
        (["none"], "none", "none"),
        ([], "hes", "hes"),
    ],
)
def test_the_strictest_wins(sources, audience, profile):
    assert effective(sources, audience).name == profile


def test_an_unknown_profile_is_refused():
    with pytest.raises(ValueError, match="no disclosure profile 'lax'"):
        strictest(["hes", "lax"])
    with pytest.raises(ValueError, match="no disclosure profile"):
        disclose(3, "lax")


@pytest.mark.parametrize("wrong", [[-1], [1.5], [[[1]]]])
def test_what_is_no_table_of_counts_is_refused(wrong):
    with pytest.raises((ValueError, TypeError)):
        disclose(wrong, "hes")


def test_how_many_are_hidden_is_said():
    assert disclose([3, 20, 30], "internal-planning").hidden == 2
    assert disclose([3, 1], "internal-planning").hidden == 3
