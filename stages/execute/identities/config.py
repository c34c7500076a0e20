"""The identities that a pipeline's YAML may name. Secrets stand as ``${env:...}`` or ``${file:...}`` there; here they are resolved."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from stages.execute.secret import Confidential

_secret = {"secret": True}
_TokenUrl = Annotated[str, Meta(description="Where the token is asked for: a path below the base URL, or a whole URL.", min_length=1)]
_Scopes = Annotated[list[str], Meta(description="Scopes to ask for.")]


class _Identity(Confidential, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class HeadersIdentity(_Identity, frozen=True, kw_only=True, tag="headers"):
    """Headers, as they are."""

    headers: Annotated[dict[str, Annotated[str, Meta(extra=_secret)]], Meta(description="The headers.", min_length=1)]


class BasicIdentity(_Identity, frozen=True, kw_only=True, tag="basic"):
    """HTTP basic authentication (RFC 7617)."""

    username: Annotated[str, Meta(description="The user name.")]
    password: Annotated[str, Meta(description="The password.", extra=_secret)]


class ApiKeyIdentity(_Identity, frozen=True, kw_only=True, tag="api-key"):
    """An API key."""

    location: Annotated[Literal["header", "query", "cookie"], Meta(description="Where the key stands.")] = "header"
    name: Annotated[str, Meta(description="Name of the header, query parameter or cookie.", min_length=1)]
    key: Annotated[str, Meta(description="The key.", extra=_secret)]


class BearerIdentity(_Identity, frozen=True, kw_only=True, tag="bearer"):
    """A bearer token (RFC 6750)."""

    token: Annotated[str, Meta(description="The token.", extra=_secret)]


class OAuthPasswordIdentity(_Identity, frozen=True, kw_only=True, tag="oauth2-password"):
    """OAuth 2.0, resource owner password credentials (RFC 6749, 4.3)."""

    token_url: _TokenUrl
    username: Annotated[str, Meta(description="The user name.")]
    password: Annotated[str, Meta(description="The password.", extra=_secret)]
    client_id: Annotated[str, Meta(description="The client's id; empty: none is sent.")] = ""
    client_secret: Annotated[str, Meta(description="The client's secret; empty: none is sent.", extra=_secret)] = ""
    scopes: _Scopes = []


class OAuthClientIdentity(_Identity, frozen=True, kw_only=True, tag="oauth2-client"):
    """OAuth 2.0, client credentials (RFC 6749, 4.4)."""

    token_url: _TokenUrl
    client_id: Annotated[str, Meta(description="The client's id.", min_length=1)]
    client_secret: Annotated[str, Meta(description="The client's secret.", extra=_secret)]
    client_auth: Annotated[
        Literal["header", "body"], Meta(description="Whether id and secret travel as basic authentication or in the form.")
    ] = "header"
    scopes: _Scopes = []


class LoginIdentity(_Identity, frozen=True, kw_only=True, tag="login"):
    """A login request of the API's own; the token comes from its answer's body, or is a cookie that it sets."""

    method: Annotated[str, Meta(description="The method.", pattern=r"^[A-Z]+$")] = "POST"
    path: Annotated[str, Meta(description="A path below the base URL, or a whole URL.", min_length=1)]
    headers: Annotated[dict[str, Annotated[str, Meta(extra=_secret)]], Meta(description="Headers of the login request.")] = {}
    json: Annotated[Any, Meta(description="The body, sent as JSON.", extra=_secret)] = None
    form: Annotated[dict[str, str], Meta(description="The body, sent as a form, where json is not given.", extra=_secret)] = {}
    token_pointer: Annotated[str, Meta(description='JSON pointer of the token in the answer, as in "/token"; empty: a cookie.')] = ""
    cookie: Annotated[str, Meta(description="Name of the cookie; empty: every cookie that the answer sets.")] = ""
    header: Annotated[str, Meta(description="The header that carries the token afterwards.", min_length=1)] = "Authorization"
    prefix: Annotated[str, Meta(description="What stands before the token in that header.")] = "Bearer "
    expires_in_pointer: Annotated[str, Meta(description="JSON pointer of the seconds that the token lives; empty: unknown.")] = ""


IdentityConfig = (
    HeadersIdentity | BasicIdentity | ApiKeyIdentity | BearerIdentity | OAuthPasswordIdentity | OAuthClientIdentity | LoginIdentity
)
