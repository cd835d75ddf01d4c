"""What the code of a run promises about its learning rate: the static half's answer, for the runtime half.

The only module in which both halves meet. `lrlint logs --code` is what imports it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lrlint.config import Settings
from lrlint.counts import Count, Symbol
from lrlint.discover import discover
from lrlint.findings import Location, Problem
from lrlint.logs.expectation import Expectation
from lrlint.namedtuples import NamedTuple
from lrlint.registry import load_rules
from lrlint.source.curves import UNKNOWN, base_lr_of, numbers_of
from lrlint.source.decay import taken_for_epochs
from lrlint.source.entry import programs
from lrlint.source.events import EventKind
from lrlint.source.facts import Facts
from lrlint.source.gate import at_stake
from lrlint.source.program import Program
from lrlint.source.project import Project
from lrlint.source.reading import SourceError, read_source
from lrlint.source.ticks import rebuilt_in
from lrlint.source.units import epochs_of
from lrlint.source.use import Use
from lrlint.source.values import Number, Opaque
from lrlint.source.verdicts import has_end

OF_NO_CURVE = ("LR104", "LR302", "LR305", "LR401", "LR402", "LR507", "LR6", "LR9")
"""Bugs that leave the logged curve as it is, or all but one step of it."""


MOST_NAMED = 3
"""Schedulers that a remark names."""


class Bug(NamedTuple):
    """A finding of the static half about the scheduler, with its advice."""

    code: str
    location: Location
    help: str


@dataclass(frozen=True)
class Promise:
    """The one scheduler of the code. `name` is its class, `at` its constructor, `bugs` what is wrong with it."""

    use: Use
    bugs: tuple[Bug, ...]

    @property
    def name(self) -> str:
        """The class or function that builds it."""
        return self.use.name

    @property
    def at(self) -> Location:
        """The constructor call."""
        return self.use.at

    @property
    def family(self) -> str:
        """The family of the schedule."""
        return self.use.schedule.family if self.use.schedule is not None else "unknown"

    def to(
        self, hyperparameters: Mapping[str, object], lengths: Sequence[float], epochs: float | None
    ) -> list[Expectation]:
        """What it promises to a run of so many steps (`lengths` has all readings of that) and, if logged, `epochs`.

        Options have the values in `hyperparameters`, else their defaults. Where the code does not say how many batches
        an epoch has, that is taken from the run; one that was cut off leaves several answers. Empty where the numbers
        are not known, or nothing but a metric or a function decides on the LR.
        """
        exact = self._with(_Numbers(self.use.program, hyperparameters, None))
        if exact is not None:
            return [exact]
        planned = epochs or _Numbers(self.use.program, hyperparameters, None).epochs() or 10.0
        longer = (1.0,) if epochs else (1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
        batches = dict.fromkeys(max(1, round(steps * factor / planned)) for factor in longer for steps in lengths)
        guesses = [_Numbers(self.use.program, hyperparameters, float(count)) for count in batches]
        return [found for numbers in guesses if (found := self._with(numbers)) is not None]

    def _with(self, numbers: _Numbers) -> Expectation | None:
        use = self.use
        arguments, base_lr = numbers_of(use.scheduler.arguments, numbers.of), base_lr_of(use, numbers.of)
        if use.schedule is None or not _all_known(arguments) or "open" in use.scheduler.flags:
            return None
        delivered = _one({numbers.count(world.delivered) for world in use.worlds if world.delivered is not None})
        planned = _one({numbers.count(count) for _, count in use.promises})
        if not use.promises:
            planned = self._without_end(numbers, delivered)
        elif planned is None:
            return None
        expectation = Expectation(
            schedule=use.schedule,
            arguments=arguments,
            base_lr=base_lr,
            planned=planned,
            delivered=delivered,
            ends=has_end(use),
            epochs=numbers.epochs(),
            certain=numbers.certain and base_lr is not None and not _may_begin_elsewhere(use),
        )
        return expectation if expectation.can_be_simulated else None

    def _without_end(self, numbers: _Numbers, delivered: float | None) -> float | None:
        """How many calls a schedule without an end is meant to get; those of the code, where that makes them all."""
        if not self.use.steps or rebuilt_in(self.use) is not None:
            return numbers.epochs()
        return epochs_of(self.use) if taken_for_epochs(self.use) else delivered


class _Numbers:
    """What the symbols of a program are worth in one run. `certain` until the default of an option was used."""

    def __init__(self, program: Program, hyperparameters: Mapping[str, object], batches: float | None) -> None:
        self.program = program
        self.options = {_last(name): value for name, value in hyperparameters.items() if _is_number(value)}
        self.batches = batches
        self.certain = True
        counts = (count for count in program.batches if count.constant() is None)
        self._batches = {symbol for count in counts for symbol in count.symbols()}

    def of(self, value: Number | Opaque) -> float | None:
        return self.count(value.count if isinstance(value, Number) else value.count())

    def count(self, count: Count | None) -> float | None:
        """The number that a count is, whole where the code rounds it; None where a symbol is not known."""
        if count is None:
            return None
        for form in (count, count.expand()):
            known = {symbol: self._worth(symbol) for symbol in form.symbols()}
            if None not in known.values():
                number = form.substitute(lambda symbol: Count.of(known[symbol] or 0.0)).value()  # noqa: B023
                return None if number is None else float(int(number)) if form.rounded else number
        return None

    def epochs(self) -> float | None:
        """The epochs of the run, by the loop around the loop over batches."""
        return _one({self.count(count) for count in self.program.epochs})

    def _worth(self, symbol: Symbol) -> float | None:
        if symbol.fixed and symbol.value is not None:
            return symbol.value
        given = self.options.get(_last(symbol.label))
        if isinstance(given, (int, float)):
            return float(given)
        if symbol.value is not None:
            self.certain = False
            return symbol.value
        return self.batches if symbol in self._batches else None


class Code(NamedTuple):
    """The code of a run. `promise` is None where it does not say what the LR should be: the problems then tell why."""

    promise: Promise | None
    problems: tuple[Problem, ...]


def read_code(paths: Sequence[str], settings: Settings) -> Code:
    """Read the code in files and folders as `lrlint check` does, and look for its scheduler."""
    files, problems = discover(paths, settings, lambda name: name.endswith(".py"), "Python files", gitignore=True)
    facts, modules = Facts(), {}
    for file in files:
        try:
            data = read_source(file)
            if at_stake(data):
                modules[file] = facts.of(file, data)
        except SourceError as error:
            problems.append(error.problem)
    followed = list(programs(Project(dict(modules), facts), list(modules), problems))
    uses = {use.at: use for program in followed for use in program.uses if "child" not in use.scheduler.flags}
    doubt = _doubt(list(uses.values()))
    if doubt is None:
        use = next(iter(uses.values()))
        return Code(Promise(use, tuple(_bugs(use.program))), tuple(problems))
    told = Problem(" ".join(paths), f"nothing to compare the logged LR with: {doubt}", lost=False)
    return Code(None, (*problems, told))


def _doubt(uses: Sequence[Use]) -> str | None:
    """Why the code does not say what the LR should be, None where it does."""
    if len(uses) != 1:
        places = sorted((use.at, use.name) for use in uses)
        names = ", ".join(f"{name} at {at.path}:{at.line}" for at, name in places[:MOST_NAMED])
        more = f" and {len(places) - MOST_NAMED} more" if len(places) > MOST_NAMED else ""
        return f"several schedulers are built: {names}{more}" if uses else "no scheduler is built"
    (use,) = uses
    program = use.program
    if not program.complete:
        return "it could not be followed to its end"
    if use.schedule is None or "lost" in use.scheduler.flags:
        return f"{use.name} is not a known schedule"
    if len(use.optimizers) != 1 or len({id(event.target) for event in program.updates}) > 1:
        return "several optimizers are in use"
    if any(event.kind is EventKind.LR_WRITE for event in program.events) and not any(True for _ in _bugs(program)):
        return "the LR is assigned by hand too"
    return None


def _may_begin_elsewhere(use: Use) -> bool:
    """Whether a resumed run, or code out of view, may begin in the middle of the schedule."""
    return use.foreign or use.escaped or use.restored_otherwise


def _bugs(program: Program) -> Iterator[Bug]:
    for rule in load_rules():
        if not rule.code.startswith(OF_NO_CURVE):
            yield from (Bug(rule.code, claim.location, claim.help) for claim in rule.ask(program))


def _all_known(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(map(_all_known, value.values()))
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return all(map(_all_known, value))
    return value is not UNKNOWN


def _one(values: set[float | None]) -> float | None:
    return next(iter(values)) if len(values) == 1 else None


def _last(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2].replace("-", "_").lower()


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
