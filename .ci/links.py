"""Checks the links of documents without asking a network: python3 links.py [--site FOLDER] FILE...

In Markdown every relative link and picture must lead to a file or folder of the repository, and every anchor to a
heading. With --site, every local link of the pages of a built book must lead to a file, and every anchor to an element.
"""

import html.parser
import os
import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")


def prose(text):
    """The text without fenced blocks, indented ones and code."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    text = re.sub(r"^    .*$", "", text, flags=re.M)
    return re.sub(r"`[^`\n]*`", "``", text)


def anchors(path):
    """Anchors of the headings of a page, as forges and mdBook make them."""
    found, text = set(), re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for heading in re.findall(r"^#{1,6} +(.*?) *$", text, re.M):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")
        twins = sum(other == anchor or other.startswith(f"{anchor}-") and other[len(anchor) + 1:].isdigit() for other in found)
        found.add(f"{anchor}-{twins}" if twins else anchor)
    return found


def markdown(path):
    """What is wrong in a page, and how many links it has."""
    links = LINK.findall(prose(path.read_text(encoding="utf-8")))
    for target in links:
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = pathlib.Path(os.path.normpath(path.parent / urllib.parse.unquote(name))) if name else path
        if not file.is_relative_to(ROOT) or not file.exists():
            yield f"{path.relative_to(ROOT)}: {target}: there is no such file"
        elif anchor and (file.suffix != ".md" or anchor not in anchors(file)):
            yield f"{path.relative_to(ROOT)}: {target}: there is no such heading"
    return len(links)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.update(filter(None, [attributes.get("id"), attributes.get("name")]))
        self.links += [link for link in (attributes.get("href"), attributes.get("src")) if link]


def site(folder):
    """What is wrong in a built book, and how many links it has."""
    # The page of missing pages and the one for printing are mdBook's own.
    own = {"404.html", "print.html", "toc.html"}
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    count = 0
    for path, page in pages.items():
        for link in page.links if path.name not in own else []:
            if re.match(r"[a-z]+:", link) or link.startswith("//"):
                continue
            count += 1
            name, _, anchor = urllib.parse.unquote(link).partition("#")
            file = pathlib.Path(os.path.normpath(path.parent / name)) if name else path
            if not file.is_file():
                yield f"{path}: {link}: there is no such file"
            elif anchor and file in pages and anchor not in pages[file].ids:
                yield f"{path}: {link}: there is no such element"
    return count


def main():
    arguments, wrong, count, checks = sys.argv[1:], [], 0, []
    if arguments[:1] == ["--site"]:
        checks.append(site(pathlib.Path(arguments[1]).resolve()))
        arguments = arguments[2:]
    checks += [markdown(pathlib.Path(name).resolve()) for name in arguments]
    for check in checks:
        while True:
            try:
                wrong.append(next(check))
            except StopIteration as end:
                count += end.value
                break
    print("\n".join(wrong + [f"{count} links, {len(wrong)} lead nowhere"]))
    sys.exit(bool(wrong) or count == 0)


main()
