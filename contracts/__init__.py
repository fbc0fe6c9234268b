"""What can be said in Genesis: the messages of a pipeline and the model of an app.

Pure data. Depends on msgspec alone and does no I/O, so anything may import it.

- `contracts.messages`: every command and event, in the order a pipeline meets them
- `contracts.model`: `AppModel`, what Scout, Plan and Build agree on
- `contracts.naming`: names that two agents must arrive at alone (databases, roles, pipeline ids)
- `contracts.asyncapi`: the same messages as an AsyncAPI 3 document and as JSON Schema
"""
