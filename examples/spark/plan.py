"""A plan on Spark, over manifests as they are or over facets in Parquet.

    spark-submit plan.py --rules rules/hortus.star --manifests manifests --output plan
    spark-submit plan.py --rules rules/hortus.star --modules facets.parquet --output plan

Who uses whom is read from the manifests, and from `--edges`, a Parquet file with columns `source`
and `target`, if it is given. The workers need starlang, too: see docs/spark.md.
"""

import argparse
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- as everybody calls it

import starlang
from starlang.spark import edges, facets, plan


def manifests_under(spark: SparkSession, root: Path) -> DataFrame:
    """The text of each manifest below `root`, and the path of its module."""
    files = (
        spark.read.option("recursiveFileLookup", "true")
        .option("pathGlobFilter", "module.manifest.json")
        .text(str(root), wholetext=True)
    )
    name = F.url_decode(F.regexp_replace(F.col("_metadata.file_path"), r"\+", "%2B"))
    inside = F.substring_index(name, f"{root.resolve().as_posix()}/", -1)
    path = F.regexp_replace(inside, r"/[^/]*$", "")
    return files.select(path.alias("path"), F.col("value").alias("manifest"))


def main(arguments: list[str] | None = None) -> None:
    """Plans, writes decisions, evidence and what is deferred, and prints the ceilings."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rules", type=Path, required=True)
    modules_of = parser.add_mutually_exclusive_group(required=True)
    modules_of.add_argument("--manifests", type=Path)
    modules_of.add_argument("--modules", type=Path)
    parser.add_argument("--edges", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    chosen = parser.parse_args(arguments)

    rules = starlang.compile(chosen.rules)
    spark = SparkSession.builder.appName("starlang").getOrCreate()
    if chosen.manifests:
        modules = facets(manifests_under(spark, chosen.manifests), fields=rules.fields).persist()
    else:
        modules = spark.read.parquet(str(chosen.modules))
    uses = edges(modules)
    if chosen.edges:
        uses = uses.unionByName(spark.read.parquet(str(chosen.edges)).select(*uses.columns))

    made = plan(rules, modules, uses.persist())
    made.decisions.write.parquet(str(chosen.output / "decisions"))
    made.evidence.write.parquet(str(chosen.output / "evidence"))
    made.deferred.write.parquet(str(chosen.output / "deferred"))
    made.forbids.write.parquet(str(chosen.output / "forbids"))
    for ceiling in made.ceilings:
        print(ceiling)


if __name__ == "__main__":
    main()
