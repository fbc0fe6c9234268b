"""The dashboard: pages rendered on the server, kept live by server-sent events.

`app` puts the routes together, `guard` stands in front of all of them, `sessions` says who is
signed in; `pipelines`, `applications`, `monitoring` and `public` are the pages, `live` what goes on
while one is open, `charts` draws (pure). `reads` is what must be given to it to show, `facts` says
in which shapes.
"""
