# SPDX-License-Identifier: GPL-2.0-only
"""The controls of the page: jumps, links, the saved picture, motion, help."""
import xml.etree.ElementTree as ElementTree

from selenium.webdriver.common.keys import Keys

from browser import wait_until
from story_test import StoryTest

SVG = "{http://www.w3.org/2000/svg}"
# The stations of an event on its way, of which some may be missing.
WAY = ["notify", "woken", "scan_begin", "poll", "deliver", "scan_end", "wait_end"]


class Controls(StoryTest):
    """Tested on one story, which has a sleeper that is woken by an arrival, and a delivery."""

    only = ("wakeup",)

    def setUp(self):
        self.open("#step=0")

    def visits_of(self, press):
        """The steps that the control leads to one after the other, from the beginning."""
        visits = []
        while True:
            press()
            if self.at() <= (visits[-1] if visits else 0):
                return visits
            visits.append(self.at())

    def test_next_delivery_visits_each_delivery(self):
        expected = [step + 1 for step in self.story.steps_of("deliver")]
        self.assertTrue(expected)
        self.assertEqual(self.visits_of(lambda: self.click("next-delivery")), expected)

    def test_next_wakeup_visits_each_step_that_wakes_a_sleeper(self):
        expected = [
            step + 1
            for step in self.story.steps_of("notify", "queue", "scan_end")
            if self.story.field(step, "sleeper")
        ]
        self.assertTrue(expected)
        self.assertEqual(self.visits_of(lambda: self.click("next-wakeup")), expected)

    def test_follow_leads_from_the_interrupt_to_the_return(self):
        [arrival] = [step for step in self.story.steps_of("notify") if self.story.field(step, "outcome") == "queued"]
        self.go_to(arrival + 1)
        steps = [arrival] + [at - 1 for at in self.visits_of(lambda: self.click("follow")) if at - 1 > arrival]
        kinds = [self.story.kind(step) for step in steps]
        self.assertEqual(kinds, WAY)
        item = self.story.field(arrival, "item")
        self.assertEqual({self.story.field(steps[WAY.index(kind)], "item") for kind in ("poll", "deliver")}, {item})

    def test_find_leads_to_the_steps_of_a_descriptor(self):
        fd = self.story.field(self.story.steps_of("deliver")[0], "fd")
        of_it = [
            step + 1
            for step in range(len(self.story))
            if "fd" in self.story.kinds[self.story.steps[step][4]][1] and self.story.field(step, "fd") == fd
        ]
        self.browser.element("find").send_keys(str(fd), Keys.ENTER)
        visits = [self.at()] + self.visits_of(lambda: self.browser.element("find").send_keys(Keys.ENTER))
        self.assertTrue(set(visits) <= set(of_it), (visits, of_it))
        self.assertGreater(len(set(visits)), 1)

    def test_find_says_when_there_is_no_such_descriptor(self):
        self.browser.element("find").send_keys("4711", Keys.ENTER)
        self.assertEqual(self.at(), 0)
        self.assertEqual(self.browser.complaints(), [])

    def test_play_goes_on_to_the_end(self):
        self.go_to(len(self.story) - 2)
        self.click("play")
        wait_until(lambda: self.at() == len(self.story), "the end")

    def test_slider_leads_to_a_step(self):
        self.browser.run(
            """
            const slider = document.getElementById('position');
            slider.value = 5;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
            slider.dispatchEvent(new Event('change', { bubbles: true }));
            """
        )
        self.settle()
        self.assertEqual(self.at(), 5)

    def test_a_link_leads_to_its_step_and_language(self):
        self.open("#step=7&lang=zh")
        self.assertEqual(self.at(), 7)
        self.assertIn(self.browser.run("return story.sentence(7, 'zh')"), self.browser.element("sentence").text)

    def test_links_that_make_no_sense_are_harmless(self):
        for fragment in ("#step=-1", "#step=999999999", "#step=x", "#step=1e9", "#lang=xx", "#%", "#step=%00&&=", "#" + "a" * 9999):
            with self.subTest(fragment=fragment[:20]):
                self.open(fragment)
                self.settle()
                self.assertEqual(self.browser.complaints(), [])
                self.assertTrue(0 <= self.at() <= len(self.story))

    def test_the_picture_is_saved_as_svg_that_stands_alone(self):
        self.go_to(len(self.story) // 2)
        self.settle()
        self.click("save")
        file = self.browser.downloaded()
        root = ElementTree.parse(file).getroot()
        file.unlink()
        self.assertEqual(root.tag, f"{SVG}svg")
        texts = [text.text for text in root.iter(f"{SVG}text") if text.text]
        self.assertIn("rdllist", " ".join(texts))
        self.assertEqual(list(root.iter(f"{SVG}script")), [])
        references = [
            value for each in root.iter() for name, value in each.attrib.items() if name.endswith("href") and value[:1] != "#"
        ]
        self.assertEqual(references, [])
        # Its own rules, with colours, or it would be black on black elsewhere.
        rules = "".join(style.text or "" for style in root.iter(f"{SVG}style"))
        self.assertRegex(rules, r"fill: ?(#|rgb)")
        self.assertNotIn("var(", rules)

    def motions(self):
        """How many animations run in the steps of the story, taken slowly enough for them."""
        return self.browser.run_async(
            """
            let motions = 0;
            for (let k = 0; k < story.steps; k++) {
                await new Promise((done) => setTimeout(done, 300));
                document.getElementById('forward').click();
                await new Promise(requestAnimationFrame);
                motions += document.getAnimations().length;
            }
            return motions;
            """
        )

    def test_nothing_moves_where_the_system_asks_for_reduced_motion(self):
        self.addCleanup(self.browser.prefer)
        self.browser.prefer(reduced_motion="no-preference")
        self.open("#step=0")
        self.assertGreater(self.motions(), 0)
        self.browser.prefer(reduced_motion="reduce")
        self.open("#step=0")
        self.assertEqual(self.motions(), 0)

    def test_the_theme_is_switched_by_its_button(self):
        background = lambda: self.browser.run("return getComputedStyle(document.body).backgroundColor")
        before = background()
        seen = set()
        for _ in range(3):
            self.click("theme")
            self.settle()
            seen.add(background())
        self.assertGreater(len(seen | {before}), 1)

    def test_help_is_shown_and_hidden_by_key(self):
        words = lambda: self.browser.run("return document.body.innerText")
        title = "Keys"
        self.assertNotIn(title, words())
        self.browser.press("?")
        wait_until(lambda: title in words(), "the help")
        self.browser.press(Keys.ESCAPE)
        wait_until(lambda: title not in words(), "the end of the help")

    def test_keys_and_buttons_do_the_same(self):
        self.browser.press(Keys.END)
        self.assertEqual(self.at(), len(self.story))
        self.browser.press(Keys.HOME)
        self.assertEqual(self.at(), 0)
