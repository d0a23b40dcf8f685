"""The key of the remote server: from the environment, else from the system's keyring; never from a file."""

from __future__ import annotations

import os
from collections.abc import Mapping

from altd.errors import AltdError

KEY_VARIABLE = "ALTD_REMOTE_KEY"
KEYRING_SERVICE = "altd"


def find_key(host: str, environment: Mapping[str, str] | None = None) -> str | None:
    """Return the key for a server, None when there is none.

    Args:
        host: `Target.host`; the user name of the keyring's entry.
        environment: replaces `os.environ`.

    Raises:
        AltdError: `config_invalid` when the key cannot be sent in a header.
    """
    environment = os.environ if environment is None else environment
    key = (environment.get(KEY_VARIABLE) or _from_keyring(host) or "").strip()
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise AltdError(
            "config_invalid", "Correct the key of the remote server: it has characters that no key has."
        )
    return key or None


def _from_keyring(host: str) -> str | None:
    """What the keyring holds; nothing where the optional library or the system's keyring is missing."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        key: str | None = keyring.get_password(KEYRING_SERVICE, host)
    except KeyringError:
        return None
    return key
