"""What a source gave, as it came over the wire."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one question. is_same: nothing has changed since the ETag or date that was sent, and body is empty.

    url: where it was found, after redirects. body: decompressed. content_type: lower case, without parameters. charset:
    as the header names it. What the source left out is empty.
    """

    url: str
    body: bytes
    content_type: str = ""
    charset: str = ""
    etag: str = ""
    last_modified: str = ""
    is_same: bool = False
