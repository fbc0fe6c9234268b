"""Uptime in depth: what is asked of a live address, what its answers mean, and what is kept.

Pure: `conditions` (what an answer must be), `judging` (when a row of looks is an incident),
`maintenance` (windows in which nothing is), `crontab` (when a job is due).
Effects: `probe` asks an address, `monitors` what is watched, `record` keeps looks and opens and
resolves incidents, `heartbeats` waits for jobs that report by themselves, `rollup` keeps it small.
"""
