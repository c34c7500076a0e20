"""Secrets are not shown by accident."""

import msgspec

from stages.execute import ExecuteConfig


def test_the_config_hides_its_secrets() -> None:
    """Headers, proxy, identities and hooks in the config's repr tell nothing; what is no secret is shown."""
    config = msgspec.convert(
        {
            "headers": {"Authorization": "hidden-1"},
            "proxy": "http://user:hidden-2@proxy",
            "client_cert": {"cert_file": "c.pem", "key_password": "hidden-3"},
            "identities": {"alice": {"type": "bearer", "token": "hidden-4"}},
            "hooks": [
                {"type": "request", "url": "/reset", "body": "hidden-5"},
                {"type": "command", "command": ["x"], "environment": {"A": "hidden-6"}},
            ],
        },
        ExecuteConfig,
    )
    assert "hidden" not in repr(config)
    assert "alice" in repr(config)
    assert "/reset" in repr(config)


def test_defaults_are_those_documented() -> None:
    """The limits a user gets without a word in the YAML."""
    config = ExecuteConfig()
    assert (config.concurrency, config.timeout_ms, config.body_cap_bytes, config.requests_per_second) == (16, 10_000, 1_048_576, 0)
    assert (config.verify_tls, config.allow_unsafe, config.proxy, config.allow_hosts) == (True, False, "", [])
