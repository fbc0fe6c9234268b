"""What live apps send about themselves, taken over HTTP inside the monitoring agent's process.

A part takes signals by naming routes, and hands what it understood to the batching writer:

    ROUTES = (Route("POST", "/vitals", take_vitals),)          in the part; named in parts.routes()

    async def take_vitals(request: Request, services: Services) -> Answer:
        project = await services.projects.named("shop", "staging", request.origin)
        services.limits.take(project, "vitals", 1)             raises Refused (429) over the limit
        body = await request.body(64 * KIB)                    whole, unpacked, bounded
        await services.writer.store(write_vitals, rows, len(body))
        return Answer(204)

    async def write_vitals(connection, rows, now: float) -> None       a sink: one per kind of row

Routes    `{name}` in a path is one segment, found in `request.path_values`. OPTIONS, CORS headers,
          404 and 405 are the server's; a handler raises `Refused(status, text)` for anything else
          that it does not take. MONITOR_URL's own path, if it has one, is taken off before.
Projects  `projects.keyed(number, key, origin)` for whoever shows a DSN's number and key,
          `projects.called(key_or_host, origin)` for clients of analytics,
          `projects.named(app, environment, origin)` for whoever names its app. All raise Refused:
          403 for an unknown app, a wrong key or an origin that is not allowed, 503 while the
          database is away and the app was never seen. An app is known once it is monitored.
Writer    `store` returns when the rows are committed, so that 2xx means stored. One batch is one
          transaction: every sink gets its rows of the batch in the order in which they came. It
          is run again as it was when the outcome of its commit is unknown, never twice otherwise.
          `store_all({sink: rows, …}, size)` keeps rows of several kinds, or none of them.
          Both raise Refused: 429 when the queue is full, 503 when the database stays away;
          in both cases nothing of the rows is stored. Rows that PostgreSQL does not take are
          tried alone, so that they fail alone (400).
Sender    `request.sender` is the address of whoever sent it, behind our own proxy too; not to keep.
Time      `services.now()` and the sink's `now` are seconds since 1970; tests set them.
"""
