"""What apps can do beyond keeping records: one folder for each feature, found by being there.

A folder `<key>/` holds
- `__init__.py` with `serve(design) -> Serving | None`: whether this app has the feature, which
  of its entities and pages it serves, and the files that depend on the model;
- there too, where it relies on something in the model, `prepare(model) -> AppModel`, which adds it;
- `app/`, files that every app with the feature gets as they are. By their paths they are found:
  `server/features/<key>.ts` exports `feature: ServerFeature`, `src/features/<key>.tsx` exports
  `feature: ClientFeature`, `tests/features/*.test.ts` run with the app's other tests.
  The app's OpenAPI document says of the feature's routes what `openapi` of its `ServerFeature`
  does, and of others their address alone.

A feature imports nothing of another feature; what several need is a part (`agents.build.parts`).
Coupons and payment use the tables and the test helpers of the cart, without which they are refused.
Tables of its own are called `app_…`, addresses of its API begin with `/app/<key>` or follow a
record's, as in `/recipes/<id>/comments`.
"""
