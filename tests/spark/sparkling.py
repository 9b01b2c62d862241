"""One Spark for all tests, and repositories that are decided in one process and on Spark."""

import os
import sys
from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING

from attrs import frozen
from program.effort import THOROUGH
from program.tools import needs, needs_package

import starlang
from starlang.manifests.linking import Imports, linked
from starlang.text import Json

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


# With few rows nearly all the time of Spark goes into loading, checking and compiling code: no
# compiler is worth it then, nor a job of its own for each small side of a join.
QUICK = {
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    " -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote -XX:MetaspaceSize=400m",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
}


def started() -> "SparkSession":
    """Spark on this machine; skips without Java or pyspark, unless they have to be there."""
    needs("java")
    needs_package("pyspark", "pip install 'starlang[spark]'")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark.sql import SparkSession  # noqa: PLC0415 -- where it is installed

    settings = {
        **({"spark.sql.shuffle.partitions": "8"} if THOROUGH else QUICK),
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    }
    builder = SparkSession.builder.master("local[2]" if THOROUGH else "local[1]").appName(
        "starlang"
    )
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


RULES = """
starlang 1
ruleset spark "1"
star Trail   label "Trail (memory)"
star Flow    label "Flow (mind)"
star Watch   label "Watch (guard)"
star Horizon label "Horizon (sight)"
default star Plain
order Watch, Trail, Flow, Horizon

mask mentions "memory leak*" because "a bug, not a memory"
derive owner platform when path under "core" because "the platform team has the core"
derive core yes when owner is platform and used by at least 2 modules
derive hot yes when used by modules where (core is yes) and not (tag is cold)

rule memory -> Trail weight 0.50 when path mentions memory
rule stored -> Trail weight 0.30 when capability in {vector_index, retrieval}
rule hot    -> Trail weight 0.20 when hot is yes
rule few    against Trail weight 0.10 when used by at most 0 modules
rule mind   -> Flow weight 0.40 when path mentions mind, attention
rule uses   -> Flow weight 0.45 when uses modules reaching Trail
rule many   -> Flow weight 0.25 when uses at least 2 modules currently Plain
rule guard  -> Watch weight 0.60 when path mentions guard or contains modules reaching Trail
rule inner  -> Watch weight 0.30 when inside modules currently Plain under "core", "labs"
rule talks  -> Watch weight 0.25 when publishes "memory.*" or subscribes at least 2
rule sight  -> Horizon weight 0.70 when tier is T1 and tag matches /^v[0-9]/
rule wide   -> Horizon weight 0.15 when used by at least 3 modules under "labs"
never promote to Flow when inside modules reaching Trail unless path is "core/mind_1"
  because "part of a guard"
never promote when path under "attic" because "not maintained"
assign "core/memory_2" to Watch because "decided"
assign "labs/mind_3" to Plain because "decided"

forbid "watched by few" when star is Watch and used by at least 3 modules because "it is loud"
forbid "cold core" when path under "core" and tag is cold and used by modules under "labs"
  except "core/mind_1" because "it must stay warm"

confidence {
  combine sum suggest 0.30 promote 0.45 margin 0.05
  promote Trail 0.45 from 2 sources
  promote Watch 0.45 from 2 sources
  same source path, capability
}
ceilings {
  at most 30% promoted per owner
  at most 12 promoted to Trail
  at most 9 promoted under "labs" per star
  at most 25% promoted under "core", "labs"
  at least 35% Plain
  at most 2 stars per module
  on breach defer
}
"""

_WORDS = ("memory", "mind", "guard", "attention", "leak", "ocr", "store", "door")
_TOPS = ("core", "labs", "web", "attic", "data")


@frozen
class Repository:
    """Manifests by path, and who uses whom beside what they say."""

    manifests: Mapping[str, dict[str, Json]]
    edges: Sequence[tuple[str, str]]

    def plan(self, rules: starlang.Rules, *, reassess: bool = False) -> starlang.Plan:
        """The plan of one process."""
        uses: dict[str, list[str]] = {}
        for source, target in self.edges:
            uses.setdefault(source, []).append(target)
        graph = linked(starlang.load_modules(self.manifests), Imports("edges", uses))
        return rules.plan(graph, reassess=reassess)


def repository(seed: int, modules: int, edges: int) -> Repository:
    """A made-up repository: a third of its modules lie in others, some carry stars."""
    chance = Random(seed)  # noqa: S311 -- no secret
    paths = ["core/memory_2", "labs/mind_3", "core/mind_1"]
    for number in range(4, modules):
        above = chance.choice(paths) if paths and number % 3 == 0 else chance.choice(_TOPS)
        words = chance.choices(_WORDS, k=chance.choice((1, 1, 2)))
        paths.append(f"{above}/{'_'.join(words)}_{number}")
    ends = [chance.choices(paths, k=2) for _ in range(edges)]
    hubs = [(path, paths[0]) for path in paths[1::9]]
    outside = [(paths[0], "not/a/module"), ("not/a/module", paths[1]), (paths[2], paths[2])]
    manifests = {path: _manifest(chance) for path in paths}
    for number, manifest in enumerate(manifests.values()):
        _refer(chance, number, manifest, paths)
    return Repository(manifests, [*((a, b) for a, b in ends), *hubs, *outside])


def _manifest(chance: Random) -> dict[str, Json]:
    def some(*values: str) -> list[Json]:
        return list(chance.sample(values, chance.choice((0, 1, 1, 2))))

    star = chance.choice([*["Plain"] * 5, "Trail (memory)", "Flow", "Guard"])
    owners: list[Json] = ["ann", "bob", "unassigned", "platform", None]
    return {
        "module": {"name": chance.choice(_WORDS)},
        "constellation_alignment": {"primary_star": star, "secondary_stars": []},
        "capabilities": some("vector_index", "retrieval", "login"),
        "metadata": {"owner": chance.choice(owners), "tags": some("v2", "cold", "v9", "x\x1fy")},
        "testing": {"quality_tier": chance.choice(("T1_critical", "T3_standard"))},
        "observability": {
            "events": {
                "publishes": some("memory.stored@v1", "door.open@v1"),
                "subscribes": some("memory.stored@v1", "door.open@v1"),
            }
        },
    }


def _refer(chance: Random, number: int, manifest: dict[str, Json], paths: Sequence[str]) -> None:
    """Gives some manifests names of their own, and references that are meant in all ways."""
    if number % 3 == 0:
        manifest["module"] = {"name": f"called_{number}"}
    other = chance.choice(paths)
    references = [other, other.replace("/", "."), f"called_{number // 2}", chance.choice(_WORDS)]
    if number % 5 == 0:
        more = ("nobody", "x.y", paths[-1].replace("/", "."))
        manifest["dependencies"] = {"internal": [*chance.sample(references, 2), *more]}
    if number == 7:  # both a name and a path with dots: the name counts
        manifest["module"] = {"name": paths[-1].replace("/", ".")}
