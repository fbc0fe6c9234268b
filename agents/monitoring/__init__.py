"""The monitoring agent: watches live apps, keeps what it saw, says when something is wrong.

`uptime` looks at addresses and waits for jobs, `incidents` opens and resolves what is wrong,
`findings` is what was found out, `alerts` tells people of it, `store` keeps monitors in PostgreSQL,
`outbox` what is to be published, `watcher` goes round for ever, shared by any number of replicas;
`ingest` takes what apps send themselves; `agent` registers and forgets apps as the pipeline asks,
and runs all of it as `parts`, none of which stops another.
"""
