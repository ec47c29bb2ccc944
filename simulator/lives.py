"""The life of a dossier as a row of instants: what a column means, and the dossiers of one day."""

from dataclasses import dataclass

import numpy as np

from simulator.arrivals import Arrivals

# Columns of a life, latest first: of two changes in one second the later one counts.
RETURNED, FINISHED, ENDED, FEE, RESUMED, ASKED, MOVED, HANDED, ACCEPTED, SUBMITTED = 0, 1, 2, 3, 4, 5, 6, 7, 11, 12
COLUMNS = 13  # HANDED to HANDED + 3 hold the handovers, latest first
STATUSES = np.array([10, 9, 0, 6, 4, 5, 4, 4, 4, 4, 4, 2, 1], dtype=np.int8)
LONGEST_DAYS = 120
STAGES = ("reception", "processing", "return")


@dataclass
class Lives:
    """Hold the dossiers of one day and all their instants (seconds; NEVER when it does not happen)."""

    arrivals: Arrivals
    number: np.ndarray  # (n,) running number in the unit and day
    times: np.ndarray  # (n, COLUMNS) int32
    due: np.ndarray  # (n,) first appointment
    due_later: np.ndarray  # (n,) second appointment, given at due_later_from
    due_later_from: np.ndarray
    end_status: np.ndarray  # (n,) 3, 7 or 8 when ENDED
    rated_at: np.ndarray  # (n, 3) by STAGES
    score: np.ndarray  # (n, 3)
    lag: np.ndarray  # (n,) seconds after which a change becomes visible
    quirk: np.ndarray  # (n,) uint16, drives the misbehaviour of faults.py
