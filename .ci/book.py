"""A preprocessor of mdBook: makes links that leave docs/ into words, and puts pictures from outside into the page.

On a forge such links lead to files of the repository; a site holds docs/ alone. mdBook hands over the book as JSON on
stdin and takes it back on stdout.
"""

import base64
import json
import os
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
KINDS = {".svg": "image/svg+xml", ".png": "image/png", ".gif": "image/gif"}


def link(folder, picture, text, target):
    path, _, anchor = target.partition("#")
    if re.match(r"[a-z]+:", target) or not path:
        return None
    file = pathlib.Path(os.path.normpath(folder / path))
    if file.is_relative_to(DOCS):
        if file.is_dir():
            file /= "README.md"
        if file.name != "README.md":
            return None
        # mdBook calls the page of a README index.html.
        there = os.path.relpath(file.with_name("index.html"), folder)
        return f"[{text}]({there}{'#' + anchor if anchor else ''})"
    if picture:
        data = base64.b64encode(file.read_bytes()).decode()
        return f"![{text}](data:{KINDS[file.suffix]};base64,{data})"
    name = file.relative_to(ROOT).as_posix()
    return f"`{name}`" if name.endswith(text.strip("`")) else f"{text} (`{name}`)"


def rewritten(content, folder):
    """The page's text; what stands in fences stays."""
    parts = re.split(r"(^```.*?^```$)", content, flags=re.M | re.S)
    swap = lambda match: link(folder, *match.groups()) or match.group(0)
    return "".join(part if part.startswith("```") else LINK.sub(swap, part) for part in parts)


def visit(items):
    for item in items:
        chapter = item.get("Chapter") if isinstance(item, dict) else None
        if chapter:
            if chapter["source_path"]:
                folder = (DOCS / chapter["source_path"]).parent
                chapter["content"] = rewritten(chapter["content"], folder)
            visit(chapter["sub_items"])


if sys.argv[1:2] == ["supports"]:
    sys.exit(sys.argv[2:] != ["html"])
_, book = json.load(sys.stdin)
visit(book["items"])
json.dump(book, sys.stdout)
