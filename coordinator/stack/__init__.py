"""The local stack: every part of Genesis on one machine, each a process of its own.

`api` is what the command line calls. It prepares a home (`home`, `keys`, `ports`, and a file
per server) and starts `supervisor` in the background, which keeps the processes of `services`
alive. Nothing listens beyond 127.0.0.1.
"""
