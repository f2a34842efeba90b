# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of a story have in common."""
import unittest


class StoryTest(unittest.TestCase):
    """A test class is run once for each story; run sets browser and story."""

    browser = None
    story = None
    # Which stories: these names, or those with so many steps.
    only = ()
    least_steps = 0

    def open(self, fragment=""):
        self.browser.open(self.story.path, fragment)
        self.browser.run_async("while (!window.story) await new Promise(requestAnimationFrame);")

    def at(self):
        return self.browser.run("return story.at")

    def go_to(self, at):
        self.browser.run("story.goTo(arguments[0])", at)

    def click(self, name):
        self.browser.element(name).click()

    def settle(self):
        """Returns when what the page has begun is drawn."""
        self.browser.run_async(
            "for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);"
        )
