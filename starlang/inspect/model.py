"""What an inspection has found, as values. Amounts are in 10^-6, shares exact fractions."""

from collections.abc import Mapping
from fractions import Fraction

from attrs import frozen

from starlang.diagnostics.model import Diagnostic
from starlang.explain.words import short
from starlang.inspect.origins import Origins
from starlang.rules.model import RuleSet
from starlang.text import counted


@frozen
class RuleUse:
    """What one rule does. All are numbers of modules.

    `hits`: it holds. `alone`: no other rule speaks about its star. `wins`: the rules would
    give its star. `agree`, `differ`: of the modules that carry another star than the default
    one, those that carry the rule's, and those that do not.
    """

    rule: int
    hits: int
    alone: int
    wins: int
    agree: int
    differ: int


@frozen
class Overlap:
    """Two rules that hold in `both` modules; `first` holds in `of_first`, `second` likewise."""

    first: int
    second: int
    both: int
    of_first: int
    of_second: int

    @property
    def share(self) -> Fraction:
        """Of the modules of the one that holds in more, those in which the other holds too."""
        return Fraction(self.both, max(self.of_first, self.of_second))


@frozen
class NearMiss:
    """What a rule asks for and no module has, and what is spelt like it, "" for nothing."""

    facet: str
    wanted: str
    near: str
    modules: int


@frozen
class DeadRule:
    """A rule that holds nowhere."""

    rule: int
    misses: tuple[NearMiss, ...]


@frozen
class DerivationUse:
    """What one derivation does. All are numbers of modules.

    `holds`: its condition holds. Of these, `gives`: they have the value from here alone; `says`:
    their manifest says it as well; `differs`: their manifest says something else. The others
    have no value, since another derivation gives a different one. `origins` are the sources of
    what made the condition hold, each with how many modules it did in. Without `is_name` the
    facet is one of the profile. `misses` is what it asks for in vain where it gives nothing.
    """

    derivation: int
    is_name: bool
    holds: int
    gives: int
    says: int
    differs: int
    origins: tuple[tuple[str, int], ...]
    misses: tuple[NearMiss, ...]

    @property
    def is_idle(self) -> bool:
        """Whether no module has its value."""
        return not self.gives and not self.says


@frozen
class InsideWord:
    """`text` is found inside the longer `word` by a pattern of `rule`, in so many modules.

    `whole` is how many modules have `text` as a word of its own, which `mentions` finds.
    """

    rule: int
    text: str
    word: str
    modules: int
    whole: int


@frozen
class StarUse:
    """How the rules agree with the manifests about one star.

    `carried`: modules that carry it. `promoted`: those of them that the rules would promote to
    it, `leading`: for which it is the best star. `given`: modules that carry any star but the
    default one, and that the rules would promote to this one. `best` is the highest score for
    it in any module, 0 without evidence; `threshold` is what promotes.
    """

    star: str
    carried: int
    promoted: int
    leading: int
    given: int
    best: int
    threshold: int

    @property
    def recall(self) -> Fraction | None:
        """Of the modules that carry it, the share that the rules would promote to it."""
        return Fraction(self.promoted, self.carried) if self.carried else None

    @property
    def precision(self) -> Fraction | None:
        """Of the modules that the rules would promote to it, the share that carry it."""
        return Fraction(self.promoted, self.given) if self.given else None


@frozen
class Bin:
    """Modules whose best star has a confidence from `low` to `high`, and for how many it is right.

    `total` is the sum of their confidences.
    """

    low: int
    high: int
    modules: int
    right: int
    total: int


@frozen
class Level:
    """Modules whose best star is `star` at exactly this `confidence`, and for how many it is right.

    Of modules that carry another star than the default one.
    """

    star: str
    confidence: int
    modules: int
    right: int

    @property
    def share(self) -> Fraction:
        """How often it is right."""
        return Fraction(self.right, self.modules)


@frozen
class Trivial:
    """A star that one rule tells: it holds for the `modules` that carry the star, and no others.

    That it is always right says nothing of the other rules, so it is in no average.
    """

    star: str
    rule: int
    modules: int


@frozen
class Reversal:
    """A higher confidence that is less often right than a lower one."""

    low: Level
    high: Level


@frozen
class OnThreshold:
    """Modules whose score lies exactly on a threshold, all by the same `rules`."""

    star: str
    score: int
    threshold: str
    modules: int
    rules: tuple[int, ...]


@frozen
class Fragile:
    """A rule whose weight, moved from `weight` to `moved`, changes the decision on modules."""

    rule: int
    weight: int
    moved: int
    modules: int
    examples: tuple[str, ...]


@frozen
class Differing:
    """A module that carries another star than the default and than what the rules say.

    `carried` is its label where the canon does not know it. `score` is that of the best star, 0
    without evidence; `rules` are the numbers of those that hold.
    """

    path: str
    file: str
    carried: str
    says: str
    best: str
    score: int
    rules: tuple[int, ...]


@frozen
class Inspection:
    """Everything. `matrix`: (star carried, star that the rules give) -> modules.

    `levels` are by star, then confidence; those of `trivial` stars are among them, and in no
    other figure. `reversal` is the clearest one, if any is clear.
    `derived` are in the order of the rule set's derivations; `ambiguous` says where they leave
    a module without a value.
    `idle_masks` are numbers of masks that hide nothing. `curve`: (threshold, modules that
    carry the default and would be promoted at it), thresholds ascending.
    """

    rules: RuleSet
    modules: int
    default_carriers: int
    outcomes: Mapping[str, int]
    uses: tuple[RuleUse, ...]
    overlaps: tuple[Overlap, ...]
    conflicts: tuple[Overlap, ...]
    dead: tuple[DeadRule, ...]
    inside: tuple[InsideWord, ...]
    idle_masks: tuple[int, ...]
    stars: tuple[StarUse, ...]
    matrix: Mapping[tuple[str, str], int]
    differing: tuple[Differing, ...]
    bins: tuple[Bin, ...]
    edges: tuple[OnThreshold, ...]
    curve: tuple[tuple[int, int], ...]
    fragile: tuple[Fragile, ...]
    origins: Origins
    levels: tuple[Level, ...]
    trivial: tuple[Trivial, ...]
    reversal: Reversal | None
    derived: tuple[DerivationUse, ...]
    ambiguous: tuple[Diagnostic, ...]

    @property
    def carrying(self) -> int:
        """How many modules carry another star than the default."""
        return self.modules - self.default_carriers

    @property
    def agreeing(self) -> int:
        """How many of them carry what the rules say."""
        return self.carrying - len(self.differing)

    @property
    def agreement_share(self) -> Fraction | None:
        """Their share of all that carry a star of their own; None of nothing."""
        return Fraction(self.agreeing, self.carrying) if self.carrying else None

    @property
    def agreement(self) -> str:
        """The same in words: "507 of 532 agree (95.3 %)"."""
        share = self.agreement_share
        words = f"{self.agreeing:,} of {self.carrying:,} agree"
        return f"{words} ({percent(share).replace('%', ' %')})" if share is not None else words

    @property
    def averaged(self) -> tuple[Level, ...]:
        """The levels of all stars but the trivial ones."""
        trivial = {each.star for each in self.trivial}
        return tuple(each for each in self.levels if each.star not in trivial)

    @property
    def calibration_error(self) -> Fraction | None:
        """Mean distance of confidence and how often it is right, weighted by modules (ECE).

        None where no module that carries a star of its own has evidence. Naeini, Cooper,
        Hauskrecht: Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
        """
        count = sum(each.modules for each in self.bins)
        if not count:
            return None
        off = sum(
            (abs(Fraction(each.total, 1_000_000) - each.right) for each in self.bins), Fraction()
        )
        return off / count


# Figures in words.


def amount(micro: int) -> str:
    """An amount of 10^-6 as people write it: `0.50`."""
    return short(micro)


def modules(count: int) -> str:
    """`1 module`, `24 modules`."""
    return counted(count, "module")


def percent(share: Fraction | None) -> str:
    """A share with one decimal, rounded half up; "" for none."""
    if share is None:
        return ""
    tenths = (share * 1000 + Fraction(1, 2)).__floor__()
    return f"{tenths // 10}.{tenths % 10}%"
