"""Papers for stories: invented titles and texts, a few a field, enough for a ranker to tell them apart."""

from datetime import UTC, datetime
from itertools import count

from bot.model import Draft

_NUMBERS = count(1)


def a_paper(
    title: str, abstract: str = "", *, authors: tuple[str, ...] = ("Ada Lovelace",), ids: tuple[str, ...] | None = None,
    categories: tuple[str, ...] = (), venue: str = "", listed_at: datetime | None = None,
) -> Draft:  # fmt: skip
    """A draft with an arXiv id of its own."""
    number = next(_NUMBERS)
    return Draft(
        title=title,
        abstract=abstract or f"We study {title.lower()} and report what we found.",
        authors=authors,
        ids=ids if ids is not None else (f"arxiv:2611.{number:05d}",),
        categories=categories,
        venue=venue,
        published_at=datetime(2026, 11, 20, tzinfo=UTC),
        listed_at=listed_at,
    )


def recommenders() -> tuple[Draft, ...]:
    """Six papers about recommendation."""
    return (
        a_paper("Sequential Recommendation with Quiet Users", "Recommender systems learn from clicks. We recommend items to users who click little, with a sequential recommendation model.", categories=("cs.IR",)),
        a_paper("Cold Start in Music Recommendation", "New items have no listeners. Our recommender system recommends new music to users from its sound.", categories=("cs.IR", "cs.SD")),
        a_paper("A Survey of News Recommender Systems", "We survey recommender systems for news: how items are recommended to readers and how recommendation is judged.", categories=("cs.IR",)),
        a_paper("Denoising Implicit Feedback", "Implicit feedback is noisy. We clean user clicks before training a recommendation model for items.", categories=("cs.IR", "cs.LG")),
        a_paper("Slates: Recommending Several Items at Once", "A recommender shows slates of items. We recommend slates by user satisfaction.", categories=("cs.LG",)),
        a_paper("Fair Recommendation for Small Sellers", "Recommendation favours big sellers. We build a fair recommender system for users and sellers of items.", authors=("Grace Hopper", "Alan Turing"), categories=("cs.CY",)),
    )  # fmt: skip


def others() -> tuple[Draft, ...]:
    """Papers of other fields, so that there is something to tell recommendation from."""
    fields = {
        "Graph Neural Networks": ("molecules", "traffic", "proteins", "power grids", "social circles"),
        "Robot Grasping": ("glass", "cloth", "fruit", "cables", "tools"),
        "Speech Recognition": ("whispers", "dialects", "noisy rooms", "children", "singing"),
        "Exoplanet Spectra": ("hot Jupiters", "red dwarfs", "water worlds", "young stars", "rocky planets"),
        "Image Diffusion": ("portraits", "maps", "textures", "comics", "satellite scenes"),
    }
    return tuple(
        a_paper(f"{field} for {subject.title()}", f"We present {field.lower()} that deal with {subject}. Experiments on {subject} show steady gains.", authors=(f"{field.split()[0]} Author {n}",))
        for field, subjects in fields.items()
        for n, subject in enumerate(subjects)
    )  # fmt: skip


def twins() -> tuple[Draft, Draft]:
    """Two works that say nearly the same, by different people."""
    text = "We listen to volcanoes before they erupt. Tremors of volcanoes and the gas above them tell of an eruption"
    return (
        a_paper("Volcanoes before They Erupt", f"{text}, days before.", authors=("Vera Vent",)),
        a_paper("When Volcanoes Are about to Erupt", f"{text}, hours before.", authors=("Lava Lee",)),
    )
