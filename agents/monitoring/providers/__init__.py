"""Monitoring services of others: set up with an app, verified by a round trip, removed with it.

`port` says what a provider is, `api` talks to one (retries, limits, secrets masked), each file
named as a service is that service, `things` keeps in PostgreSQL what was made where, `setup` does
it all for an app and takes it back.

    AgentError
    └── NotSetUp    the provider could not be set up, or did not show that it is; its words say why
"""
