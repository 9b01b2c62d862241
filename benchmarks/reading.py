"""Reading 1,400 manifests in YAML, in CPU seconds beyond the same manifests in JSON.

Both hold the same values; a file of YAML has 1 KB. The least of several rounds counts: what else
runs on the machine only ever adds to it.

    python benchmarks/reading.py [--rounds N]
"""

import argparse
import json
from collections.abc import Sequence
from time import process_time

import yaml

from starlang.collector import collector_paused
from starlang.texts.documents import Format, read_documents

FILES = 1_400
LIMIT = 0.3
"""CPU seconds."""


def entry(number: int) -> dict[str, object]:
    """A catalog entry as people keep them."""
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {
            "name": f"service-{number}",
            "title": f"Service number {number}",
            "description": "Handles the requests of other services, with some care. " * 6,
            "annotations": {
                "github.com/project-slug": f"example/service-{number}",
                "backstage.io/techdocs-ref": "dir:.",
                "pagerduty.com/integration-key": f"P{number:012}",
            },
            "tags": ["java", "data", "api", f"tier-{number % 9}"],
            "links": [
                {"url": f"https://example.org/dashboards/{number}", "title": "Dashboard"},
                {"url": f"https://example.org/logs/{number}", "title": "Logs"},
            ],
        },
        "spec": {
            "type": "service",
            "lifecycle": "production",
            "owner": f"team-{number % 20}",
            "system": f"system-{number % 50}",
            "providesApis": [f"api-{number}"],
            "consumesApis": [f"api-{number * 7 % FILES}", f"api-{number * 13 % FILES}"],
            "dependsOn": [f"component:service-{number * 3 % FILES}", f"resource:db-{number % 30}"],
            "replicas": number % 5,
            "critical": number % 2 == 0,
        },
    }


@collector_paused()
def seconds(texts: Sequence[bytes], form: Format) -> float:
    """CPU seconds to read all of them."""
    start = process_time()
    for text in texts:
        read_documents(text, form)
    return process_time() - start


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    entries = list(map(entry, range(FILES)))
    texts = [yaml.safe_dump(each, sort_keys=False, width=1_000).encode() for each in entries]
    others = [json.dumps(each, indent=2).encode() for each in entries]
    pairs = [(seconds(texts, Format.YAML), seconds(others, Format.JSON)) for _ in range(rounds)]
    least, floor = (min(each) for each in zip(*pairs, strict=True))
    size = sum(map(len, texts)) / FILES
    print(f"{FILES:,} files of {size:,.0f} bytes: YAML {least:.3f} s, JSON {floor:.3f} s")
    verdict = "within" if least - floor <= LIMIT else "beyond"
    print(f"YAML - JSON: {least - floor:.3f} s CPU ({verdict} the limit of {LIMIT} s)")


if __name__ == "__main__":
    main()
