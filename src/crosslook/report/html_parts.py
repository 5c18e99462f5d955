"""What our pages are made of: one file that needs nothing beside itself, and no script.

The page's own policy forbids scripts and every address. What comes from files is escaped.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#222}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin:0 0 .2rem}
table{border-collapse:collapse}td,th{padding:.15rem .9rem .15rem 0;text-align:left}
th{font-weight:600;border-bottom:1px solid #bbb}td.n{text-align:right}
.bad{color:#b00020}.good{color:#00695c}.small{color:#666;font-size:.87rem}
img{max-width:100%;height:auto}
"""


MOST_ALT = 600  # letters of what a picture is called


def page(title: str, style: str, body: Iterable[str]) -> str:
    """A whole HTML document.

    Args:
        title: of the browser's tab, plain text.
        style: CSS of this kind of page, after that of all pages.
        body: HTML.
    """
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(title)}</title><style>{STYLE}{style}</style></head><body>",
            *body,
            "</body></html>\n",
        ]
    )


def image(data: bytes, kind: str, alt: str, width: int = 0) -> str:
    """A picture inside the page.

    Args:
        data: of the file.
        kind: "png" or "jpeg".
        alt: what it shows, plain text.
        width: in px, where the page is wide enough; 0 is the picture's own.
    """
    coded = b64encode(data).decode()
    wide = f' width="{width}"' if width else ""
    return f'<img src="data:image/{kind};base64,{coded}" alt="{escape(alt[:MOST_ALT])}"{wide}>'


def marked(text: str) -> str:
    """Plain text as HTML; what stands in backticks is code, between double asterisks bold."""
    made = escape(text)
    for sign, tag in (("**", "b"), ("`", "code")):
        made = re.sub(rf"{re.escape(sign)}(.+?){re.escape(sign)}", rf"<{tag}>\1</{tag}>", made)
    return made


def table(head: Sequence[str], body: Iterable[Sequence[str]], words: int = 1) -> str:
    """A table that scrolls by itself where it is wider than the screen.

    Args:
        head: titles of the columns, as ``marked`` reads them.
        body: cells of the rows, likewise.
        words: so many columns at the left are words; the others are numbers, set to the right.
    """

    def line(cells: Sequence[str], tag: str) -> str:
        made = [
            f"<{tag}{' class=n' if i >= words else ''}>{marked(cell)}</{tag}>"
            for i, cell in enumerate(cells)
        ]
        return f"<tr>{''.join(made)}</tr>"

    rows = "".join(line(cells, "td") for cells in body)
    return f'<div class="wide"><table>{line(head, "th")}{rows}</table></div>'


def paragraph(text: str, kind: str = "") -> str:
    """Plain text, as ``marked`` reads it, as a paragraph of a CSS class."""
    return f"<p{f' class={kind}' if kind else ''}>{marked(text)}</p>"


def heading(level: int, text: str, anchor: str = "") -> str:
    """A title, with a name that links inside the page can go to."""
    named = f' id="{escape(anchor)}"' if anchor else ""
    return f"<h{level}{named}>{marked(text)}</h{level}>"
