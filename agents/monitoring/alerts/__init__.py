"""Alerts: who is told of what monitoring found out, when, and how that went.

`configuration` reads what a person wrote (`written`, `rules`), `silences` what they switched off.
`alert` is what findings make of a thing, `judging` what each channel is to be told of it, and
`planning` the messages that come of that: all pure. `store` does it in PostgreSQL, one round after
the other (`circumstances`: what changes meanwhile), `turns` gives each message to one replica,
`service` goes round and brings messages to `slack`, `discord`, `webhook` and `smtp` (`notices`,
`sending`). `reads` shows it all.

A message reaches its channel at least once. Where an attempt ended without an answer (a webhook
took the body and hung, the process was killed meanwhile), nobody knows whether it arrived: it is
sent once more and, when that ends so too, given up as unknown. So no channel gets a message more
than twice, and a receiver that is a program knows both by the same id.
"""
