"""What print-config shows, and what it keeps to itself."""

from pipeline.config import effective

SECRETS = """
spec: http://user:hunter2@127.0.0.1/openapi.json
execute:
  headers: {Authorization: Bearer hunter2, X-Trace: hunter2}
  proxy: http://p:hunter2@proxy
  client_cert: {cert_file: a.pem, key_password: hunter2}
  identities:
    a: {type: basic, username: u, password: hunter2}
    b: {type: bearer, token: "${env:T}"}
    c: {type: api-key, name: k, key: hunter2}
    d: {type: oauth2-password, token_url: /t, username: u, password: hunter2, client_secret: hunter2}
    e: {type: oauth2-client, token_url: /t, client_id: i, client_secret: hunter2}
    f: {type: login, path: /l, json: {user: u, deep: [{pass: hunter2}], pin: 4711}, form: {a: hunter2}, headers: {A: hunter2}}
    g: {type: headers, headers: {X: hunter2}}
  hooks:
    - {type: command, command: [x], environment: {PW: hunter2}}
    - {type: request, url: /r, body: hunter2, headers: {A: hunter2}}
overrides:
  - {operation: a, headers: {X-Api-Key: hunter2, Cookie: hunter2}, parameters: {token: hunter2, limit: 5}}
"""


def test_no_secret_is_shown(loaded):
    """Whatever kind of place holds it; what is no secret stays readable."""
    text = effective.as_yaml(effective.effective(loaded(SECRETS, environment={"T": "hunter2"})))
    assert "hunter2" not in text
    assert "4711" not in text
    assert "limit: 5" in text
    assert "username: u" in text


def test_a_reference_is_shown_as_it_was_written(loaded):
    """So that the shown configuration can be used again."""
    shown = effective.effective(loaded("spec: '${env:S}'\nexecute: {headers: {A: 'x ${env:S}'}}", environment={"S": "secret"}))
    assert shown["spec"] == "${env:S}"
    assert shown["execute"]["headers"] == {"A": "x ${env:S}"}


def test_what_is_shown_is_a_pipeline_that_means_the_same(loaded):
    """Defaults, durations, quoted words and literal ${ survive the way through the text."""
    first = loaded(
        "spec: http://127.0.0.1/\nname: 'no'\nrun: {time: 90s}\nexecute: {user_agent: 'a $${b}'}\n"
        "overrides: [{operation: x, parameters: {a: 1.5}}]"
    )
    text = effective.as_yaml(effective.effective(first))
    again = loaded(text)
    assert again.config == first.config
    assert effective.effective(again) == effective.effective(first)


def test_secrets_in_the_clear_are_warned_of(loaded):
    """At the place of each; not where a reference stands, nor for what only might be one."""
    found = [str(fault) for fault in effective.warnings(loaded(SECRETS, environment={"T": "hunter2"}))]
    paths = {line.split(": ")[1] for line in found}
    assert {
        "execute.identities.a.password",
        "execute.identities.c.key",
        "execute.headers.Authorization",
        "overrides[0].headers.Cookie",
    } <= paths
    assert "execute.identities.b.token" not in paths
    assert "execute.headers.X-Trace" not in paths
    assert not any("hunter2" in line for line in found)
