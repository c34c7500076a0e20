"""Short ways to ask functional-negative for cases of a body, and to read what they violate."""


def violated(made, *, intent="invalid"):
    """Labels by what they are of."""
    found = {}
    for case in made:
        if case.intent == intent:
            where, _, label = case.classes[0].rpartition(":violates/")
            found.setdefault(where, []).append(label)
    return found


def body_of(made, label, where="body"):
    case = next(case for case in made if case.classes == [f"{where}:violates/{label}"])
    return case.steps[-1].body


def post(inputs, schema, **more):
    return inputs.operation("POST /a", body=inputs.json_body(schema, **more))
