"""From a template and its values to one self-contained page.

Jinja escapes every value. What is not printable (a bidirectional override, an escape) is
shown by its number as on the terminal, so that a name cannot pass for another one. The
page's policy allows the styles and the scripts that stand in it by their digests, and
nothing else: no network, no handler in an attribute, no script that came in with a name.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from typing import cast

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from starlang.explain.encoding import Json
from starlang.text import shown
from starlang.version import VERSION

_JOINTS = re.compile(
    r"(?<=[/_.:@>-])(?=[^\W\d])|(?<=[/_:@])(?=\d)|(?<=[0-9a-f]{16})(?=[0-9a-f]{16})"
)
"""Where a line may end inside of a path, a name or a digest: not in a number."""


def environment() -> Environment:
    """Where templates come from, and how values get into them."""
    made = Environment(
        loader=PackageLoader("starlang.reports.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["breakable"] = breakable
    made.filters["percent"] = percent
    return made


def render(
    template: str,
    *,
    title: str,
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    values: Mapping[str, object],
) -> str:
    """The page that `template` (a file in `templates/`) makes of `values`.

    Every page has `page.css` and `page.js`; `scripts` are further files in `templates/`, and
    `styles` the digests of styles that those add. Template and scripts belong to the program;
    of `title` and `values` anything may come from users' files.
    """
    made = environment().get_template(template)
    return fill(made, title=title, scripts=scripts, styles=styles, values=values)


def fill(
    template: Template,
    *,
    title: str,
    scripts: tuple[str, ...] = (),
    styles: tuple[str, ...] = (),
    values: Mapping[str, object],
) -> str:
    """The page that `template` makes of `values`, as in `render`."""
    style = file_text(template.environment, "page.css")
    script = "\n".join(file_text(template.environment, name) for name in ("page.js", *scripts))
    return template.render(
        title=title,
        version=VERSION,
        policy=_policy((_digest(style), *styles), script),
        # Between these tags a browser reads text as it stands: escaped, it would be another.
        style=Markup(style),  # noqa: S704 -- a file of the program
        script=Markup(script),  # noqa: S704 -- the same
        **values,
    )


def embedded(value: Json) -> Markup:
    """`value` as JSON inside of a `<script type="application/json">`.

    Texts are shown as everywhere in a page, and nothing in them can end the element.
    """
    text = dumps(_visible(value), ensure_ascii=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 -- no character of HTML is left in it


def _visible(value: Json) -> Json:
    match value:
        case str():
            return shown(value)
        case None | bool() | int() | float():
            return value
        case Mapping():
            return {shown(key): _visible(each) for key, each in value.items()}
        case _:
            return [_visible(each) for each in value]


def percent(part: int, whole: int) -> str:
    """`78.7%`; of nothing it is `0.0%`."""
    return f"{part / whole if whole else 0:.1%}"


def breakable(text: str) -> Markup:
    """`text` with places to break a line at: behind what joins the words of a path or a name."""
    parts = _JOINTS.split(shown(text))
    return Markup("<wbr>").join(parts)


def file_text(environment: Environment, name: str) -> str:
    """The text of a file in `templates/`."""
    text, *_ = cast("BaseLoader", environment.loader).get_source(environment, name)
    return text


def _printable(value: object) -> object:
    """What a template puts into the page; markup that a macro made is printable already."""
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _policy(styles: tuple[str, ...], script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(styles)}",
            f"script-src {_digest(script)}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
