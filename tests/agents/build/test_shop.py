from __future__ import annotations

from typing import Any

import msgspec
import pytest

from agents.build.generator import generate, generate_app
from contracts.model import AppModel, Feature, ModelError, Page
from tests.support.builder import model


def store(*features: Feature, **changes: Any) -> AppModel:
    return msgspec.structs.replace(model("store"), features=features, **changes)


def cart(**params: Any) -> Feature:
    return Feature(key="cart", entities=("product",), params=params)


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (cart(price="cost"), "feature cart: price names cost, no field"),
        (cart(price="name"), "feature cart: price names name, which is no money field"),
        (cart(stock="shelf"), "feature cart: stock names shelf, no field"),
        (cart(stock="price"), "feature cart: stock names price, which is no integer field"),
        (cart(currency="euro"), "feature cart: currency"),
        (Feature(key="cart"), "feature cart: entities"),
        (Feature(key="cart", entities=("category", "product")), "feature cart: entities"),
        (Feature(key="cart", entities=("category",)), "category has no money field"),
    ],
)
def test_a_wrong_param_is_named(feature: Feature, words: str):
    with pytest.raises(ModelError, match=words):
        generate(store(feature))


def test_fields_are_found_without_params():
    data = generate(store(cart()))["shared/features/cart.ts"].decode()
    assert 'price: "price"' in data
    assert 'stock: "stock"' in data


def test_pages_of_the_shop_leave_the_addresses_of_the_model_alone():
    taken = Page(key="about", path="/my-orders", title="About orders", kind="static")
    pages = (*model("store").pages, taken)
    files = generate(store(cart(), pages=pages))
    addresses = files["shared/pages.ts"].decode()
    assert 'path: "/my-orders-page", title: "My orders", kind: "orders"' in addresses
    assert '"About orders"' in addresses


def test_what_is_not_built_is_the_only_thing_noted():
    notes = generate_app(store(cart())).notes
    assert not [note for note in notes if "cart" in note.lower()]


@pytest.mark.parametrize("key", ["coupons", "payment"])
def test_a_shop_without_a_cart_is_refused(key: str):
    with pytest.raises(ModelError, match=f"feature {key}: needs the feature cart"):
        generate(store(Feature(key=key)))


def test_one_shop_has_one_currency():
    dollars = Feature(key="payment", params={"currency": "USD"})
    with pytest.raises(ModelError, match="feature payment: currency USD"):
        generate(store(cart(), dollars))


@pytest.mark.parametrize(
    ("feature", "words"),
    [
        (Feature(key="payment"), "Payment is simulated"),
        (Feature(key="sms"), "Text messages are simulated"),
        (Feature(key="ai", entities=("product",)), "Answers to questions are simulated"),
    ],
)
def test_what_is_simulated_is_noted(feature: Feature, words: str):
    made = generate_app(store(cart(), feature))
    assert [note for note in made.notes if note.startswith(words)]
    assert words in made.files["README.md"].decode()


def test_a_text_page_at_the_address_of_the_contact_form_becomes_the_form():
    texts = tuple(
        Page(key=key, path=f"/{key}", title=key, kind="static", audience=("guest",))
        for key in ("about", "contact")
    )
    pages = generate(store(Feature(key="contact"), pages=texts))["shared/pages.ts"].decode()
    assert 'path: "/contact", title: "contact", kind: "static"' in pages
    assert 'path: "/about", title: "about", kind: "text"' in pages
    assert 'kind: "contact"' not in pages
