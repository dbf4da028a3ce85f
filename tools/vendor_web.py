"""Put the NHS components' CSS and JavaScript, and htmx, beside our own static files.

In: the unpacked npm packages (`npm pack nhsuk-frontend@10 htmx.org@2`, then `tar xzf` each). Out:
files under `src/oneplace/web/components/static/vendor`, with the two remote typefaces, the NHS
header (its logo may not be ours), components we never show and every address outside the site taken
away, and the licences beside them.

    python tools/vendor_web.py NHSUK_PACKAGE HTMX_PACKAGE
"""

import json
import re
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parents[1] / "src/oneplace/web/components/static/vendor"
NEVER_SHOWN = (
    "header",
    "hero",
    "file-upload",
    "image",
    "do-dont",
    "expander",
    "contents-list",
    "code",
    "action-link",
    "pagination",
    "panel",
    "u-static",
    "u-padding",
    "task-list",
    "back-link",
    "tabs",
)
MIT = """{name} {version}
{holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def rules(css: str) -> list[tuple[str, str]]:
    """A style sheet as (selector or at-rule, block) pairs; a statement such as @charset has an
    empty block."""
    found, depth, start, opened = [], 0, 0, 0
    for i, c in enumerate(css):
        if c == "{":
            if depth == 0:
                opened = i
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0:
                found.append((css[start:opened].strip(), css[opened + 1 : i]))
                start = i + 1
        elif c == ";" and depth == 0:
            found.append((css[start:i].strip(), ""))
            start = i + 1
    return found


def slimmed(css: str) -> str:
    """The sheet without remote typefaces and without rules that only speak of components we never
    show."""
    unwanted = re.compile(r"\.nhsuk-(?:" + "|".join(NEVER_SHOWN) + r")(?![a-z])")
    kept = []
    for selector, block in rules(css):
        if selector.startswith("@font-face"):
            continue
        if not block:
            kept.append(selector + ";")
        elif selector.startswith(("@media", "@supports")):
            inner = slimmed(block)
            if inner:
                kept.append(f"{selector}{{{inner}}}")
        else:
            wanted = [s for s in re.split(r",(?![^(]*\))", selector) if not unwanted.search(s)]
            if wanted:
                kept.append(f"{','.join(wanted)}{{{block}}}")
    return "".join(kept)


def without_addresses(css: str) -> str:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.S)
    css = re.sub(r"url\(/assets/[^)]*\)", "none", css)
    return css.replace("Frutiger W01,", "").replace("Frutiger W01", "Arial")


def main(nhsuk: Path, htmx: Path) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    css = without_addresses(
        slimmed((nhsuk / "dist/nhsuk/nhsuk-frontend.min.css").read_text(encoding="utf-8"))
    )
    left = re.findall(r"https?://(?!www\.w3\.org)[^\s\"')]+", css)
    if left or "url(/" in css:
        raise SystemExit(f"the style sheet still asks elsewhere: {left[:3]}")
    (OUT / "nhsuk.css").write_text(css, encoding="utf-8")
    for source, name in (
        (nhsuk / "dist/nhsuk/nhsuk-frontend.min.js", "nhsuk.js"),
        (htmx / "dist/htmx.min.js", "htmx.js"),
    ):
        text = re.sub(r"\n?//# sourceMappingURL=.*", "", source.read_text(encoding="utf-8"))
        (OUT / name).write_text(text, encoding="utf-8")
    version = json.loads((nhsuk / "package.json").read_text())["version"]
    holder = (
        "The MIT Licence. Copyright NHS.UK frontend contributors, NHS England (Crown copyright)."
    )
    (OUT / "nhsuk.LICENCE.txt").write_text(
        MIT.format(name="NHS.UK frontend", version=version, holder=holder)
    )
    (OUT / "htmx.LICENCE.txt").write_text(
        f"htmx {json.loads((htmx / 'package.json').read_text())['version']}\n{(htmx / 'LICENSE').read_text()}"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
