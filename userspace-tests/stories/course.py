# SPDX-License-Identifier: GPL-2.0-only
"""The pages that tell what happens: the course, docs/tour/README.md, docs/how-an-event-travels.md, and their Chinese twins.

What follows the link to a recording tells of that tour. Its stations stand in the order in which an event passes them, as
numbered or quoted entries: a function, the file that has it, words that tell the step from others in that function, and the
story's sentence. A picture below an entry shows that step.
"""
import errno
import re
from pathlib import Path
from xml.etree import ElementTree

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("tour/README.md", "how-an-event-travels.md")
FOLDERS = {"en": DOCS, "zh": DOCS / "zh"}
# Of the window whose picture is saved.
SIZE = (1280, 720)

LINK = r"\]\([^)]*?(?P<tour>\w+)\.json\.gz\)"
CHAPTER = re.compile(rf"{LINK}.*?(?={LINK.replace('?P<tour>', '?:')}|\Z)", re.DOTALL)
STATION = re.compile(
    r"^(?P<head>(?:\d+\.|>) \[`(?P<function>\w+)\(\)`\]\([./]*/module/(?P<file>[\w./]+)\)(?P<words>(?: `[^`]+`)*)(?:: |：))"
    r"(?P<sentence>.*)$(?:\n\n *!\[[^\]]*\]\((?P<picture>[\w/-]+\.svg)\))?",
    re.MULTILINE,
)
QUOTATION = re.compile(r"\]\([./]*/module/([\w./]+)\)[:：]\n\n```c\n(.*?)```", re.DOTALL)
NUMBER = re.compile(r"0x[0-9a-f]+|\d[\d,.]*(?<![,.])(?: ?(?:[mµn]?s)\b)?")


def without_numbers(text):
    return NUMBER.sub("N", text)


class Station:
    def __init__(self, match):
        self.place = f"{match['function']}() module/{match['file']}"
        self.words = re.findall("`([^`]+)`", match["words"])
        self.sentence, self.picture = match["sentence"], match["picture"]

    def __str__(self):
        return " ".join([self.place, *self.words])


def chapters(language, page):
    """The tours that a page tells of, by name: the stations of each."""
    text = (FOLDERS[language] / page).read_text(encoding="utf-8")
    return {
        chapter["tour"]: [Station(match) for match in STATION.finditer(chapter[0])] for chapter in CHAPTER.finditer(text)
    }


def quotations(language, page, tour):
    """The code that a page quotes where it tells of a tour: the file, and the lines but for those left out."""
    for chapter in CHAPTER.finditer((FOLDERS[language] / page).read_text(encoding="utf-8")):
        if chapter["tour"] == tour:
            for file, code in QUOTATION.findall(chapter[0]):
                yield file, [line.strip() for line in code.splitlines() if line.strip() != "..."]


def words_of(story, step):
    """The kind of step and its choices, as docs/tracing.md names them, the errno of a failure, and the context."""
    time_, cpu, context, thread, kind, instance, *values = story.steps[step]
    words = {value for value in values if isinstance(value, str)}
    words |= {story.kind(step), ("task", "softirq", "hardirq")[context]}
    if story.kind(step) == "ctl":
        words.add(errno.errorcode.get(-story.field(step, "result"), "success"))
    return words


def find(story, places, stations):
    """The step of each station, as people count: the first that fits behind the station before it."""
    steps, at = [], 0
    for station in stations:
        at += 1
        while at <= len(story) and not (station.place in places[at - 1] and words_of(story, at - 1).issuperset(station.words)):
            at += 1
        if at > len(story):
            raise AssertionError(f"{story.name}: no step at {station} behind steps {steps}")
        steps.append(at)
    return steps


class Pages:
    """The pages of stories, in a browser."""

    def __init__(self, browser):
        self.browser = browser
        browser.prefer(color_scheme="light", reduced_motion="reduce")
        browser.show_at(*SIZE)

    def open(self, story, step=0, language="en"):
        self.browser.open(story.path, f"#step={step}&lang={language}")
        self.browser.run_async("while (!window.story) await new Promise(requestAnimationFrame);")
        self.browser.run_async("for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);")

    def places(self, story):
        """The places in the code, of each step."""
        self.open(story)
        return self.browser.run("return Array.from({length: story.steps}, (_, step) => story.where(step + 1))")

    def sentences(self, story, steps, language):
        self.open(story)
        found = self.browser.run("return arguments[0].map(step => story.sentence(step, arguments[1]))", steps, language)
        # Chinese has no space between sentences.
        return [sentence.replace("。 ", "。") for sentence in found]

    def picture(self, story, step, language):
        """As the page's own button saves it."""
        self.open(story, step, language)
        self.browser.element("save").click()
        file = self.browser.downloaded()
        try:
            return file.read_text(encoding="utf-8")
        finally:
            file.unlink()


def labels(picture):
    """What a picture consists of: kinds of boxes, lines and texts, without numbers. Left out is what differs from run to
    run: the state of sockets, which is that of the last snapshot, what threads do that the step does not concern, and how far
    a scan has come."""
    return set(labels_in(ElementTree.fromstring(picture)))


def labels_in(element):
    tag, words = element.tag.rpartition("}")[2], element.text or ""
    kinds = [kind for kind in element.get("class", "").split() if kind != "delivered"]
    if tag == "style" or "thread" in kinds and "lit" not in kinds or tag == "text" and " · " in words:
        return
    if kinds:
        yield tag, " ".join(kinds)
    if tag == "text":
        yield tag, without_numbers(words)
    for child in element:
        yield from labels_in(child)
