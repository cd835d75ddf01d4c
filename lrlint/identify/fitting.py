"""Separable least squares: amplitudes are solved for, only times and powers are searched.

An LR curve of most families is linear in its amplitudes (base LR, floor) once its times (warm-up, horizon) and
powers are fixed. Projecting the amplitudes out leaves a search in one to three numbers (variable projection,
Golub and Pereyra 1973), done by Levenberg-Marquardt from a few starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from lrlint.identify.curve import Curve, Floats
from lrlint.namedtuples import NamedTuple

Basis = Callable[[Floats, Floats], Floats]
"""`(steps (n,), times (t,)) -> columns (n, a)`: the shapes whose weighted sum is the curve."""

REFINED = 3
"""Starts that are refined; the others only had their cost computed."""

RIDGE = 1e-13
"""Keeps the normal equations solvable where two columns are nearly the same, relative to their trace."""

Parameters = dict[str, float]

Read = Callable[[Floats, Floats], Parameters]
"""`(times, amplitudes) -> parameters` by the names of torch's constructors, counted in the curve's steps."""


class Fit(NamedTuple):
    """One family laid over a curve.

    `times` are the searched numbers and `amplitudes` the weights of the basis; `chi2` is the sum of squared
    deviations in units of their standard error and `unknowns` the number of parameters it cost.
    """

    family: str
    basis: Basis
    times: Floats
    amplitudes: Floats
    chi2: float
    unknowns: int
    read: Read

    @property
    def parameters(self) -> Parameters:
        """The parameters as torch's constructors name them."""
        return self.read(self.times, self.amplitudes)

    def predict(self, steps: Floats) -> Floats:
        """The fitted LR at `steps`."""
        with np.errstate(all="ignore"):
            return np.asarray(self.basis(steps, self.times) @ self.amplitudes, np.float64)

    def bic(self, points: int) -> float:
        """Bayesian information criterion (Schwarz 1978): lower is better, 10 apart is decisive."""
        return self.chi2 + self.unknowns * float(np.log(max(points, 2)))


class Box(NamedTuple):
    """A region of times to search: the points to start from, and the bounds `low` and `high` of each time."""

    starts: Sequence[Sequence[float]]
    low: Sequence[float]
    high: Sequence[float]


def fit(family: str, curve: Curve, basis: Basis, box: Box | Sequence[Box], read: Read, fixed: int = 0) -> Fit | None:
    """The best fit of `basis` with its times in one of the boxes, from the most promising starts.

    `fixed` is added to the count of unknowns (for a discrete choice that was made outside). None where the
    shapes cannot be computed.
    """
    boxes = [box] if isinstance(box, Box) else box
    ranked = sorted((rough for each in boxes for rough in _rough(curve, basis, each)), key=lambda tried: tried[0][0])
    best = min((_refine(curve, basis, *tried) for tried in ranked[:REFINED]), key=lambda found: found[0], default=None)
    if best is None or not np.isfinite(best[0]):
        return None
    chi2, times, _, _ = best
    columns = basis(curve.steps, times) / curve.sigma[:, None]
    amplitudes = np.asarray(np.linalg.lstsq(columns, curve.values / curve.sigma)[0], np.float64)
    return Fit(family, basis, times, amplitudes, chi2, len(times) + len(amplitudes) + fixed, read)


_Found = tuple[float, Floats, Floats, Floats]


def _rough(curve: Curve, basis: Basis, box: Box) -> Iterator[tuple[_Found, Floats, Floats]]:
    """The starts of a box with their cost, each with the bounds it must keep to."""
    low, high = np.asarray(box.low, np.float64), np.asarray(box.high, np.float64)
    tried = [_cost(curve, basis, np.clip(np.asarray(start, np.float64), low, high)) for start in box.starts]
    yield from ((found, low, high) for found in sorted(tried, key=lambda found: found[0])[:2])


def _cost(curve: Curve, basis: Basis, times: Floats) -> _Found:
    with np.errstate(all="ignore"):
        columns = basis(curve.steps, times)
    weighted = columns / curve.sigma[:, None]
    if not np.all(np.isfinite(weighted)):
        return float("inf"), times, np.zeros(columns.shape[1]), np.zeros(len(curve))
    target = curve.values / curve.sigma
    normal = weighted.T @ weighted  # small and solved thousands of times: the normal equations beat lstsq sixfold
    ridge = RIDGE * float(np.trace(normal)) + 1e-300
    amplitudes: Floats = np.linalg.solve(normal + ridge * np.eye(len(normal)), weighted.T @ target).astype(np.float64)
    residual = weighted @ amplitudes - target
    return float(residual @ residual), times, amplitudes, residual


def _refine(curve: Curve, basis: Basis, found: _Found, low: Floats, high: Floats, rounds: int = 40) -> _Found:
    damping = 1e-3
    if not len(found[1]) or not np.isfinite(found[0]):
        return found
    width = np.maximum(high - low, 1e-12)
    for _ in range(rounds):
        jacobian = _jacobian(curve, basis, found, width, high)
        if not np.all(np.isfinite(jacobian)):
            break
        normal, gradient = jacobian.T @ jacobian, jacobian.T @ found[3]
        scale = np.diag(np.maximum(np.diag(normal), 1e-12))
        improved = False
        while damping < 1e8:
            step = np.linalg.solve(normal + damping * scale, gradient)
            tried = _cost(curve, basis, np.clip(found[1] - step, low, high))
            if tried[0] < found[0]:
                improved = found[0] - tried[0] > 1e-4 * found[0] + 1e-6
                found, damping = tried, damping / 9
                break
            damping *= 6
        if not improved:
            break
    return found


def _jacobian(curve: Curve, basis: Basis, found: _Found, width: Floats, high: Floats) -> Floats:
    columns = []
    for index in range(len(found[1])):
        shifted = found[1].copy()
        nudge = 1e-6 * width[index] * (-1 if shifted[index] + 1e-6 * width[index] > high[index] else 1)
        shifted[index] += nudge
        columns.append((_cost(curve, basis, shifted)[3] - found[3]) / nudge)
    return np.column_stack(columns)
