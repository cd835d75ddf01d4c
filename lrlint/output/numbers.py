"""Numbers as people read them: LRs, step counts, durations."""

from __future__ import annotations


def short(value: float) -> str:
    """Three significant digits, without padding in the exponent: 0.1, 4e-7, nan; whole numbers up to five: 9380."""
    if 999.5 <= abs(value) < 99_999.5:
        return str(round(value))
    digits, e, exponent = f"{value:.3g}".partition("e")
    return f"{digits}e{int(exponent)}" if e else digits


def percent(share: float) -> str:
    """How large a fit error is: `0 %`, `< 0.01 %`, `1.2 %`."""
    return "< 0.01 %" if 0 < share < 1e-4 else f"{short(100 * share)} %"


def counted(count: int, noun: str) -> str:
    """`1 file`, `1,204 files`."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{count:,} {noun if count == 1 else plural}"


def steps(first: int | None, last: int | None) -> str:
    """`step 7`, `steps 1,000–2,500`; nothing where neither is known."""
    known = [step for step in (first, last) if step is not None]
    if not known:
        return ""
    return f"step {known[0]:,}" if len(set(known)) == 1 else f"steps {known[0]:,}–{known[1]:,}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`: the two largest units."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    units = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    rest = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, size in units:
        amount, rest = divmod(rest, size)
        if amount or parts:
            parts.append((amount, unit))
    return " ".join(f"{amount} {unit}" for amount, unit in parts[:2] if amount)
