"""Where credentials come from: fixed ones from the config, others from an answer of a token or login request. Pure."""

import base64
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote_plus, urlencode, urljoin

from pipeline.errors import SentinelError
from pipeline.messages import Reply, Request
from stages.execute.forms import origin_of
from stages.execute.identities.config import (
    ApiKeyIdentity,
    BasicIdentity,
    BearerIdentity,
    HeadersIdentity,
    IdentityConfig,
    LoginIdentity,
    OAuthClientIdentity,
    OAuthPasswordIdentity,
)
from stages.execute.identities.credential import Credential
from stages.execute.outgoing import Outgoing
from stages.execute.pointer import MISSING, lookup, read_json
from stages.execute.serialise.json_text import encode as encode_json

_FORM = "application/x-www-form-urlencoded"


class IdentityFailed(SentinelError):
    """A credential could not be obtained; the text says why, without secrets."""


def fixed(name: str, config: IdentityConfig) -> Credential | None:
    """The credential of an identity that needs no request; None for one that does."""
    match config:
        case HeadersIdentity():
            return Credential(name, headers=config.headers.items())
        case BasicIdentity():
            return Credential(name, headers=[("Authorization", _basic(config.username, config.password))], prefixes=["Basic "])
        case ApiKeyIdentity():
            pair = [(config.name, config.key)]
            match config.location:
                case "header":
                    return Credential(name, headers=pair)
                case "query":
                    return Credential(name, query=pair)
                case "cookie":
                    return Credential(name, cookies=pair)
        case BearerIdentity():
            return Credential(name, headers=[("Authorization", f"Bearer {config.token}")], prefixes=["Bearer "])
        case OAuthPasswordIdentity() | OAuthClientIdentity() | LoginIdentity():
            return None


def secrets(config: IdentityConfig) -> list[str]:
    """Everything in the config of an identity that must not be shown."""
    match config:
        case HeadersIdentity():
            return [text for value in config.headers.values() for text in (value, value.partition(" ")[2]) if text]
        case BasicIdentity():
            return [config.password, _basic(config.username, config.password).partition(" ")[2]]
        case ApiKeyIdentity():
            return [config.key]
        case BearerIdentity():
            return [config.token]
        case OAuthPasswordIdentity():
            return [config.password, config.client_secret]
        case OAuthClientIdentity():
            return [config.client_secret, _client_basic(config).partition(" ")[2]]
        case LoginIdentity():
            return [*config.headers.values(), *_passwords(config.json), *_passwords(config.form)]


def token_request(config: IdentityConfig, base_url: str) -> Outgoing | None:
    """The request that obtains the credential; None for an identity that needs none."""
    match config:
        case OAuthPasswordIdentity():
            fields = {"grant_type": "password", "username": config.username, "password": config.password}
            fields |= {"client_id": config.client_id} if config.client_id else {}
            fields |= {"client_secret": config.client_secret} if config.client_secret else {}
            return _post(config.token_url, base_url, fields | _scope(config.scopes), [])
        case OAuthClientIdentity():
            fields = {"grant_type": "client_credentials"} | _scope(config.scopes)
            if config.client_auth == "body":
                return _post(
                    config.token_url, base_url, fields | {"client_id": config.client_id, "client_secret": config.client_secret}, []
                )
            return _post(config.token_url, base_url, fields, [("Authorization", _client_basic(config))])
        case LoginIdentity():
            headers = list(config.headers.items())
            body = None
            if config.json is not None:
                body, media_type = encode_json(config.json), "application/json"
                headers.append(("Content-Type", media_type))
            elif config.form:
                body = urlencode(config.form).encode()
                headers.append(("Content-Type", _FORM))
            return _outgoing(config.method, absolute(config.path, base_url), headers, body)
        case _:
            return None


def credential(name: str, config: IdentityConfig, reply: Reply, *, generation: int, now: float) -> tuple[Credential, list[str]]:
    """The credential that an answer to ``token_request`` gives, and its secrets. ``now``: time of day. Raises ``IdentityFailed``."""
    if not 200 <= reply.status < 400:
        raise IdentityFailed(f"identity {name}: the request for its credential was answered {reply.status}")
    if isinstance(config, LoginIdentity) and not config.token_pointer:
        return _from_cookies(name, config, reply, generation, now)
    answer = read_json(reply.body)
    pointer = config.token_pointer if isinstance(config, LoginIdentity) else "/access_token"
    token = lookup(answer, pointer) if answer is not MISSING else MISSING
    if not isinstance(token, str) or not token:
        raise IdentityFailed(f"identity {name}: the answer with its credential has no text at {pointer}")
    lives_pointer = config.expires_in_pointer if isinstance(config, LoginIdentity) else "/expires_in"
    lives = lookup(answer, lives_pointer) if lives_pointer else MISSING
    expires_at = _end(now, lives) if isinstance(lives, int) and not isinstance(lives, bool) else None
    header, prefix = (config.header, config.prefix) if isinstance(config, LoginIdentity) else ("Authorization", "Bearer ")
    made = Credential(
        name, headers=[(header, prefix + token)], prefixes=[prefix] if prefix else [], generation=generation, expires_at=expires_at
    )
    return made, [token]


def _end(now: float, lives_s: int) -> float:
    """When a credential is to be renewed: a little before its end, so that no request travels with a dead one."""
    return now + lives_s - min(5.0, lives_s / 10)


def absolute(url: str, base_url: str) -> str:
    """A URL from the config: whole, or a path below the base URL."""
    return url if "://" in url else base_url.rstrip("/") + "/" + url.lstrip("/")


def _from_cookies(name: str, config: LoginIdentity, reply: Reply, generation: int, now: float) -> tuple[Credential, list[str]]:
    cookies: list[tuple[str, str]] = []
    expires_at: float | None = None
    for header, value in reply.headers:
        if header.lower() != "set-cookie":
            continue
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(value)
        except CookieError:
            continue
        for key, morsel in jar.items():
            if config.cookie in {"", key}:
                cookies.append((key, morsel.coded_value))
                if str(morsel["max-age"]).isdigit():
                    expires_at = min(expires_at or float("inf"), _end(now, int(morsel["max-age"])))
    if not cookies:
        wanted = f"the cookie {config.cookie}" if config.cookie else "any cookie"
        raise IdentityFailed(f"identity {name}: the answer to the login does not set {wanted}")
    return Credential(name, cookies=cookies, generation=generation, expires_at=expires_at), [value for _, value in cookies]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _client_basic(config: OAuthClientIdentity) -> str:
    """A client's id and secret are form-encoded before they become basic credentials (RFC 6749, 2.3.1)."""
    return _basic(quote_plus(config.client_id), quote_plus(config.client_secret))


def _scope(scopes: list[str]) -> dict[str, str]:
    return {"scope": " ".join(scopes)} if scopes else {}


def _post(url: str, base_url: str, fields: dict[str, str], headers: list[tuple[str, str]]) -> Outgoing:
    return _outgoing("POST", absolute(url, base_url), [*headers, ("Content-Type", _FORM)], urlencode(fields).encode())


def _outgoing(method: str, url: str, headers: list[tuple[str, str]], body: bytes | None) -> Outgoing:
    origin = origin_of(url)
    joined = urljoin(url, "")
    target = joined.split("/", 3)[3] if joined.count("/") > 2 else ""
    headers = [("Accept", "application/json, */*;q=0.5"), *headers]
    return Outgoing(method, origin, f"/{target}", headers, body, Request(method=method, url=f"{origin}/{target}"))


def _passwords(value: Any) -> list[str]:
    """Texts of a login body under names that tell of secrets; a user name is none."""
    match value:
        case dict():
            own = [item for key, item in value.items() if isinstance(item, str) and _is_password(str(key))]
            return own + [text for item in value.values() if isinstance(item, dict | list) for text in _passwords(item)]
        case list():
            return [text for item in value for text in _passwords(item)]
        case _:
            return []


def _is_password(key: str) -> bool:
    lowered = key.lower()
    return any(word in lowered for word in ("pass", "pwd", "secret", "token", "key", "pin", "code"))
