"""A transaction in a process of its own, for tests that kill it: `child.py STEP DIRECTORY`."""

import sys
from pathlib import Path

from transaction.tree import Tree, nothing, tree_at


def apply(tree: Tree) -> None:
    tree.apply()


def recover(tree: Tree) -> None:
    tree.runner().recover(nothing)


def back(tree: Tree) -> None:
    tree.runner().recover(nothing, back=True)


def roll_back(tree: Tree) -> None:
    tree.runner().roll_back(["000001"])


STEPS = {"apply": apply, "recover": recover, "back": back, "roll back": roll_back}

if __name__ == "__main__":
    STEPS[sys.argv[1]](tree_at(Path(sys.argv[2])))
