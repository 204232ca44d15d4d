"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost.

SHA-1, 6 digits, 30 seconds: what every authenticator app can do. A code counts in its half minute and the ones next
to it, and once (RFC 6238, 5.2): two requests with the same code at the same moment cannot both be let in.
"""

import base64
import hashlib
import hmac
import re
import secrets
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import RuleBroken
from core.timeline import record
from editor.access.models import StaffMember, StaffRecoveryCode

DRIFT = 1  # steps of 30 seconds that a clock may be off, either way
RECOVERY_CODES = 10


class CodeNotRight(RuleBroken):
    """The code does not fit the secret: the app was not set up with it, or its clock is wrong."""

    code = "code_not_right"


class SecondFactorIsOn(RuleBroken):
    """A second factor is not replaced by whoever sits at a signed-in browser: it is turned off first, with its code."""

    code = "second_factor_is_on"


def new_secret() -> str:
    """160 random bits in base 32 (RFC 4226, 4). Not kept before a first code has shown that the app has it."""
    return pyotp.random_base32()


def is_secret(text: str) -> bool:
    """Whether this has the form of new_secret."""
    return re.fullmatch(r"[A-Z2-7]{32}", text) is not None


def provisioning_uri(secret: str, *, email: str, issuer: str) -> str:
    """What an authenticator app reads from the picture. It contains the secret: never log it."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)


def qr_picture(uri: str, *, title: str) -> str:
    """An SVG to stand in a page, dark on light in every colour scheme; ``title`` is what a screen reader says."""
    code = segno.make(uri, error="m", micro=False)
    return code.svg_inline(scale=5, border=4, light="#fff", dark="#000", title=title)


def matching_step(secret: str, code: str, *, at: datetime) -> int | None:
    """The step of 30 seconds to which this code belongs, near enough to ``at``; None when it is wrong."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    totp = pyotp.TOTP(secret)
    now = totp.timecode(at)
    steps = range(now - DRIFT, now + DRIFT + 1)
    found = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), digits)]
    return max(found, default=None)


async def turn_on(session: AsyncSession, staff_id: int, *, secret: str, code: str, at: datetime) -> tuple[str, ...]:
    """Keep the secret once a first code proves that the app has it. Gives the recovery codes, to be shown once.

    Raises CodeNotRight, and SecondFactorIsOn when there is one already.
    """
    step = matching_step(secret, code, at=at)
    if step is None:
        raise CodeNotRight(staff_id=staff_id)
    change = update(StaffMember).where(StaffMember.id == staff_id, StaffMember.totp_secret.is_(None))
    kept = await session.scalar(
        change.values(totp_secret=secret, totp_last_step=step).returning(StaffMember.id),
        execution_options={"synchronize_session": "fetch"},
    )
    if kept is None:
        raise SecondFactorIsOn(staff_id=staff_id)
    record(session, "second_factor_turned_on", about=f"staff:{staff_id}", by=staff_id, at=at)
    return await make_recovery_codes(session, staff_id, at=at)


async def drop(session: AsyncSession, staff_id: int, *, by: int | None = None, at: datetime) -> None:
    """Forget the second factor and its recovery codes: in a reset, or when its owner (``by``) turns it off."""
    member = await session.get_one(StaffMember, staff_id)
    member.totp_secret = None
    member.totp_last_step = None
    await session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == staff_id))
    record(session, "second_factor_dropped", about=f"staff:{staff_id}", by=by, at=at)


async def make_recovery_codes(session: AsyncSession, staff_id: int, *, at: datetime) -> tuple[str, ...]:
    """Ten new codes, to be shown once; the old ones no longer work."""
    await session.execute(delete(StaffRecoveryCode).where(StaffRecoveryCode.staff_id == staff_id))
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    session.add_all(StaffRecoveryCode(staff_id=staff_id, code_hash=_hash(staff_id, code)) for code in codes)
    record(session, "recovery_codes_made", about=f"staff:{staff_id}", by=staff_id, at=at)
    return codes


async def count_recovery_codes(session: AsyncSession, staff_id: int) -> int:
    """How many are left."""
    unused = select(func.count()).where(StaffRecoveryCode.staff_id == staff_id, StaffRecoveryCode.used_at.is_(None))
    return await session.scalar(unused) or 0


async def use_code(session: AsyncSession, staff_id: int, code: str, *, at: datetime) -> bool:
    """Whether the code, of the app or a recovery code, is right; it is used up by that."""
    if await _use_app_code(session, staff_id, code, at=at):
        return True
    return await _use_recovery_code(session, staff_id, code, at=at)


async def _use_app_code(session: AsyncSession, staff_id: int, code: str, *, at: datetime) -> bool:
    secret = await session.scalar(select(StaffMember.totp_secret).where(StaffMember.id == staff_id))
    step = matching_step(secret, code, at=at) if secret else None
    if step is None:
        return False
    unused = or_(StaffMember.totp_last_step.is_(None), StaffMember.totp_last_step < step)
    # One statement that looks and marks: of two at the same moment the second finds the step used.
    marking = update(StaffMember).where(StaffMember.id == staff_id, unused).values(totp_last_step=step)
    marked = await session.scalar(marking.returning(StaffMember.id), execution_options={"synchronize_session": "fetch"})
    return marked is not None


async def _use_recovery_code(session: AsyncSession, staff_id: int, code: str, *, at: datetime) -> bool:
    marking = (
        update(StaffRecoveryCode)
        .where(
            StaffRecoveryCode.staff_id == staff_id,
            StaffRecoveryCode.code_hash == _hash(staff_id, code),
            StaffRecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(StaffRecoveryCode.id)
    )
    marked = await session.scalar(marking, execution_options={"synchronize_session": False})
    if marked is None:
        return False
    record(session, "recovery_code_used", about=f"staff:{staff_id}", by=staff_id, at=at)
    return True


def _recovery_code() -> str:
    """120 random bits: enough that a plain hash may keep them (NIST SP 800-63B asks for 112). "abcd-efgh-..."."""
    letters = base64.b32encode(secrets.token_bytes(15)).decode().lower()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _hash(staff_id: int, code: str) -> str:
    """As people type it: with or without hyphens, spaces and capitals."""
    letters = re.sub(r"[\W_]", "", code.casefold())
    return hashlib.sha256(f"{staff_id}:{letters}".encode()).hexdigest()
