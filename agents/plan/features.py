"""What the generated app really has. The one place to change when the generator learns more."""

from __future__ import annotations

BUILT = frozenset(
    {"auth", "crud", "export", "filters", "i18n", "openapi", "paging", "reset", "roles", "search",
     "sort"}
)  # fmt: skip
"""Features that every generated app has, under the keys that the generator knows them by."""

OFFERED = frozenset(
    {"admin", "ai", "approvals", "audit", "board", "booking", "calendar", "cart", "comments",
     "contact", "coupons", "dashboard", "email", "favourites", "feed", "follow", "leaderboard",
     "map", "messages", "newsletter", "notifications", "organisations", "payment", "quiz",
     "ratings", "reports", "sms", "upload"}
)  # fmt: skip
"""Features that the generator builds where a model switches them on."""

WISHES = {
    "dark_mode": (), "tags": (), "sharing": (), "sorting": ("sort",),
    "password_reset": ("reset",), "maps": ("map",), "history": ("audit",), "chat": ("messages",),
    "reviews": ("ratings",), "likes": ("ratings",), "files": ("upload",), "charts": ("reports",),
    "search": ("search",), "reminders": ("notifications",), "kanban": ("board",),
    "realtime": ("messages", "notifications", "board"), "scheduling": ("booking",),
    "import": ("export",), "subscriptions": ("newsletter",),
    "social": ("follow",), "languages": ("i18n",), "api": ("openapi",), "checkout": ("cart",),
    "orders": ("cart",), "discounts": ("coupons",), "org": ("organisations",),
    "teams": ("organisations",), "scores": ("leaderboard",),
}  # fmt: skip
"""Wishes that Build knows by other names: any of these is what was asked for."""

MADE_OF = frozenset({"cart", "booking", "quiz", "payment"})
"""Features that are nothing without certain kinds of records."""

LED_TO = frozenset({"admin", "cart", "chat", "checkout", "profile", "thread"})
"""Kinds of pages that other pages of the app lead to by themselves."""

MODELLED = {
    "comments": ("comment", "reply", "remark", "feedback", "review"),
    "ratings": ("review", "rating"),
    "favourites": ("favourite", "favorite", "wishlist", "bookmark"),
    "tags": ("tag",),
    "cart": ("cart_item", "basket"),
    "auction": ("bid",),
    "surveys": ("ballot", "survey_response", "response", "survey", "poll", "vote", "answer"),
}
"""Features that are records: there when one of these entities or a fitting field is."""

REPLACED = {
    "comments": ("comment", "remark"),
    "ratings": ("rating", "review", "star", "star_rating"),
    "follow": ("follow", "follower"),
    "cart": (
        "cart",
        "cart_item",
        "cart_record",
        "basket",
        "basket_item",
        "checkout",
        "shopping_cart",
        "order",
        "customer_order",
        "purchase",
    ),
    "coupons": ("coupon", "coupon_code", "discount_code", "voucher"),
    "favourites": ("favourite", "favorite", "wishlist", "bookmark"),
    "leaderboard": ("leaderboard", "high_score"),
    "messages": ("chat", "direct_message", "inbox", "private_message"),
    "newsletter": ("newsletter", "subscriber"),
    "notifications": ("notification", "reminder", "alert"),
    "organisations": ("organisation", "organization", "tenant", "workspace"),
    "reports": ("chart", "graph", "statistic"),
    "contact": ("contact_form",),
    "dashboard": ("dashboard",),
    "calendar": ("calendar",),
    "map": ("map",),
    "audit": ("audit_log", "audit_trail"),
}
"""Nouns that are no records of their own where the feature is on."""

ORDERS = (
    "order_item", "order_line", "order_position", "customer_order", "order", "order_record",
    "purchase",
)  # fmt: skip
"""What the cart keeps of itself: what somebody ordered."""

KEPT = frozenset(
    {"number", "status", "quantity", "price", "total", "date", "ordered_on", "address",
     "delivery_address", "note", "notes", "name", "email", "phone", "customer", "product"}
)  # fmt: skip
"""What the orders of the cart say."""

FIELDS = {"ratings": "rating", "tags": "tags"}
"""Features that a field of this type gives as well."""

MARKS = {"favourites": ("favourite", "favorite")}
"""Features that a yes/no field of this name gives as well."""
