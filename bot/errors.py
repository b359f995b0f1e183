"""What can go wrong, as types: sentences for people, outcomes for deliveries."""


class Refused(Exception):
    """Somebody asked for what can't be done: what was wrong, and what to type instead."""

    def __init__(self, wrong: str, instead: str = "") -> None:
        super().__init__(wrong, instead)
        self.wrong = wrong
        self.instead = instead

    def __str__(self) -> str:
        return f"{self.wrong} {self.instead}".strip()


class Fault(Refused):
    """The machine could not do it (a locked, full or broken database, say): what, and the way out."""


class Retry(Exception):
    """The platform asks to try this delivery again, after a number of seconds."""

    def __init__(self, after_seconds: float) -> None:
        super().__init__(after_seconds)
        self.after_seconds = after_seconds


class Gone(Exception):
    """The channel can't be reached any more: deleted, archived, or the bot is out of it."""


class Rejected(Exception):
    """The platform refuses the message as it stands: our fault, and sending it again won't help."""


class Unknowable(Exception):
    """The platform does not let us look whether a message arrived there, and never will."""


class SourceTrouble(Exception):
    """A source did not give what was asked of it: why in a few words, and for how long it asks to be left alone."""

    def __init__(self, why: str, after_seconds: float | None = None) -> None:
        super().__init__(why, after_seconds)
        self.why = why
        self.after_seconds = after_seconds

    def __str__(self) -> str:
        return self.why
