"""The one HTTP seam: every outgoing request of Heard goes through sessions made over one guarded adapter.

What the seam promises, whatever a library on top of it does: no request without timeouts, no body beyond the cap, no
address that the configuration does not allow, no cookie kept, no proxy or netrc of the host used, no secret in a log.
"""

from bot.http.dial import Dialer
from bot.http.limits import AddressRefused, BodyTooLarge, HttpLimits, TooSlow
from bot.http.redact import private_address, public_address, redact
from bot.http.session import Http, Traffic
from bot.waits import http_date, retry_after

__all__ = [
    "AddressRefused",
    "BodyTooLarge",
    "Dialer",
    "Http",
    "HttpLimits",
    "TooSlow",
    "Traffic",
    "http_date",
    "private_address",
    "public_address",
    "redact",
    "retry_after",
]
