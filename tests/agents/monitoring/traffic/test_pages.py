from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.monitoring.traffic import pages


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("https://shop.test", "/"),
        ("https://shop.test/", "/"),
        ("http://shop.test/orders/17?token=abc#x", "/orders/:id"),
        ("/orders/17/lines/3/", "/orders/:id/lines/:id"),
        ("/u/0198c7a2-11b2-7d3e-9a4b-5c6d7e8f9a0b/edit", "/u/:id/edit"),
        ("/d/0198C7A211B27D3E9A4B5C6D7E8F9A0B", "/d/:id"),
        ("/c/9f86d081884c7d65", "/c/:id"),
        ("/t/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/t/:id"),
        ("/reset/Zm9vYmFyMTIzNDU2Nzg5MGFi", "/reset/:id"),
        ("/invoices/INV-20417", "/invoices/:id"),
        ("/day/2026-11-27", "/day/:id"),
        ("/users/ada@example.com", "/users/:id"),
        ("/users/ada%40example.com", "/users/:id"),
        ("/recipes/apple-pie", "/recipes/apple-pie"),
        ("/faq/is-there-one-really-long", "/faq/is-there-one-really-long"),
        ("/blog/top-10", "/blog/top-10"),
        ("/caf%C3%A9/d%C3%A9j%C3%A0", "/café/déjà"),
        ("/facade/decade", "/facade/decade"),
        ("//double//slash", "/slash"),
        ("/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/…"),
        ("/a%00b\r\n", "/ab"),
        ("https://user:pw@shop.test/in", "/in"),
    ],
)  # fmt: skip
def test_pages_that_differ_by_record_only_are_one(address, page):
    assert pages.page(address) == page


@pytest.mark.parametrize(
    "address",
    ["", "orders", "javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
     "http://[::1", "mailto:a@b.test"],
)  # fmt: skip
def test_what_is_no_page_is_none(address):
    assert pages.page(address) is None


@pytest.mark.parametrize(
    ("address", "own", "site"),
    [
        ("https://www.google.com/search?q=private", "shop.test", "google.com"),
        ("https://news.example.org:8443/a", "shop.test", "news.example.org"),
        ("https://shop.test/a", "shop.test:443", ""),
        ("https://www.shop.test/a", "shop.test", ""),
        ("http://127.0.0.1:8080/a", "127.0.0.1:9090", ""),
        ("http://[::1]:80/a", "[::1]:81", ""),
        ("android-app://com.google.android.gm/", "shop.test", "com.google.android.gm"),
        ("https://me:secret@x.test/", "shop.test", "x.test"),
        ("", "shop.test", ""), ("nonsense", "shop.test", ""), ("javascript:1", "shop.test", ""),
    ],
)  # fmt: skip
def test_of_a_referrer_the_site_remains(address, own, site):
    assert pages.referrer(address, own) == site


@given(st.text())
def test_names_are_short_and_can_be_stored(text):
    for name in (
        pages.page("/" + text) or "", pages.page(text) or "", pages.label(text),
        pages.referrer("https://" + text, "x"), pages.host("https://" + text),
    ):  # fmt: skip
        assert len(name) <= pages.LONGEST
        assert len(name.encode()) <= pages.LONGEST_BYTES
        assert "\0" not in name
        assert "\n" not in name


def test_a_name_of_wide_letters_is_cut_by_its_bytes():
    name = pages.page("/" + "書" * 90)
    assert len(name.encode()) <= pages.LONGEST_BYTES
    assert name.endswith("…")
