"""Pages are compressed where nothing in them was chosen by whoever made the reader ask, and only
there."""

from __future__ import annotations

import gzip
import re

import pytest

TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"')
LONG = "/programme/milestones"


def plain(body: bytes) -> bytes:
    """Without what differs in every answer."""
    return TOKEN.sub(b"", body)


def test_a_long_page_comes_compressed_and_says_the_same(site):
    client = site.client("planner")
    as_it_is = client.get(LONG)
    sent = client.get(LONG, headers={"accept-encoding": "gzip, br"})
    assert sent.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in as_it_is.headers
    assert int(sent.headers["Content-Length"]) == len(sent.content) < len(as_it_is.content) / 2
    assert plain(gzip.decompress(sent.content)) == plain(as_it_is.content)
    for answer in (as_it_is, sent):
        assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("address", "why"),
    [
        (f"{LONG}?state=late", "a query is chosen by whoever made the link"),
        ("/healthz", "a short answer is sent as it is"),
        ("/there/is/no/such/page", "a refusal repeats what was asked"),
    ],
)
def test_what_somebody_else_may_have_put_words_into_is_not(site, address, why):
    answer = site.client("planner").get(address, headers={"accept-encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers, why


def test_an_answer_to_a_form_is_not(site):
    answer = site.client("risk").post(
        "/programme/risks/new", {"title": "x" * 9000}, headers={"accept-encoding": "gzip"}
    )
    assert answer.status_code == 422 and len(answer.content) > 8_000
    assert "Content-Encoding" not in answer.headers


def test_two_equal_answers_are_equally_long(site):
    """Nothing of the moment is in what is sent, so that its length tells nothing."""
    client = site.client(None)
    sizes = {
        len(client.get("/directory/", headers={"accept-encoding": "gzip"}).content)
        for _ in range(3)
    }
    assert max(sizes) - min(sizes) <= 64  # a new token in each
