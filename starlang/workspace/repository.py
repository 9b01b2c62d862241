"""Where a project lies in its repository, for those who show findings there."""

from starlang.diagnostics.formats import Repository
from starlang.workspace.data import data_path
from starlang.workspace.project import Project
from starlang.workspace.tree import display


def repository_of(project: Project) -> Repository:
    """The repository of `project`: the nearest directory above it with a `.git`.

    No git is asked. Without one the project is taken for the whole repository.
    """
    root = project.root.resolve()
    tops = (each for each in (root, *root.parents) if (each / ".git").exists())
    inside = root.relative_to(next(tops, root)).as_posix()
    rules = project.config.rules
    fallback = project.config.file or (display(rules, root) if rules else "")
    pages = data_path("docs", "codes").glob("*.md")
    return Repository(
        prefix="" if inside == "." else f"{inside}/",
        fallback=fallback,
        pages={page.stem: page.read_text(encoding="utf-8") for page in sorted(pages)},
    )
