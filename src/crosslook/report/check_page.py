"""The page of ``crosslook check``: one HTML file that needs nothing beside itself.

No script and no address of anything: the page's own policy forbids both. What comes from files is
escaped. Pictures are embedded until ``MOST_BYTES`` are spent, scenes with problems first.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from crosslook.checks.portraits import Portrait
from crosslook.report.check_pictures import histograms, split_map, thumbnail
from crosslook.report.html_parts import image, page
from crosslook.scenes.catalogue import Scene

MOST_BYTES = 12 * 2**20  # of all pictures together
MOST_PROBLEMS = 500  # that are listed
MOST_LETTERS = 600  # of one problem
STYLE = """
.cards{display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,33rem),1fr))}
.card{border:1px solid #ddd;border-radius:4px;padding:.7rem}
.card.ill{border-color:#b00020}.card p{margin:.2rem 0}.card,li,h1{overflow-wrap:anywhere}
.pictures{display:flex;gap:.5rem;align-items:start;margin-top:.5rem}.pictures img{min-width:0}
@media(max-width:36rem){.pictures{flex-wrap:wrap}}
"""


def check_page(record: Mapping[str, Any], portraits: Iterable[Portrait], title: str) -> str:
    """The page.

    Args:
        record: what ``check_scenes`` returns.
        portraits: of all scenes, in any order; taken one by one, so that they need not all be in
            memory. Scenes with problems should come first: pictures end when MOST_BYTES are spent.
        title: what was checked, such as the folder.

    Returns:
        HTML; equal input gives equal text.
    """
    problems = list(record["problems"])
    scenes: list[Scene] = []
    cards: list[str] = []
    left = MOST_BYTES
    for portrait in portraits:
        scenes.append(portrait.scene)
        own = problems_of(portrait.scene, problems)
        pictures = _pictures(portrait) if left > 0 else None
        left -= sum(len(picture) for picture in pictures or ())
        cards.append(_card(portrait, own, pictures))
    name = escape(title)
    return page(
        f"{title}: check before training",
        STYLE,
        [
            f"<h1>{name}: check before training</h1>",
            *_problems(problems),
            "<h2>What is there</h2>",
            _counts(record["counts"]),
            "<h2>Where it lies</h2>",
            image(split_map(scenes), "png", "map of the scenes by split and sensor"),
            "<h2>Scenes</h2>",
            '<p class="small">Labels are white, the labelled area is yellow and dashed. Bars below '
            "a histogram show where a band is expected: backscatter as over land (mean and two "
            "standard deviations of SEN12MS), reflectance in the stretch of the composite. Water "
            "lies below both.</p>",
            *(["<p>There were too many pictures for one page.</p>"] if left <= 0 else []),
            '<div class="cards">',
            *cards,
            "</div>",
        ],
    )


def problems_of(scene: Scene, problems: Sequence[str]) -> list[str]:
    """Those that begin with the scene's id."""
    return [
        problem for problem in problems if problem.startswith((f"{scene.id}: ", f"{scene.id} "))
    ]


def _problems(problems: Sequence[str]) -> list[str]:
    if not problems:
        return ['<p class="good"><strong>No problem was found.</strong></p>']
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    more = len(problems) - MOST_PROBLEMS
    return [
        f'<h2 class="bad" id="problems">{count}</h2><ol>',
        *(f"<li>{_words(problem)}</li>" for problem in problems[:MOST_PROBLEMS]),
        "</ol>",
        *([f"<p>... and {more} more.</p>"] if more > 0 else []),
    ]


def _counts(counts: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        f"<tr><td>{escape(name.replace('_', ', ', 1))}</td><td class=n>{row['scenes']}</td>"
        f"<td class=n>{row['megapixels']:.2f}</td><td>{_labels(row['labels'])}</td></tr>"
        for name, row in counts.items()
    ]
    head = "<tr><th>sensor, split</th><th>scenes</th><th>Mpx</th><th>labels</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _labels(labels: Mapping[str, int]) -> str:
    return escape(", ".join(f"{name} {count}" for name, count in labels.items())) or "-"


def _pictures(portrait: Portrait) -> list[str]:
    name = portrait.scene.id
    seen, curves = thumbnail(portrait), histograms(portrait)
    made = [image(seen, "jpeg", f"{name} with its labels")] if seen else []
    return made + ([image(curves, "png", f"histograms of {name}")] if curves else [])


def _card(portrait: Portrait, problems: Sequence[str], pictures: Sequence[str] | None) -> str:
    scene = portrait.scene
    height, width = scene.size
    facts = [
        f"{scene.sensor}, {scene.split}",
        f"{height} x {width} px",
        scene.radiometry.unit,
        str(scene.acquired)[:10],
    ]
    shares = {"no data": portrait.no_data, **portrait.clouds}
    told = [f"{kind} {share:.1%}" for kind, share in shares.items() if share is not None]
    told += [f"{kind} not known" for kind, share in shares.items() if share is None]
    told += [f"{len(portrait.labels)} labels drawn"] if scene.labels else ["no labels"]
    medians = [f"{one.band} {one.median:.4g}" for one in portrait.histograms]
    missing = "no picture: there were too many" if pictures is None else "no picture can be made"
    return "".join(
        [
            f'<div class="card{" ill" if problems else ""}"><h3>{_words(scene.id)}</h3>',
            f'<p class="small">{escape(" · ".join(facts))}</p>',
            f'<p class="small">{escape(" · ".join(told))}</p>',
            f'<p class="small">medians: {escape(", ".join(medians))}</p>' if medians else "",
            *(f'<p class="bad">{_words(problem)}</p>' for problem in problems[:5]),
            f'<div class="pictures">{"".join(pictures or [escape(missing)])}</div></div>',
        ]
    )


def _words(text: str) -> str:
    return escape(text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 3] + "...")
