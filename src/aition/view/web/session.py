"""Session: who may ask, namely whoever was given the token that this process made."""

import hmac
import secrets
from dataclasses import dataclass, field

N_BYTE = 32


@dataclass(frozen=True)
class Session:
    """What opens the app, for as long as this process lives.

    The token stands behind the ``#`` of the address that is printed, which browsers send nowhere and the page takes
    away; the page exchanges it for a cookie that no script can read.

    Args:
        token: 256 random bits.
        secret: 256 others: the cookie's value.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(N_BYTE), repr=False)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(N_BYTE), repr=False)

    def opened_by(self, token: str) -> bool:
        """Whether this is the token; the time that it takes does not tell how much of it is right."""
        return same(token, self.token)

    def known(self, cookies: str, port: str) -> bool:
        """Whether the header of cookies holds that of this session."""
        pairs = [pair.strip().partition("=") for pair in cookies.split(";")]
        return any(same(value, self.secret) for name, _, value in pairs if name == cookie_name(port))

    def cookie(self, port: str) -> str:
        """The header that sets the cookie."""
        return f"{cookie_name(port)}={self.secret}; Path=/; HttpOnly; SameSite=Strict"


def cookie_name(port: str) -> str:
    """The cookie's name; browsers share cookies among the ports of a host, so the port is part of it.

    >>> cookie_name("8000")
    'aition-8000'
    """
    return f"aition-{port}"


def same(one: str, other: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())
