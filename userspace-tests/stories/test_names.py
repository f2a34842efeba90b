# SPDX-License-Identifier: GPL-2.0-only
"""Names in a recording come from any program: they are shown, and never become part of the page."""
import json
import subprocess
import sys
from pathlib import Path

from story import Story
from story_test import StoryTest

HERE = Path(__file__).parent
COMMAND = HERE.parents[1] / "build/client/myepoll"

HOSTILE = {
    "markup": "<img src=x onerror=hacked=1><b>",
    "end of script": "</script><script>hacked=1</script><!--",
    "start of comment": "<!--<script>",
    "line separators": "a\u2028b\u2029c\nd\re",
    "right to left": "\u202egnp.exe\u2066\u200f",
    "control characters": "a\x1b[31mb\x00c\x7f\x9b",
    "quotes": "'\"`${hacked=1}\\",
    "a very long name": "long" * 5000,
    "an entity": "&lt;&#60;&amp;",
    "nothing": "",
}
# What must not be in what the page shows: it would change what is around it, or be invisible.
UNSEEN = "[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ud800-\\udfff]"


class Names(StoryTest):
    only = ("wakeup",)

    def test_of_any_kind_are_shown_and_are_no_part_of_the_page(self):
        with_plain = self.shape_with("plain")
        for kind, name in HOSTILE.items():
            with self.subTest(name=kind):
                self.assertEqual(self.shape_with(name), with_plain)
                self.assertFalse(self.browser.run("return 'hacked' in window"))
                self.assertEqual(self.browser.complaints(), [])
                self.assertEqual(len(self.browser.requests()), 1)
                self.assertEqual(self.unseen(), [])
                self.assertEqual(self.browser.run("return document.documentElement.scrollWidth > innerWidth"), False)

    def shape_with(self, name):
        """Tells the story with that name in all places; the kinds of elements of its page."""
        recording = json.dumps(self.story.recording)
        edited = subprocess.run(
            [sys.executable, HERE / "edit", "names"], input=recording, text=True, capture_output=True, check=True,
            env={"NAME": json.dumps(name)},
        ).stdout
        source = Path(self.browser.downloads.name, "names.json")
        page = source.with_suffix(".html")
        source.write_text(edited)
        subprocess.run([COMMAND, "story", source, "-o", page], check=True)
        self.browser.open(page, f"#step={self.story.steps_of('notify')[0] + 1}")
        self.browser.run_async("while (!window.story) await new Promise(requestAnimationFrame);")
        self.settle()
        source.unlink()
        page.unlink()
        return self.browser.run(
            "return [...new Set([...document.querySelectorAll('*')].map((each) => each.localName))].sort()"
        )

    def unseen(self):
        """Characters that are in what is shown, and do not show."""
        return self.browser.run(
            f"""
            const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode())
                if (walker.currentNode.parentElement.localName !== 'script' && /{UNSEEN}/.test(walker.currentNode.data))
                    found.push(walker.currentNode.data.slice(0, 80));
            return found;
            """
        )
