"""How it is said: publish and handle, over NATS JetStream or in memory.

`bus.port` is the interface; `bus.nats` and `bus.memory` implement it and pass one suite.
"""
