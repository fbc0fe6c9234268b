"""A cart for each person and the orders made of it, with stock that goes down and back up. Pure."""

from __future__ import annotations

from agents.build.features.cart.tables import tables
from agents.build.render.literals import ts
from agents.build.selling import Selling, selling
from agents.build.structure import Design, Route, Serving


def serve(design: Design) -> Serving | None:
    """The feature `cart` with one entity. Raises ModelError."""
    sold = selling(design)
    if sold is None:
        return None
    title = sold.table.entity.title_plural
    stock = (
        "the stock goes down with an order, paid or not, and back up when it is cancelled; a blank"
        " stock is not counted"
        if sold.stock
        else "there is no field for stock, so as many as one likes can be ordered"
    )
    return Serving(
        about=f"A cart with checkout for {title}, and orders that go from placed over paid and"
        f" shipped to delivered: {stock}.",
        files={"shared/features/cart.ts": _data(sold)},
        migrations={"cart": tables(sold)},
        routes=_routes(design),
        kinds=("cart", "checkout"),
    )


def _data(sold: Selling) -> str:
    what = {
        "entity": sold.table.key, "price": sold.price, "stock": sold.stock, "image": sold.image,
        "currency": sold.currency,
    }  # fmt: skip
    return (
        '/** What is sold: the entity, and its fields; "" for one that it lacks. */\n'
        "export const sold: { entity: string; price: string; stock: string; image: string;"
        f" currency: string }} = {ts(what)};\n"
    )


def _routes(design: Design) -> tuple[Route, ...]:
    own = [
        Route(path=f"/{kind}", title=title, kind=kind, audience=("guest",))
        for kind, title in (("cart", "Cart"), ("checkout", "Checkout"))
        if not design.pages(kind)
    ]
    mine, everybody = ("member",), ("admin",)
    return (
        *own,
        Route(path="/my-orders", title="My orders", kind="orders", audience=mine, nav=True),
        Route(path="/my-orders/:id", title="Order", kind="order", audience=mine),
        Route(path="/orders", title="All orders", kind="allorders", audience=everybody, nav=True),
    )
