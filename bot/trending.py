"""What trends: one formula for `/papers trending`, the follow of that name, every digest's order, and the web page."""

PEOPLE = 5  # what a vote in one of our channels counts: there are few, from people who read for the same purpose
HALF = 3  # days after which half of the warmth is left, then a third after six: a month's best is still seen
SAID = (
    f"Warmest first: votes on Hugging Face and {PEOPLE} for each vote in the channels here, "
    f"half of it after {HALF} days, a third after {2 * HALF}."
)


def heat(votes: int, people: int, age_days: float) -> float:
    """How warm a paper is: its votes on a public list and those of our people, less those against, cooled by age.

    age_days: since the day of the list, or since the paper was listed at all; what lies ahead counts as today.
    """
    return max(0, votes + PEOPLE * people) / (1 + max(0.0, age_days) / HALF)
