# SPDX-License-Identifier: GPL-2.0-only
"""The page opens and shows each step, and what it holds is what the module's own snapshots say."""
from selenium.webdriver.common.keys import Keys

from story import DISABLED, POSTED, READY, RED
from story_test import StoryTest


class Steps(StoryTest):
    def test_opens_without_an_error_and_asks_for_nothing_but_itself(self):
        self.open()
        self.go_to(len(self.story))
        self.settle()
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual(self.browser.requests(), [self.story.path.resolve().as_uri()])
        self.assertEqual(self.browser.run("return story.steps"), len(self.story))

    def test_each_step_is_reached_by_key(self):
        self.reach_each(lambda: self.browser.press(Keys.ARROW_RIGHT), lambda: self.browser.press(Keys.ARROW_LEFT))

    def test_each_step_is_reached_by_click(self):
        self.reach_each(lambda: self.click("forward"), lambda: self.click("back"))

    def reach_each(self, forward, back):
        self.open("#step=0")
        steps = range(1, len(self.story) + 1)
        for step in steps if len(steps) < 200 else self.story.some_steps(50):
            if self.at() != step - 1:
                self.go_to(step - 1)
            forward()
            self.assert_shown(step)
        back()
        self.assert_shown(len(self.story) - 1)

    def assert_shown(self, step):
        at, shown, told = self.browser.run(
            "return [story.at, document.getElementById('sentence').textContent, story.sentence(arguments[0], 'en')]",
            step,
        )
        self.assertEqual(at, step)
        self.assertEqual(shown, told)

    def test_first_and_last_are_one_click_away(self):
        self.open()
        self.click("last")
        self.assertEqual(self.at(), len(self.story))
        self.click("first")
        self.assertEqual(self.at(), 0)

    def test_the_state_is_that_of_each_snapshot(self):
        self.open()
        pages = self.story.agreeing_pages()
        self.assertGreater(len(pages), 0)
        for at, page in pages:
            state = self.browser.run("return story.stateAt(arguments[0])[arguments[1]]", at, page["instance"])
            with self.subTest(instance=page["instance"], at=at):
                self.assertTrue(state["known"])
                self.assert_equal_lists(state, page)
                self.assert_equal_items(state, page)

    def assert_equal_items(self, state, page):
        rows = page["items"] or []
        items = {item["item"]: item for item in state["items"]}
        for item, fd, events, data, flags, hooks, *_ in rows:
            held = items[item]
            self.assertEqual(
                (held["fd"], held["events"], held["data"], held["hooks"], held["disabled"], item in state["ready"]),
                (fd, events, data, hooks, bool(flags & DISABLED), bool(flags & READY)),
            )
            self.assertEqual(item in state["posted"], bool(flags & POSTED))
        if page["whole"]:
            self.assertEqual([item["item"] for item in state["items"]], [row[0] for row in rows])
            self.assertEqual(state["ready"], [row[0] for row in sorted(rows, key=lambda row: row[6]) if row[6]])
        if page["whole"] and state["treeKnown"]:
            parents = {row[0]: rows[row[7]][0] if row[7] >= 0 else 0 for row in rows}
            self.assertEqual({int(item): node["parent"] for item, node in state["tree"].items()}, parents)
            reds = {row[0]: bool(row[4] & RED) for row in rows}
            self.assertEqual({int(item): bool(node["red"]) for item, node in state["tree"].items()}, reds)

    def assert_equal_lists(self, state, page):
        if page["first"] and page["last"]:
            self.assertEqual(len(state["items"]), page["watches"])
        # A snapshot holds the mutex of the instance, so no scan runs.
        self.assertEqual(state["overflow"], [])

    def test_a_jump_leads_to_the_same_state_as_all_steps_before_it(self):
        self.open()
        steps = self.story.some_steps(60)
        difference = self.browser.run_async(
            """
            const steps = a[0], text = (k) => JSON.stringify(story.stateAt(k));
            const forwards = steps.map(text);
            for (let i = steps.length; i-- > 0;)
                if (text(steps[i]) !== forwards[i])
                    return steps[i];
            for (let i = 0; i < steps.length; i++) {
                const k = (i * 37) % steps.length;
                if (text(steps[k]) !== forwards[k])
                    return steps[k];
            }
            """,
            steps,
        )
        self.assertIsNone(difference)
