"""When a dossier or a call must be done: the statutory clock, the acceptance clock and the hotline's.

Instants are arrays of datetime64 in UTC, NaT where there is none.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from indicators.calendar import WorkingCalendar
from indicators.localtime import DAY, NOT_A_TIME, SECOND, Times, ticks, times
from indicators.office_hours import time_of_day

SAME_DAY_CUTOFF = "15:00"
ACCEPTANCE_DAYS = 1.0


def statutory_due(
    accepted_at: Times,
    statutory_days: ArrayLike,
    calendar: WorkingCalendar,
    same_day_cutoff: str = SAME_DAY_CUTOFF,
) -> Times:
    """Return when the result of each accepted dossier is due: its procedure's working days after acceptance.

    `statutory_days` may be parts of a day; NaN (no time in law) gives NaT; 0 is settled on the day itself. Source:
    Decree 118/2025/NĐ-CP, articles 17 and 18 (appointed date from acceptance, in working days of the procedure),
    provisional: known from press and practice. How parts of a day are counted is a choice, see WorkingCalendar.
    """
    accepted, days = np.broadcast_arrays(np.atleast_1d(accepted_at), np.asarray(statutory_days, float))
    due = calendar.add_working_days(accepted, days)
    if (on_the_day := days == 0).any():
        due[on_the_day] = same_day_due(accepted[on_the_day], calendar, same_day_cutoff)
    return due


def same_day_due(accepted_at: Times, calendar: WorkingCalendar, cutoff: str = SAME_DAY_CUTOFF) -> Times:
    """Return the end of the working day of acceptance, of the next one for what came after the cutoff.

    `cutoff` is a time of the city's clock; what comes at that very minute is still settled on the day. What is
    accepted while the office is closed is due at the end of the next working day. Source: Decree 23/2015/NĐ-CP
    and the civil-status procedures ("received after 15:00: the next working day").
    """
    accepted = np.atleast_1d(accepted_at)
    local = ticks(calendar.to_local(accepted))
    day = local // DAY
    is_after = (local - day * DAY > time_of_day(cutoff) * SECOND) & (local != NOT_A_TIME)
    from_at = accepted.astype("datetime64[us]")
    from_at[is_after] = calendar.to_utc(times((day[is_after] + 1) * DAY))
    return calendar.end_of_working_day(from_at)


def acceptance_due(submitted_at: Times, calendar: WorkingCalendar, working_days: ArrayLike = ACCEPTANCE_DAYS) -> Times:
    """Return by when each dossier handed in must be accepted or sent back.

    One working day, 8 working hours, unless the profile says otherwise (rules.acceptance). Source: Decree
    118/2025/NĐ-CP, article 17, provisional: known from press and practice.
    """
    return calendar.add_working_days(np.atleast_1d(submitted_at), working_days)


def ticket_due(opened_at: Times, sla_hours: ArrayLike) -> Times:
    """Return when each hotline call must be settled: its category's hours after opening, by night and day alike.

    NaN (the category has no time limit) gives NaT. Source of HCMC's limits: Decision 1478/QĐ-UBND of 4 May 2020
    (5 days; shorter ones by field are the profile's).

    >>> str(ticket_due(np.array(["2026-11-22T01:00"], "datetime64[us]"), 2)[0])
    '2026-11-22T03:00:00.000000'
    """
    hours: NDArray[np.float64] = np.asarray(sla_hours, float)
    span = np.rint(np.nan_to_num(hours) * 3600 * SECOND).astype("timedelta64[us]")
    due: Times = np.atleast_1d(opened_at).astype("datetime64[us]") + span
    due[~np.broadcast_to(np.isfinite(hours), due.shape)] = np.datetime64("NaT")
    return due
