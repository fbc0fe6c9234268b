"""What follows: the saga, the service that runs it, and the command line.

`coordinator.saga` is the rule, pure and on one page; `coordinator.service` applies it to the
log; `coordinator.cli` is how people use it.
"""
