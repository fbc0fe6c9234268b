"""Who does it: an agent is a function from a command to an event.

Each agent's `agent.py` holds that function (`run`, and `rollback` where there is something to
take back); the modules beside it know nothing of messages and work without a bus.
`agents.runner` turns the function into a process.
"""
