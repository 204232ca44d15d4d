"""Quiet hours: from one wall time until another, over midnight or not, each day. Equal times: there are none.

When clocks are put back, it is quiet from the first time that they show the beginning until the last time that they
show the end.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from broadcasts.scheduling.recurrence import moment

DAY = timedelta(days=1)


def is_quiet(quiet_from: str, quiet_until: str, zone: str, *, at: datetime) -> bool:
    """Whether it is quiet at this moment. Times are written as 21:00."""
    return quiet_ends(quiet_from, quiet_until, zone, at=at) != at


def quiet_ends(quiet_from: str, quiet_until: str, zone: str, *, at: datetime) -> datetime:
    """When somebody may be written to: ``at`` itself if it is not quiet, else the end of these quiet hours."""
    begins, ends = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    if begins == ends:
        return at
    there = ZoneInfo(zone)
    today = at.astimezone(there).date()
    for day in (today - 2 * DAY, today - DAY, today):
        end = moment(datetime.combine(day if begins < ends else day + DAY, ends), there, is_last=True)
        if moment(datetime.combine(day, begins), there) <= at < end:
            return end
    return at
