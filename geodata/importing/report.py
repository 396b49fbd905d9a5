"""What an import found, for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

#: So many features are named in a problem's detail.
EXAMPLES = 5


@dataclass(frozen=True)
class Problem:
    """One kind of problem.

    code: fixed, e.g. ``"duplicate_code"``. level: an error refuses the file.
    count: how many features (or files) have it. detail: a sentence with examples.
    """

    code: str
    level: Literal["error", "warning"]
    count: int
    detail: str


class RefusedError(Exception):
    """The file cannot be read any further; carries the problem that says why."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.problem = Problem(code, "error", 1, detail)


@dataclass(frozen=True)
class ImportReport:
    """What became of one import.

    crs: as the coordinates were read, e.g. ``"EPSG:4549"``; None when it is not known.
    encoding: of the file's texts, where it had to be found out.
    published: whether the layer stands in the GeoPackage now.
    """

    layer: str
    features: int = 0
    crs: str | None = None
    encoding: str | None = None
    problems: tuple[Problem, ...] = field(default=())
    published: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing stands against publishing it."""
        return all(problem.level != "error" for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """The report as the contract has it, ready for JSON."""
        return {
            "layer": self.layer,
            "features": self.features,
            "crs": self.crs,
            "encoding": self.encoding,
            "problems": [
                {
                    "code": problem.code,
                    "level": problem.level,
                    "count": problem.count,
                    "detail": problem.detail,
                }
                for problem in self.problems
            ],
            "published": self.published,
        }


def describe(report: ImportReport) -> str:
    """The report as lines that people read: the verdict first, then errors, then warnings."""
    if report.published:
        verdict = "published"
    elif report.ok:
        verdict = "sound, not published (dry run)"
    else:
        verdict = "REFUSED, nothing was changed"
    facts = [f"{report.features} features"]
    facts += [f"CRS {report.crs}"] if report.crs else []
    facts += [f"encoding {report.encoding}"] if report.encoding else []
    ordered = sorted(report.problems, key=lambda problem: problem.level)
    lines = [f"  {each.level} {each.code} ({each.count}): {each.detail}" for each in ordered]
    return "\n".join([f"{report.layer}: {verdict} ({', '.join(facts)})", *lines])


def named(examples: Sequence[str]) -> str:
    """The first few of many, and how many more there are."""
    shown = ", ".join(examples[:EXAMPLES])
    more = len(examples) - EXAMPLES
    return f"{shown} and {more} more" if more > 0 else shown
