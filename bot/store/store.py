"""The store, whole: one database and a room for each kind of question."""

from bot.store.browsing import Browsing
from bot.store.channels import Channels
from bot.store.deliveries import Deliveries
from bot.store.digests import Digests
from bot.store.due import Due
from bot.store.engine import Database
from bot.store.facts import Facts
from bot.store.follows import Follows
from bot.store.hooks import Hooks
from bot.store.links import Links
from bot.store.outbox import Outbox
from bot.store.papers import Papers
from bot.store.people import People
from bot.store.profiles import Profiles
from bot.store.reach import Reach
from bot.store.reading import Reading
from bot.store.record import Record
from bot.store.requests import Requests
from bot.store.retention import Retention
from bot.store.revisions import Revisions
from bot.store.schedules import Schedules
from bot.store.sightings import Sightings
from bot.store.sources import Sources
from bot.store.summaries import Summaries
from bot.store.tastes import Tastes
from bot.store.troubles import Troubles
from bot.store.versions import bring_up_to_date
from bot.store.votes import Votes


class Store:
    """Everything that is kept. Made by `open`, ended by `close`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.papers = Papers(database)
        self.channels = Channels(database)
        self.follows = Follows(database)
        self.digests = Digests(database)
        self.outbox = Outbox(database)
        self.deliveries = Deliveries(database)
        self.due = Due(database)
        self.profiles = Profiles(database)
        self.summaries = Summaries(database)
        self.tastes = Tastes(database)
        self.schedules = Schedules(database)
        self.reach = Reach(database)
        self.reading = Reading(database)
        self.votes = Votes(database)
        self.revisions = Revisions(database)
        self.record = Record(database)
        self.people = People(database)
        self.facts = Facts(database)
        self.sightings = Sightings(database)
        self.sources = Sources(database)
        self.browsing = Browsing(database)
        self.retention = Retention(database)
        self.troubles = Troubles(database)
        self.requests = Requests(database)
        self.links = Links(database)
        self.hooks = Hooks(database)

    @classmethod
    async def open(cls, url: str) -> "Store":
        """The store at a database URL, made or migrated first. Raises Refused or Fault, in one sentence."""
        database = Database(url)
        try:
            await bring_up_to_date(database)
        except BaseException:
            await database.close()
            raise
        return cls(database)

    async def close(self) -> None:
        await self.database.close()
