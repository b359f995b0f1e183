"""What went wrong at a source, in a few words for people, and whether it may be over in a moment."""

import ssl
from socket import EAI_AGAIN

import aiohttp

from bot.errors import SourceTrouble

_CERTIFICATES = {10: "its certificate has expired", 62: "its certificate is for another name"}  # OpenSSL's X509_V_ERR_*


class PassingTrouble(SourceTrouble):
    """Trouble that another try may not meet: a time-out, a cut connection, a busy server."""


def trouble_with(err: Exception) -> SourceTrouble:
    """The words for what the HTTP library raised; addresses and headers are left out of them."""
    match err:
        case aiohttp.ClientConnectorDNSError():
            return _not_found(err.os_error)
        case aiohttp.ClientConnectorCertificateError():
            return SourceTrouble(_certificate(err.certificate_error))
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return PassingTrouble("speaks no encryption that we know")
        case aiohttp.ClientConnectorError():
            refused = isinstance(err.os_error, ConnectionRefusedError)
            return PassingTrouble("refused the connection" if refused else "can't be reached")
        case aiohttp.ClientPayloadError():
            return PassingTrouble("stopped in the middle of its answer")
        case aiohttp.ClientConnectionError() | OSError():
            return PassingTrouble("cut the connection")
        case _:
            return PassingTrouble("gave an answer that can't be read")


def _not_found(err: OSError) -> SourceTrouble:
    if err.errno == EAI_AGAIN:
        return PassingTrouble("its name could not be looked up")
    return SourceTrouble("no such host")


def _certificate(err: Exception) -> str:
    code = err.verify_code if isinstance(err, ssl.SSLCertVerificationError) else 0
    return _CERTIFICATES.get(code, "its certificate is not trusted")
