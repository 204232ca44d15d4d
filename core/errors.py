"""The one family of errors that people are told about.

A class is one broken rule. Its docstring is the developer's message; ``code`` is the key of the words a reader gets;
the keyword arguments are the details that those words may name.
"""

from typing import ClassVar


class RuleBroken(Exception):
    """Somebody asked for what a rule forbids."""

    code: ClassVar[str] = "rule_broken"

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(f"{self.__doc__} {details}" if details else self.__doc__)


class SetupProblem(RuleBroken):
    """The installation cannot start or go on as it is set up; ``what`` says it and what to do, in one line."""

    code = "setup_problem"

    def __init__(self, what: str) -> None:
        super().__init__(what=what)
        self.what = what
