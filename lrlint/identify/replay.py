"""Whether a loss caused the drops of an LR: torch's ReduceLROnPlateau replayed over the logged loss."""

from __future__ import annotations

from itertools import product

import numpy as np

from lrlint.identify.curve import Floats
from lrlint.identify.identification import Identification
from lrlint.namedtuples import NamedTuple

PATIENCES = range(51)
THRESHOLDS = (1e-4, 0.0, 1e-3, 1e-2)
COOLDOWNS = (0, 1, 2, 3, 5, 10)
MOST_TICKS = 1000


class PlateauSettings(NamedTuple):
    """Arguments of ReduceLROnPlateau under which a loss gives exactly the drops that were logged."""

    patience: int
    threshold: float
    cooldown: int


def told_by_loss(found: Identification, steps: Floats, losses: Floats) -> Identification:
    """`found` with ReduceLROnPlateau first, if the losses (n,) at `steps` (n,) explain every drop of the LR."""
    milestones = found.parameters.get("milestones")
    if "plateau" not in found.families or not isinstance(milestones, list):
        return found
    settings = replayed(losses, [int(np.count_nonzero(steps < milestone)) for milestone in milestones])
    if settings is None:
        return found
    known = {"base_lr": found.parameters["base_lr"], "factor": found.parameters.get("gamma")}
    times = {"patience": settings.patience, "threshold": settings.threshold, "cooldown": settings.cooldown}
    families = ("plateau", *(family for family in found.families if family != "plateau"))
    reason = "replaying the logged loss gives these drops; MultiStepLR could be set to the same"
    return found._replace(families=families, parameters={**known, **times}, reason=reason)


def replayed(losses: Floats, drops: list[int]) -> PlateauSettings | None:
    """The most common settings that turn `losses` (n,), one per tick, into `drops`; None where none do.

    `drops` are the ticks at which a lower LR is first in force. A single drop is no evidence: some patience fits
    almost any place.
    """
    if len(drops) < 2 or not len(drops) < len(losses) <= MOST_TICKS or not np.all(np.isfinite(losses)):
        return None
    values = losses.tolist()
    for threshold, cooldown, patience in product(THRESHOLDS, COOLDOWNS, PATIENCES):
        settings = PlateauSettings(patience, threshold, cooldown)
        if _gives(settings, values, drops):
            return settings
    return None


def _gives(settings: PlateauSettings, values: list[float], drops: list[int]) -> bool:
    """Whether ReduceLROnPlateau(mode='min', threshold_mode='rel') drops exactly at `drops`."""
    best, bad, cooling, found = float("inf"), 0, 0, 0
    for tick, value in enumerate(values[:-1], start=1):
        if value < best * (1 - settings.threshold):
            best, bad = value, 0
        else:
            bad += 1
        if cooling > 0:
            cooling, bad = cooling - 1, 0
        drops_here = bad > settings.patience
        if drops_here != (found < len(drops) and drops[found] == tick):
            return False
        if drops_here:
            found, cooling, bad = found + 1, settings.cooldown, 0
    return found == len(drops)
