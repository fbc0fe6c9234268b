"""The monitoring agent: watches live apps, keeps what it saw, says when one is down.

`check` looks at an app once, `incidents` decides what a row of looks means (pure), `store`
keeps monitors, checks and incidents in PostgreSQL, `outbox` what is to be published of them,
`watcher` goes round for ever, shared by any number of replicas; `agent` registers and forgets
apps as the pipeline asks.
"""
