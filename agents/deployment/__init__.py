"""Puts releases live, and puts back exactly what was live before.

`agent` is the recipe, `platform` what any platform must offer, `local` the one of this machine:
release folders (`releases`), a Node server each (`servers`), `health` checks, `caddy` in front.
`state` remembers what is live and by whom; `reconcile` makes the world agree with it.
"""
