"""The jobs of a process that works by itself: what each does, and how often. Each finds its own work in tables."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.channels.web.app import CHANNEL as WEB
from bot.forms import drop_old_forms
from bot.inbound import drop_old
from bot.used_together import forget_used
from broadcasts.announcements.sharing import tell_of_changes
from broadcasts.delivery.audience import expand_all
from broadcasts.delivery.cleaning import forget_recipients
from broadcasts.delivery.posting import Post
from broadcasts.delivery.settling import settle
from broadcasts.organisations.confirming import ask_to_confirm
from broadcasts.scheduling.releasing import release_due
from broadcasts.scheduling.swallowed import warn_of_quiet_hours
from broadcasts.voices.answering import forget_answered
from brobygger.preparing import House, follow_publications
from content.gaps import drop_old_gaps
from content.links.checking import Visitor as LinkVisitor
from content.links.records import check_due, visitor_of_town
from content.publishing import get_version, list_hashes
from content.reading_aloud.robot_readings import drop_old_robot_readings
from content.reminding import remind
from content.reviewing import publish_due
from core.database import Database
from core.jobs.clock import run_by_clock
from core.jobs.job import Job
from core.jobs.waking import BUILD_INDEX
from core.mail import Mail, SMTPMail
from core.news import INDEX, listen
from core.people import forget_idle
from core.settings import Settings
from editor.access.cleaning import drop_old as drop_old_access
from editor.app import CATALOGUES
from editor.day_mail import send_day_mails

UPDATES_KEPT = timedelta(days=3)
BUILD_SECONDS, ANNOUNCE_SECONDS, SEND_SECONDS, PUBLISH_SECONDS, TELL_SECONDS = 1, 2, 1, 10, 60
FORGET_SECONDS, CHECK_LINKS_SECONDS, HOUR = 60, 900, 3600
FOLLOW_SECONDS, FOLLOW_NEWS_SECONDS = 0.5, 10  # without news of a new index, and with it


async def follow_index(house: House) -> None:
    """Load what this process or another built, until cancelled. Loading never waits for building."""
    job = Job(
        "follow_index", FOLLOW_SECONDS if house.database.is_sqlite else FOLLOW_NEWS_SECONDS, house.knowledge.follow
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(run_by_clock([job]))
        if not house.database.is_sqlite:
            group.create_task(listen(house.database, {INDEX: house.knowledge.follow}))


async def do_jobs(house: House, post: Post | None) -> None:
    """Do the jobs until cancelled: all of them here, or on PostgreSQL together with all other workers."""
    await run_jobs(house.database, Jobs(house).list(post))


async def run_jobs(database: Database, jobs: Sequence[Job]) -> None:
    """By the engine of this database, until cancelled."""
    if database.is_sqlite:
        await run_by_clock(jobs)
    else:
        from core.jobs.workers import run_by_workers

        await run_by_workers(database.url, jobs)


def make_mail(settings: Settings) -> Mail | None:
    """Who takes letters to staff; None when no mail server is set."""
    return SMTPMail(settings.smtp_server, sender=settings.smtp_from) if settings.smtp_server else None


class Jobs:
    """What is done again and again, on one installation."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._database = house.database
        self._mail = make_mail(house.settings)
        self._told_of = 0  # the version of the content whose changes ambassadors know

    def list(self, post: Post | None) -> list[Job]:
        """All of them. With a post it sends, too."""
        jobs = [
            Job(BUILD_INDEX, BUILD_SECONDS, self.build_index),
            Job("announce", ANNOUNCE_SECONDS, self.announce),
            Job("publish_due", PUBLISH_SECONDS, self.publish),
            Job("tell_ambassadors", TELL_SECONDS, self.tell_ambassadors),
            Job("remind", HOUR, self.give_reminders),
            Job("send_day_mails", HOUR, self.send_mails),
            Job("clean", HOUR, self.clean),
        ]
        if not self._database.is_sqlite:
            jobs.append(Job("forget_used", FORGET_SECONDS, self.forget_used))
        if self._house.settings.check_links:
            jobs.append(Job("check_links", CHECK_LINKS_SECONDS, self.check_links))
        if post is not None:
            jobs.append(Job("send", SEND_SECONDS, post.send_all, account=post.account))
        return jobs

    async def build_index(self, at: datetime) -> None:
        """Build what is due."""
        await follow_publications(self._house, at)

    async def announce(self, at: datetime) -> None:
        """Release what is due, write down its recipients, bring to an end what is over. The post sends (posting.py)."""
        async with self._database.changing() as session:
            await release_due(session, at=at)
        await expand_all(self._database, at=at)
        await settle(self._database, at=at)

    async def tell_ambassadors(self, at: datetime) -> None:
        """Whether their entry is still right, once a year; that an answer which they shared reads differently now; that
        quiet hours swallow what they planned."""
        async with self._database.changing() as session:
            await ask_to_confirm(session, at=at)
            await warn_of_quiet_hours(session, at=at)
            version = await get_version(session)
            if version != self._told_of:
                await tell_of_changes(session, await list_hashes(session), at=at)
        self._told_of = version

    async def publish(self, at: datetime) -> None:
        """Publish what was approved for a time that has come."""
        async with self._database.changing() as session:
            await publish_due(session, at=at)

    async def give_reminders(self, at: datetime) -> None:
        """Write notices about days that come or have passed."""
        async with self._database.changing() as session:
            await remind(session, at=at)

    async def send_mails(self, at: datetime) -> None:
        """Write to staff for whom something new waits, where mail is set up."""
        if self._mail is not None:
            address, words = self._house.settings.address, CATALOGUES.translator
            await send_day_mails(self._database, self._mail, address=address, words=words, at=at)

    async def check_links(self, at: datetime) -> None:
        """Visit links whose turn it is."""
        async with self._database.reading() as session:
            visitor = await visitor_of_town(session, LinkVisitor(self._house.settings.address))
        await check_due(self._database, visitor, at=at)

    async def forget_used(self, at: datetime) -> None:
        """Forget who was near a limit and is no more."""
        async with self._database.changing() as session:
            await forget_used(session, at=at)

    async def clean(self, at: datetime) -> None:
        """Forget what nobody needs any more (docs/privacy.md)."""
        async with self._database.changing() as session:
            await drop_old(session, at=at, keep=UPDATES_KEPT)
            await drop_old_gaps(session, today=at.date())
            await drop_old_forms(session, at=at)
            await drop_old_robot_readings(session, at=at)
            await forget_recipients(session, at=at)
            await forget_answered(session, at=at)
            await forget_idle(session, channel=WEB, at=at, idle=timedelta(days=self._house.settings.keep_days))
            await drop_old_access(session, at=at)
