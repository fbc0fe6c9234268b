"""What a language model may do to a plan, when somebody configured one. Nothing needs it.

It gets the idea, the trace and the model of the app, and answers with operations on that model,
never with code. They pass the same rules as a plan file that a person edited; what they did, and
what was refused, is in the answer's report.

    operations   what may be asked, and reading it       (pure)
    apply        an operation's effect on a model         (pure; effects, entity_effects, edits)
    coverage     what it covers then, and its tests       (pure)
    prompt       what is sent                             (pure)
    refine       the rounds, and what ends them
    wires        how it travels: Anthropic Messages, OpenAI-compatible chat completions
    cache        answers by the request's digest

Errors:
    OperationError        an operation cannot be applied; names its number and element
    LlmError              no usable answer came
    ├── Misconfigured     a setting is missing or contradicts another; nothing was sent
    ├── Denied            the endpoint does not take the key
    ├── Unreachable       no connection, cut, silent, overloaded: may pass by itself
    ├── NotUnderstood     the endpoint refuses the request, or answers in no known shape
    ├── Declined          the language model, or a filter, would not answer
    └── Truncated         the answer is longer than was allowed
"""
