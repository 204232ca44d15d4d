"""What nobody may do with the time of a broadcast: one class for each rule."""

from core.errors import RuleBroken


class NotApprovedForSending(RuleBroken):
    """Only a broadcast that is approved as it stands now gets a time."""

    code = "not_approved_for_sending"


class AmbassadorDecides(RuleBroken):
    """Nothing goes to an organisation's members unless its ambassador says so, or agreed to crises beforehand."""

    code = "ambassador_decides"


class PlanInPast(RuleBroken):
    """The time for which a broadcast is planned is over."""

    code = "plan_in_past"


class PlanWithoutRuns(RuleBroken):
    """No run of the plan is left: its last date comes before its next one."""

    code = "plan_without_runs"


class UsefulTimeWrong(RuleBroken):
    """A broadcast is useful for ten minutes at least and fourteen days at most."""

    code = "useful_time_wrong"


class QuietHoursHold(RuleBroken):
    """Only an urgent broadcast may come in quiet hours."""

    code = "quiet_hours_hold"


class OnlyQuietHours(RuleBroken):
    """All the time in which the broadcast is useful lies in quiet hours: it would never go out."""

    code = "only_quiet_hours"


class NothingToPause(RuleBroken):
    """Only what has a time, or is being sent, can be paused."""

    code = "nothing_to_pause"


class NothingToResume(RuleBroken):
    """Only what is paused can be resumed."""

    code = "nothing_to_resume"


class AlreadyOver(RuleBroken):
    """What was sent, cancelled or came too late cannot be cancelled any more."""

    code = "already_over"
