"""Made-up people and telephone numbers that nobody can dial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_FAMILY = tuple("陈沈陆顾朱钱周吴徐张王李金许杨蒋邹钟马孙高郁庄俞姚浦殷倪查戴尤华薛严费曹袁潘邵汤")
_GIVEN = tuple(
    "建国明华志强文斌海燕丽萍雪芳晓东卫红永林春燕俊杰美娟伟峰静怡振宇惠玲永康佳敏学军玉兰"
)
_PREFIXES = ("133", "135", "136", "137", "138", "139", "150", "151", "158", "180", "186", "189")


@dataclass(frozen=True)
class People:
    """Draws names and numbers from one stream of chance."""

    rng: np.random.Generator

    def name(self) -> str:
        """Two or three characters."""
        given = "".join(self._pick(_GIVEN) for _ in range(1 if self.rng.random() < 0.2 else 2))
        return self._pick(_FAMILY) + given

    def mobile(self) -> str:
        """Masked, e.g. ``139****1234``."""
        return f"{self._pick(_PREFIXES)}****{self.rng.integers(10_000):04d}"

    def landline(self) -> str:
        """Masked, e.g. ``0512-65****12``."""
        return f"0512-{self._pick(('65', '66', '69'))}****{self.rng.integers(100):02d}"

    def _pick(self, choices: tuple[str, ...]) -> str:
        return choices[int(self.rng.integers(len(choices)))]
