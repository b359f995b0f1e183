"""Whether arXiv's words about a paper say that it was withdrawn: there is no other mark of it."""

import re

_FIRST_LETTERS = 300  # of an abstract: a withdrawn paper says so at once, and often nothing else
_PAPER = r"(?:paper|article|manuscript|preprint|submission|work|note|version)"
_ABSTRACT = re.compile(
    rf"\b(?:this|the|our)\s+(?:\w+\s+)?{_PAPER}\s*(?:[(,].{{0,60}}?[),])?\s*"
    r"(?:has|have|had|is|was)\s+(?:been\s+)?(?:\w+ly\s+)?withdrawn\b|^\W*(?:paper\s+)?withdrawn\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    rf"\b{_PAPER}\s+(?:is\s+|was\s+)?withdrawn\b|\bwithdrawn\s+(?:by|due|because|from\s+arxiv|pending)\b", re.IGNORECASE
)


def is_withdrawn(abstract: str, comment: str) -> bool:
    """`This paper has been withdrawn by the authors`; not a paper about withdrawn drugs, nor one that replaces another.

    comment: what authors say about a submission, such as its number of pages.
    """
    said = abstract[:_FIRST_LETTERS]
    return bool(_ABSTRACT.search(said) or _ABSTRACT.search(comment) or _COMMENT.search(comment))
