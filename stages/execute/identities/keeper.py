"""Keeps the credentials of a run: obtains them when first needed, renews them when they expire or stop being accepted."""

import time
from collections.abc import Sequence

import anyio

from pipeline.errors import ConfigError
from pipeline.events import log
from pipeline.messages import NoReply
from stages.execute.client import Client
from stages.execute.identities import sources
from stages.execute.identities.access import LOST_AFTER, Access
from stages.execute.identities.config import HeadersIdentity, IdentityConfig
from stages.execute.identities.credential import NOTHING, Credential
from stages.execute.identities.redaction import Redactor
from stages.execute.identities.sources import IdentityFailed

_TRIES = 3  # failures in a row after which an identity is given up


class _Identity:
    def __init__(self, name: str, config: IdentityConfig, headers: Sequence[tuple[str, str]]) -> None:
        self.name = name
        self.config = config
        self.headers = headers
        fixed = sources.fixed(name, config)
        self.credential = fixed.extended(headers) if fixed and headers else fixed
        self.is_renewable = self.credential is None
        self.access = Access()
        self.renewing = anyio.Lock()
        self.failures = 0
        self.reason = ""


class Identities:
    """The identities of one run. ``default`` is the name of the first; empty: requests carry no credential.

    ``headers`` are credentials beside the identities; they belong to the first, or are one of the name "header" where there is none.
    """

    def __init__(
        self,
        run: str,
        configs: dict[str, IdentityConfig],
        *,
        headers: Sequence[tuple[str, str]],
        base_url: str,
        client: Client,
        redactor: Redactor,
    ) -> None:
        if headers and not configs:
            configs, headers = {"header": HeadersIdentity(headers=dict(headers))}, ()
        self._run = run
        self._base_url = base_url
        self._client = client
        self._redactor = redactor
        self.default = next(iter(configs), "")
        self._identities = {name: _Identity(name, config, headers if name == self.default else ()) for name, config in configs.items()}
        for header, value in headers:
            redactor.learn(header, value, value.partition(" ")[2])
        for name, config in configs.items():
            redactor.learn(name, *sources.secrets(config))
            try:
                request = sources.token_request(config, base_url)
            except ValueError as error:
                raise ConfigError(f"execute.identities.{name}: {error}") from None
            if request is not None:
                client.allow(request.origin)

    def knows(self, name: str) -> bool:
        return not name or name in self._identities

    def ready(self, name: str) -> Credential | None:
        """The credential of an identity (empty name: the default's) if it needs no renewal; the common case, without waiting."""
        identity = self._identities.get(name or self.default)
        if identity is None:
            return NOTHING if not name else None
        held = identity.credential
        if held is None or (held.expires_at is not None and held.expires_at < time.time()):
            return None
        return held

    async def obtain(self, name: str) -> Credential:
        """The credential of an identity, asked for if need be. Raises ``IdentityFailed``."""
        identity = self._identities.get(name or self.default)
        if identity is None:
            raise IdentityFailed(f"there is no identity {name!r} in the configuration")
        async with identity.renewing:
            return self.ready(name) or await self._renew(identity)

    def is_lost(self, credential: Credential, operation: str, status: int) -> bool:
        """Note an answer; True when the credential is not accepted any more and another one can be had."""
        identity = self._identities.get(credential.name)
        if identity is None:
            return False
        return identity.access.is_lost(operation, status) and identity.is_renewable and identity.failures < _TRIES

    def has_just_lost(self, credential: Credential) -> bool:
        """Whether the answer noted last shows that an identity which cannot be renewed is not let in any more; true once a loss."""
        identity = self._identities.get(credential.name)
        return identity is not None and identity.access.lost_in_a_row == LOST_AFTER

    async def renew(self, lost: Credential) -> Credential:
        """A newer credential than ``lost``; many may ask at once, one request is made. Raises ``IdentityFailed``."""
        identity = self._identities[lost.name]
        async with identity.renewing:
            held = identity.credential
            if held is not None and held.generation != lost.generation:
                return held
            return await self._renew(identity)

    def renewal_was_useless(self, credential: Credential, operation: str) -> None:
        self._identities[credential.name].access.renewal_was_useless(operation)

    async def _renew(self, identity: _Identity) -> Credential:
        if identity.failures >= _TRIES:
            raise IdentityFailed(identity.reason)
        started = time.monotonic()
        try:
            made = await self._ask(identity)
        except IdentityFailed as failed:
            identity.failures += 1
            identity.reason = str(failed)
            log("identity_failed", level="warning", run=self._run, identity=identity.name, reason=identity.reason)
            raise
        identity.failures = 0
        identity.credential = made.extended(identity.headers) if identity.headers else made
        log("identity_renewed", run=self._run, identity=identity.name, duration_ms=round((time.monotonic() - started) * 1000, 1))
        return identity.credential

    async def _ask(self, identity: _Identity) -> Credential:
        request = sources.token_request(identity.config, self._base_url)
        assert request is not None, "a fixed credential never expires"
        answer = await self._client.exchange(request)
        if isinstance(answer, NoReply):
            raise IdentityFailed(f"identity {identity.name}: no answer to the request for its credential ({answer.kind}: {answer.detail})")
        generation = identity.credential.generation + 1 if identity.credential else 1
        made, secrets = sources.credential(identity.name, identity.config, answer, generation=generation, now=time.time())
        self._redactor.learn(identity.name, *secrets)
        return made
