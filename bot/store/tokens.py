"""Secrets that people hold and we know by their hashes alone: what each is for, and which channel it concerns."""

import hashlib

from sqlalchemy import ColumnElement, delete, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.model import Channel

LINK, REQUEST = "link", "subscribe"  # purposes


def hashed(purpose: str, secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(f"{purpose} {secret}".encode()).hexdigest()


def subject_of(channel: ChannelRef) -> str:
    """How a token's subject begins, or what it is: the channel. More stands on further lines."""
    return "/".join((channel.platform, channel.workspace, channel.kind, channel.id))


async def forget_tokens(session: AsyncSession, channel: Channel) -> None:
    """Delete every token that concerns the channel, inside a transaction that is under way."""
    ref = ChannelRef(channel.platform, channel.workspace, channel.platform_id, kind=channel.kind)
    await session.execute(delete(tables.Token).where(_concerns(ref)))


async def forget_requests(session: AsyncSession, channel: Channel) -> None:
    """Delete what was asked for there and not confirmed, inside a transaction that is under way."""
    ref = ChannelRef(channel.platform, channel.workspace, channel.platform_id, kind=channel.kind)
    await session.execute(delete(tables.Token).where(_concerns(ref), col(tables.Token.purpose) == REQUEST))


def _concerns(ref: ChannelRef) -> ColumnElement[bool]:
    subject = col(tables.Token.subject)
    return or_(subject == subject_of(ref), subject.startswith(f"{subject_of(ref)}\n", autoescape=True))
