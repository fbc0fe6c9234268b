"""What each field of the plan file means, for editors that show it beside the cursor.

By struct and field; the JSON Schema of plans (`contracts.asyncapi.plan_schema`) carries them.
"""

from __future__ import annotations

_ACCESS = "guest (anyone), member (anyone signed in), owner, admin or the key of a role"
_KEY = "The name in code and in the database: snake_case"

EXPLAINED: dict[str, dict[str, str]] = {
    "Plan": {
        "$schema": "Where an editor finds the JSON Schema of this file; it changes nothing.",
        "model": "The app.",
        "tasks": "The order of work; made anew when the entities were changed.",
    },
    "AppModel": {
        "version": "The version of this format.",
        "app": "What the app is called and looks like.",
        "patterns": "The patterns that the idea resembles; for reading only.",
        "roles": "Who people can be in the app; admin and member are always there.",
        "entities": "The kinds of records that the app keeps.",
        "relations": "References from one kind of record to another.",
        "pages": "The pages; home, lists and forms that are left out are made by themselves.",
        "features": "What the app can do beyond keeping records.",
        "acceptance": "What the app's own tests show.",
        "trace": "What became of every sentence of the idea.",
        "unmapped": "The sentences that nothing in the app covers.",
    },
    "App": {
        "name": "What people call the app.",
        "slug": "The name in folders, databases and addresses: lower-case words with hyphens.",
        "description": "One sentence, shown by search engines.",
        "locale": "The language and region of dates and numbers, such as en or de-CH.",
        "theme": "The colours.",
        "idea": "The idea in the words in which it was given.",
    },
    "Theme": {
        "background": "The colour behind everything, as #rrggbb in lower case.",
        "primary": "The colour of buttons and links, as #rrggbb in lower case.",
    },
    "PatternUse": {
        "key": "The pattern's name in the catalogue.",
        "role": "Whether it was the first, or blended in.",
        "score": "How much the idea resembles it; 0 and up.",
        "margin": "How far ahead of the next pattern, in standard deviations.",
        "evidence": "The words that show it, heaviest first.",
    },
    "Role": {
        "key": f"{_KEY}.",
        "title": "What people read.",
        "signup": "open: anyone may sign up as it; invite: by invitation; none: given by admins.",
        "is_default": "What somebody is who signs up without a choice; one role at most.",
    },
    "Entity": {
        "key": f"{_KEY}, singular.",
        "plural": f"{_KEY}, plural.",
        "title": "What people read, singular.",
        "title_plural": "What people read, plural.",
        "ownership": "Whose a record is: of the user who added it, the organisation, its parent, "
        "everybody, or nobody (system).",
        "access": "Who may do what with these records; what is left out is for nobody.",
        "label_field": "The field that names a record in lists and references.",
        "fields": "What is kept of each record.",
        "search": "The fields in which the search box looks.",
        "default_sort": "The field by which lists are sorted; a leading - turns it around.",
        "unique_together": "Fields and references that no two records have the same.",
        "soft_delete": "Deleted records are kept, and no longer shown.",
        "workflow": "The states of a record, and who may take it from one to the next.",
        "rules": "What always holds, whatever anybody does.",
        "seed": "Example records; a reference is the label of the record that it points to.",
    },
    "Access": {
        "list": f"Who finds records in lists: {_ACCESS}.",
        "read": f"Who opens a record: {_ACCESS}.",
        "create": f"Who adds records: {_ACCESS}; not owner, since there is none yet.",
        "update": f"Who changes a record: {_ACCESS}.",
        "delete": f"Who deletes a record: {_ACCESS}.",
    },
    "Field": {
        "key": f"{_KEY}.",
        "title": "What people read.",
        "type": "What kind of value it is; decides the column, the form and the checks.",
        "required": "No record without it.",
        "unique": "No two records have the same value.",
        "default": "The value when nothing is said.",
        "min": "The smallest value.",
        "max": "The largest value.",
        "max_length": "The most characters.",
        "pattern": "A regular expression that the whole text matches.",
        "options": "The choices of an enum, in their order.",
        "help": "A hint beside the field.",
        "example": "A value that shows what is meant.",
        "pii": "Personal data: shown and logged with care.",
        "read_roles": "If given, only these roles see the field.",
        "write_roles": "If given, only these roles change the field.",
        "computed": "A formula of other fields, such as quantity * price; nobody fills it in.",
    },
    "Workflow": {
        "field": "The enum field that holds the state.",
        "initial": "The state of a new record.",
        "transitions": "The permitted steps.",
    },
    "Transition": {
        "name": "What the button says.",
        "sources": "The states from which the step may be taken.",
        "target": "The state after it.",
        "roles": f"Who may take it: {_ACCESS}; left out, whoever may change the record.",
        "effects": "What it does besides: set FIELD now, set FIELD me, notify owner, notify ROLE.",
    },
    "Rule": {
        "kind": "check: a comparison; no_overlap: of times; stock: taken from a number that never "
        "goes below zero; capacity: never more than; once_per_user; total: a computed sum.",
        "expr": "By kind: `a < b`; `resource: start, end`; `product.stock -= quantity`; "
        "`event.capacity`; `event`; `order.total = sum(quantity * price)`.",
        "message": "What people are told whom it stops.",
    },
    "Relation": {
        "key": f"{_KEY}; the column is called <key>_id.",
        "source": "The entity that holds the reference.",
        "target": "The entity that it points to.",
        "kind": "How many: many_to_one, one_to_one or many_to_many.",
        "required": "No record of the source without one.",
        "on_delete": "What happens to the source when its target is deleted.",
        "inverse": "What the target calls the records that point to it.",
        "title": "What people read; the target's title when left out.",
    },
    "Page": {
        "key": f"{_KEY}.",
        "path": "The address within the app, such as /recipes or /recipes/:id.",
        "title": "What people read.",
        "kind": "What the page shows, and how.",
        "entity": "The kind of record that it is about.",
        "audience": "Who finds something there: guest, member, or keys of roles.",
        "nav": "Whether it is in the navigation.",
        "sections": "What stands on it, for pages that are made of parts.",
    },
    "Feature": {
        "key": "The feature's name, such as comments or cart.",
        "entities": "The kinds of records that it serves; none is the whole app.",
        "params": "What the feature can be told, by name.",
    },
    "Acceptance": {
        "id": "The test's name.",
        "kind": "Where it looks: the API, the interface, the database, or who may do what.",
        "given": "What is there before.",
        "when": "What is done.",
        "then": "What must be so afterwards.",
        "sentence": "The number of the sentence that asked for it.",
    },
    "Trace": {
        "sentence": "Its number in the idea, from 1.",
        "text": "The sentence as it was written.",
        "maps_to": "What it led to, such as entity.recipe; unbuilt.… is not in the app.",
    },
    "Task": {
        "id": "The task's name.",
        "title": "What is done.",
        "area": "The agent that does it.",
        "after": "The tasks that must be done before.",
        "serves": "What of the model it is for, such as entity.recipe.",
        "estimate": "Seconds that it will take, as far as earlier builds tell.",
    },
}
