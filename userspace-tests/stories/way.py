# SPDX-License-Identifier: GPL-2.0-only
"""The map of docs/how-an-event-travels.md: its stations in order, each where its step ran in a recording."""
import re
from xml.sax.saxutils import escape

import course

PAGE = "how-an-event-travels.md"
MAP = "way/map.svg"
WORDS = {
    "en": {"task": "thread", "softirq": "softirq", "asleep": "asleep", "packet": "packet"},
    "zh": {"task": "线程", "softirq": "软中断", "asleep": "睡眠", "packet": "数据包"},
}
WIDTH, HEIGHT, LEFT, PITCH = 1100, 250, 106, 90
LANES = {"task": 104, "softirq": 206}
STYLE = """text { font: 12px system-ui, "Noto Sans", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif; fill: #1a2027; }
.code { font: 10.5px ui-monospace, "DejaVu Sans Mono", monospace; fill: #5b6672; }
.number { fill: #fff; font-weight: 600; } .lane { fill: #5b6672; } .ground { fill: #f6f7f9; } .bar { fill: #e3e8ee; } .asleep { fill: #cfe6f6; }
.way { fill: none; stroke: #b45309; stroke-width: 2.4; } .leader { stroke: #d5dae0; } circle { fill: #b45309; }"""


def text(x, y, words, kind="", anchor="middle"):
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def bar(x, to, lane, kind="bar"):
    return f'<rect x="{x}" y="{LANES[lane] - 17}" width="{to - x}" height="34" rx="6" class="{kind}"/>'


def draw(language, story, steps):
    """The picture, from the step of each station."""
    page = (course.FOLDERS[language] / PAGE).read_text(encoding="utf-8")
    titles = re.findall(r"^## \d+\. (.*)$", page, re.MULTILINE)
    functions = [match["function"] for match in course.STATION.finditer(page)]
    lanes = [("task", "softirq")[story.steps[step - 1][2] > 0] for step in steps]
    kinds = [story.kind(step - 1) for step in steps]
    xs = [LEFT + PITCH * i for i in range(len(steps))]
    words, asleep, awake = WORDS[language], xs[kinds.index("sleep")], xs[kinds.index("woken")]
    arrival = xs[lanes.index("softirq")]
    parts = [
        f'<rect width="{WIDTH}" height="{HEIGHT}" class="ground"/>',
        bar(LEFT - 24, asleep, "task"),
        bar(asleep, awake, "task", "asleep"),
        bar(awake, xs[-1] + 24, "task"),
        bar(arrival - 150, arrival + 24, "softirq"),
        text(LEFT - 34, LANES["task"] + 4, words["task"], "lane", "end"),
        text(arrival - 160, LANES["softirq"] + 4, words["softirq"], "lane", "end"),
        text((asleep + awake) / 2, LANES["task"] + 4, words["asleep"], "lane"),
        text(arrival - 140, LANES["softirq"] + 4, f"{words['packet']} →", "lane", "start"),
        f'<path class="way" d="M{"L".join(f"{x},{LANES[lane]}" for x, lane in zip(xs, lanes))}"/>',
    ]
    for i, (x, lane) in enumerate(zip(xs, lanes)):
        y = LANES[lane]
        if lane == "softirq":
            parts += [text(x + 34, y - 3, titles[i], anchor="start"), text(x + 34, y + 13, f"{functions[i]}()", "code", "start")]
        else:
            # Neighbours take turns, so that none is over another, and keep off the way down and up.
            title, function = y - 34 - 24 * (i % 2), y + 36 + 18 * (i % 2)
            at, anchor = {asleep: (x + 14, "end"), awake: (x - 18, "start")}.get(x, (x, "middle"))
            parts.append(f'<path class="leader" d="M{x},{title + 5}L{x},{y}"/>')
            parts += [text(x, title, titles[i]), text(at, function, f"{functions[i]}()", "code", anchor)]
        parts += [f'<circle cx="{x}" cy="{y}" r="11"/>', text(x, y + 4, str(i + 1), "number")]
    content = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
        f"<style>{STYLE}</style>\n{content}\n</svg>\n"
    )
