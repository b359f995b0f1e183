"""Following and muting: what a channel hears of, and what it never wants to see."""

from collections.abc import Sequence
from dataclasses import replace

from bot import authors
from bot.adapter import Invocation
from bot.cards import Action, Card, Listing, Notice, Reply, Row, done, note, refusal
from bot.commands import meaning, permissions, subjects
from bot.commands.context import Context, who
from bot.commands.feeds import introduced
from bot.commands.subjects import NO_FILTERS
from bot.digests import show, times
from bot.digests.selection import Matches
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.model import Filters, Follow, Group
from bot.text import day, human_join, human_list, plural, shorten

BROAD = 0.25  # of the papers looked at: a topic that fits more than this is no filter
NAMED = 50  # papers of which the authors are looked at, to tell who may be meant by a name
_FILTERS = (
    Arg("in", "categories to keep to, such as cs.IR,cs.LG", "list", key=True),
    Arg("not", "words that rule a paper out", "list", key=True),
    Arg("by", "authors to keep to", "list", key=True),
    Arg("top", "at most this many papers of it a digest", "number", key=True, most=15),
)
_CONFIRMED = "all yes"


@command(
    "follow",
    Arg(
        "topic",
        "a field, author:, category:, venue:, feed:, like: with a paper, or trending; several with ;",
        required=True,
        suggests="topics",
    ),
    *_FILTERS,
    Arg("instead", "a follow that this takes the place of", key=True, suggests="follows"),
    help="Add a topic to this channel's digest.",
    example="/papers follow recsys",
    aliases=("subscribe", "add"),
    changes_channel=True,
)
async def follow(
    ctx: Context,
    ask: Invocation,
    topic: str,
    in_: tuple[str, ...],
    not_: tuple[str, ...],
    by_: tuple[str, ...],
    top: int | None,
    instead: str,
) -> Reply:
    """Add what `topic` names; saying it twice changes nothing, except that filters given anew replace the old.

    What stands for `instead` is followed no more, as one change that can be undone.
    """
    channel = await ctx.channel(ask)
    filters = Filters(in_, not_, by_, top)
    wanted = [await with_paper(ctx, ask, found) for found in subjects.subjects(topic, filters)]
    listed = await ctx.store.follows.of(channel)
    before = {(known.kind, known.key): known for known in listed}
    fresh = [follow for follow in wanted if (follow.kind, follow.key) not in before]
    gone = _replaced(ask, instead, wanted, listed)
    require_room(ctx, len(before) - bool(gone), len(fresh))
    feeds = [await introduced(ctx, follow) for follow in fresh if follow.kind == "feed"]
    namesakes = [await _namesakes(ctx, follow) for follow in fresh if follow.kind == "author"]
    cards: list[Card] = []
    said: list[str] = []
    if fresh:
        added = await ctx.store.follows.add(channel, fresh, who(ask), ctx.now, gone)
        matches = await ctx.selection.matches(channel, tuple(fresh), ctx.now)
        has_begun = False
        if not channel.set_up_by:
            has_begun = await ctx.store.schedules.begin(channel, who(ask), ctx.now, ask.zone or ctx.zone)
            channel = await ctx.channel_anew(ask)
        when = times.next_line(channel, await ctx.store.schedules.of(channel), ctx.now)
        cards.append(_following(fresh, matches, added.change, when, is_first=has_begun))
        cards += [Notice(line) for line in (*feeds, *namesakes) if line]
        cards += meaning.lines(matches.meanings)
        said.append(f"now follows {_names(fresh)} here" + (f" instead of {gone.name}" if gone else ""))
    elif gone:
        change = await ctx.store.follows.remove(channel, [gone], who(ask), ctx.now)
        cards.append(Notice(f"Not following {gone.name} any more.", tone="done", actions=(_undo(change),)))
        said.append(f"unfollowed {gone.name} here")
    for known in (before[key] for follow in wanted if (key := (follow.kind, follow.key)) in before):
        if filters in (NO_FILTERS, known.filters):
            cards.append(_unchanged(known))
            continue
        change = await ctx.store.follows.refilter(channel, known, filters, who(ask), ctx.now)
        cards.append(Notice(f"Now following {known.name} with {filters}.", tone="done", actions=(_undo(change),)))
        said.append(f"changed the filters of {known.name} here to {filters}")
    return Reply(tuple(cards), announce=f"{who(ask).name} {human_join(said)}." if said else None)


@command(
    "unfollow",
    Arg("topic", "what to stop following, its number in the list, or all", required=True, suggests="follows"),
    help="Stop following something here.",
    example="/papers unfollow recsys",
    aliases=("unsubscribe", "remove"),
    changes_channel=True,
)
async def unfollow(ctx: Context, ask: Invocation, topic: str) -> Reply:
    """Take a follow away, or all of them after asking once."""
    channel = await ctx.channel(ask)
    known = await ctx.store.follows.of(channel)
    if topic.casefold() == "all" and known:
        question = f"Stop following all {plural(len(known), 'topic')} here: {_names(known)}?"
        return note(question, Action("Unfollow all", "unfollow", _CONFIRMED))
    if topic.casefold() == _CONFIRMED:
        gone = list(known)
    else:
        gone = [found for piece in topic.split(";") if (found := subjects.match(piece, known))]
    if not gone:
        return _not_followed(topic, known)
    _require_own(ask, gone, "unfollow")
    change = await ctx.store.follows.remove(channel, gone, who(ask), ctx.now)
    left = len(known) - len(gone)
    rest = f"{plural(left, 'topic')} left." if left else "This channel follows nothing now."
    return done(
        f"Not following {_names(gone)} any more. {rest}",
        _undo(change),
        announce=f"{who(ask).name} unfollowed {_names(gone)} here.",
    )


@command("list", help="What this channel follows, and who added it.", example="/papers list", aliases=("follows",))
async def list_(ctx: Context, ask: Invocation) -> Reply:
    """Every follow with its number, its filters and who added it when."""
    known = () if ctx.is_new(ask) else await ctx.store.follows.of(await ctx.channel(ask))
    if not known:
        preview = "Try: /papers follow recsys, or /papers preview recsys to look first."
        return note(f"No follows here yet. {preview}", Action("Preview recsys", "preview", "recsys"))
    channel = await ctx.channel(ask)
    mutes = await ctx.store.follows.of(channel, "mute")
    digest = await ctx.store.digests.latest(channel)
    last = f"Last digest: {day(digest.day)}." if digest else "No digest yet: /papers digest makes one."
    muted = f" Muted: {_names(mutes)}." if mutes else ""
    rows = tuple(_row(follow, n) for n, follow in enumerate(known, start=1))
    title = "Followed for you" if channel.is_personal else f"Followed in #{channel.name.lstrip('#')}"
    coming = times.next_line(channel, await ctx.store.schedules.of(channel), ctx.now)
    return Reply((Listing(title, rows, footer=f"{last} {coming}{muted}"),))


@command(
    "preview",
    Arg("topic", "a topic, as for follow", required=True, suggests="topics"),
    *_FILTERS,
    Arg("days", "how many days to look back", "number", key=True, most=365),
    help="What a topic would have brought; nothing is saved.",
    example="/papers preview recsys days:5",
)
async def preview(
    ctx: Context,
    ask: Invocation,
    topic: str,
    in_: tuple[str, ...],
    not_: tuple[str, ...],
    by_: tuple[str, ...],
    top: int | None,
    days: int | None,
) -> Reply:
    """The papers that the topic would pick from the last days, or from all where nothing is that recent."""
    channel = await ctx.channel(ask)
    filters = Filters(in_, not_, by_, top)
    wanted = tuple([await with_paper(ctx, ask, found) for found in subjects.subjects(topic, filters)])
    look = await ctx.selection.pick(channel, wanted, ctx.now, days=days or 7, shown_too=True)
    looked_at = f"{plural(look.looked_at, 'paper')} {show.window(days or 7, look.is_recent)}"
    follow_it = Action("Follow", "follow", f"{topic} {filters}".strip())
    if not look.picks:
        doubts = [doubt for doubt in await ctx.selection.meanings(wanted) if doubt.instead]
        said = [f"Of {looked_at}, none fits {_names(wanted)}.", look.nearest_line, *map(meaning.doubt, doubts)]
        others = [
            Action(f"Preview {shorten(one.instead, 60)}", "preview", f"{one.instead} {filters}") for one in doubts
        ]
        return note(" ".join(filter(None, said)), follow_it, *others)
    head = Notice(
        f"Of {looked_at}, {look.over_bar:,} {'fits' if look.over_bar == 1 else 'fit'}. The best:",
        title=f"Preview of {_names(wanted)}",
    )
    cards = [replace(show.entry(pick, n), n=None, actions=()) for n, pick in enumerate(look.picks, start=1)]
    return Reply((head, *cards, Notice("Nothing was saved or posted.", actions=(follow_it,))))


@command(
    "mute",
    Arg("word", "a word, phrase or author that is never to be shown", required=True),
    help="Never show papers with this word or by this author.",
    example="/papers mute survey",
    place=("mute", "add"),
    changes_channel=True,
)
async def mute(ctx: Context, ask: Invocation, word: str) -> Reply:
    """Mute a word, phrase or author in this channel."""
    channel = await ctx.channel(ask)
    muted = subjects.mute(word)
    added = await ctx.store.follows.add(channel, [muted], who(ask), ctx.now)
    if not added.change:
        return note(f"“{muted.text}” is muted here already. Nothing changed.")
    return done(
        f"Muted “{muted.text}”: no paper with that word, author, venue or category is shown here.",
        _undo(added.change),
        announce=f"{who(ask).name} muted “{muted.text}” here.",
    )


@command(
    "unmute",
    Arg("word", "a muted word or author, or its number in mutes", required=True, suggests="mutes"),
    help="Show papers with a muted word again.",
    example="/papers unmute survey",
    place=("mute", "remove"),
    changes_channel=True,
)
async def unmute(ctx: Context, ask: Invocation, word: str) -> Reply:
    """Take a mute away."""
    channel = await ctx.channel(ask)
    mutes = await ctx.store.follows.of(channel, "mute")
    key = subjects.mute(word).key
    found = next((muted for muted in mutes if muted.key == key), None) or subjects.match(word, mutes)
    if found is None:
        there = f"Muted here: {_names(mutes)}." if mutes else "Nothing is muted here."
        raise Refused(f"“{shorten(word, 40)}” is not muted.", there)
    _require_own(ask, [found], "unmute")
    change = await ctx.store.follows.remove(channel, [found], who(ask), ctx.now)
    announce = f"{who(ask).name} unmuted “{found.text}” here."
    return done(f"“{found.text}” may be shown again.", _undo(change), announce=announce)


@command("mutes", help="What is muted here.", example="/papers mutes", place=("mute", "list"))
async def mutes(ctx: Context, ask: Invocation) -> Reply:
    """Every mute with its number."""
    known = await ctx.store.follows.of(await ctx.channel(ask), "mute")
    if not known:
        return note("Nothing is muted here. To mute a word: /papers mute survey")
    return Reply((Listing("Muted here", tuple(_row(muted, n) for n, muted in enumerate(known, start=1))),))


async def with_paper(ctx: Context, ask: Invocation, follow: Follow) -> Follow:
    """The follow as it is, or, for `like:`, with the paper that was typed looked up."""
    if follow.kind != "like":
        return follow
    return subjects.like(await ctx.paper(ask, follow.text), follow.filters)


def require_room(ctx: Context, known: int, fresh: int) -> None:
    """Refused where a channel with so many follows has no room for so many new ones."""
    if known + fresh > ctx.most_follows:
        raise Refused(
            f"This channel follows {known} of at most {plural(ctx.most_follows, 'topic')}.",
            "Unfollow some first: /papers list. Whoever runs Paper Round can raise it: PAPER_ROUND_MOST_FOLLOWS.",
        )


def _replaced(ask: Invocation, instead: str, wanted: Sequence[Follow], known: tuple[Follow, ...]) -> Follow | None:
    """The follow that `instead` names, if what is wanted is another. Raises Refused where it names none."""
    if not instead:
        return None
    found = subjects.match(instead, known)
    if found is None:
        there = f"It follows: {_names(known)}." if known else "It follows nothing yet."
        raise Refused(f"This channel doesn't follow “{shorten(instead, 40)}”.", there)
    _require_own(ask, [found], "unfollow")
    return None if (found.kind, found.key) in {(one.kind, one.key) for one in wanted} else found


def _require_own(ask: Invocation, unwanted: Sequence[Follow], verb: str) -> None:
    """Refused where one of these was added by somebody else, and the person may not take it away."""
    others = [one for one in unwanted if not permissions.may_take_back(ask, one.added_by_key)]
    if others:
        adders = human_join(dict.fromkeys(one.added_by for one in others))
        was, them = ("was", "it") if len(others) == 1 else ("were", "them")
        raise Refused(f"{_names(others)} {was} added by {adders}.", f"Only they or an admin can {verb} {them}.")


def _unchanged(known: Follow) -> Notice:
    since = f" since {day(known.added_at.date())}" if known.added_at else ""
    change = f"To change its filters: /papers follow {known.name} in:cs.IR"
    return Notice(f"Already following {known.name} here{since} (added by {known.added_by}). Nothing changed. {change}")


def _undo(change: int) -> Action:
    """Takes back this very change, whatever was changed since."""
    return Action("Undo", "undo", f"change:{change}")


def _following(fresh: list[Follow], matches: Matches, change: int, when: str, *, is_first: bool) -> Notice:
    filters = f" ({fresh[0].filters})" if str(fresh[0].filters) else ""
    said = [f"Following {_names(fresh)} here{filters}.", when]
    if matches.looked_at:
        looked_at = f"{plural(matches.looked_at, 'paper')} {show.window(7, matches.is_recent)}"
        said.append(f"Of {looked_at}, {matches.count:,} {'fits' if matches.count == 1 else 'fit'}.")
    if matches.unknown:
        said.append(
            f"No stored paper knows {human_join(matches.unknown, 'or')} yet; it counts from the first that does."
        )
    elif matches.looked_at >= 40 and matches.count > BROAD * matches.looked_at:
        said.append("That is broad: narrow it with in:cs.IR or not:survey.")
    target = f"{'; '.join(follow.name for follow in fresh)} {fresh[0].filters}".strip()
    show_them = (Action("Show them", "preview", target),) if matches.count else ()
    change_time = (Action("Change time", "schedule"),) if is_first else ()
    return Notice(" ".join(said), tone="done", actions=(*show_them, _undo(change), *change_time))


async def _namesakes(ctx: Context, author: Follow) -> str:
    """Who may be meant by an author's name, where that is several people."""
    papers = await ctx.store.papers.search("", by=author.text, most=NAMED)
    people = authors.people(author.text, (name for paper in papers for name in paper.authors))
    return f"{author.name} means each of {human_list(people)}; a fuller name keeps to one." if people[1:] else ""


def _row(follow: Follow, n: int) -> Row:
    when = f" on {day(follow.added_at.date())}" if follow.added_at else ""
    pings = human_join([Group.of(kept).shown for kept in follow.notify])
    details = (str(follow.filters), f"pings {pings}" if pings else "", f"added by {follow.added_by}{when}")
    verb = "unmute" if follow.kind == "mute" else "unfollow"
    return Row(
        follow.name, " · ".join(filter(None, details)), n, actions=(Action(f"{verb.title()} {n}", verb, follow.name),)
    )


def _not_followed(topic: str, known: tuple[Follow, ...]) -> Reply:
    if not known:
        return refusal("This channel follows nothing yet.", "Try /papers follow recsys")
    near = subjects.nearest(topic, known)
    offer = (Action(f"Unfollow {shorten(near.name, 60)}", "unfollow", near.name),) if near else ()
    wrong = f"This channel doesn't follow “{shorten(topic, 40)}”."
    return refusal(wrong, f"It follows: {_names(known)}.", *offer)


def _names(follows: Sequence[Follow]) -> str:
    return human_list([follow.name for follow in follows], 10)
