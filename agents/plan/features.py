"""What the generated app really has. The one place to change when the generator learns more."""

from __future__ import annotations

BUILT = frozenset({"auth", "crud", "filters", "paging", "roles", "search", "sort"})
"""Features that every generated app has, under the keys that the generator knows them by."""

OFFERED = frozenset(
    {"admin", "ai", "approvals", "audit", "board", "booking", "calendar", "cart", "comments",
     "contact", "coupons", "dashboard", "email", "export", "favourites", "feed", "follow",
     "i18n", "leaderboard", "map", "messages", "newsletter", "notifications", "organisations",
     "payment", "quiz", "ratings", "reports", "sms", "upload"}
)  # fmt: skip
"""Features that the generator builds where a model switches them on."""

LED_TO = frozenset({"cart", "checkout", "thread", "profile"})
"""Kinds of pages that other pages of the app lead to by themselves."""

MODELLED = {
    "comments": ("comment", "reply", "remark", "feedback", "review"),
    "ratings": ("review", "rating"),
    "favourites": ("favourite", "favorite", "wishlist", "bookmark"),
    "tags": ("tag",),
    "cart": ("cart_item", "cart", "basket"),
}
"""Features that are records: there when one of these entities or a fitting field is."""

FIELDS = {"ratings": "rating", "tags": "tags"}
"""Features that a field of this type gives as well."""

MARKS = {"favourites": ("favourite", "favorite")}
"""Features that a yes/no field of this name gives as well."""
