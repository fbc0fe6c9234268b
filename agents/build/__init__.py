"""The build agent: a model becomes an app, and the app has to prove itself.

`agent.py` is the recipe; `generator.py` makes the files, a pure function of the model;
`verify.py` runs the app's own tools on them, with packages from `dependencies.py` and a
database from `database.py`; `bundle.py` is what goes live.
"""
