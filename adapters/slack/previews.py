"""Previews: a small card below a message that links to a paper, where the operator has switched them on."""

from dataclasses import replace

from adapters.slack.heard import Linked
from adapters.slack.render import message
from adapters.slack.replies import Desk
from bot.cards import PaperCard
from bot.identity import ids_in

MOST = 3  # links of one message
SMALL = ("save",)  # what can be pressed in a preview


class Previews:
    """Shows them, or nothing at all where they are off."""

    def __init__(self, desk: Desk, *, are_on: bool) -> None:
        self._desk = desk
        self._are_on = are_on

    async def show(self, workspace: str, said: Linked) -> None:
        """A preview for each link whose paper is known."""
        if not self._are_on or said.place.user == await self._desk.homes.bot(workspace):
            return
        papers = {link: card for link in said.links[:MOST] if (card := await self._paper(workspace, said, link))}
        if papers:
            unfurls = {link: {"blocks": message([_small(card)]).blocks} for link, card in papers.items()}
            await self._desk.answers.preview(workspace, said.place, unfurls, said.unfurl)

    async def _paper(self, workspace: str, said: Linked, link: str) -> PaperCard | None:
        ids = ids_in(link)
        if not ids:
            return None
        asked = await self._desk.asking.invocation(workspace, said.place)
        reply = await self._desk.handle.handle(replace(asked, verb="paper", text=ids[0]))
        return next((card for card in reply.cards if isinstance(card, PaperCard)), None)


def _small(card: PaperCard) -> PaperCard:
    actions = tuple(one for one in card.actions if one.verb in SMALL)
    return replace(card, abstract="", actions=actions)
