"""Every command, in the order of help and menus."""

from bot.commands import admin, digest, following, helping, lookup, personal, pings, proposing, reading, record, sharing
from bot.grammar import Command

COMMANDS: tuple[Command, ...] = (
    helping.help_,
    following.follow,
    following.unfollow,
    following.list_,
    following.preview,
    digest.digest,
    lookup.paper,
    lookup.search,
    lookup.similar,
    digest.why,
    digest.whynot,
    reading.save,
    reading.saved,
    reading.done_,
    reading.export,
    following.mute,
    following.unmute,
    following.mutes,
    admin.undo,
    admin.history,
    sharing.copy,
    sharing.import_,
    proposing.propose,
    record.stats,
    admin.who_,
    admin.purge,
    pings.notify,
    personal.dm,
    personal.forget,
    personal.mydata,
)
