# SPDX-License-Identifier: GPL-2.0-only
"""The sentences: there are two for each step, with the same content, and they name code that exists."""
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

from story_test import StoryTest

MODULE = Path(__file__).parents[2] / "module"
CHINESE = re.compile("[\u4e00-\u9fff]")
# Numbers, addresses, and what is written in Latin letters in both languages: identifiers and constants.
NUMBER = re.compile(r"0x[0-9a-f]+|\d[\d,.]*")
NAME = re.compile(r"[A-Za-z]\w*_\w+|\b[A-Z]{2,}\w*|\b(?:rdllist|ovflist|rbr|wq|mtx|poll_wait)\b")


@lru_cache(maxsize=None)
def defines(file, function):
    """Is that function defined in that file: at the start of a line, and not just declared?"""
    source = (MODULE / file).read_text()
    return re.search(rf"^\w[^;{{}}#=]*\b{function}\((?:[^;{{}}]|\n)*?\)[^;{{}}()]*\n{{", source, re.MULTILINE) is not None


def numbers_in(text):
    return Counter(number.rstrip(".,") for number in NUMBER.findall(text))


class Words(StoryTest):
    def sentences(self):
        self.open()
        return self.browser.run_async(
            """
            const all = [];
            for (const step of a[0])
                all.push([step, story.sentence(step, 'en'), story.sentence(step, 'zh'), story.where(step)]);
            return all;
            """,
            self.story.some_steps(5000),
        )

    def test_are_complete_in_both_languages_with_the_same_numbers_and_names(self):
        for step, english, chinese, _ in self.sentences():
            with self.subTest(step=step):
                self.assert_same_content(english, chinese)

    def assert_same_content(self, english, chinese):
        self.assertNotRegex(english + chinese, r"undefined|NaN|null|\[object|[{}]")
        self.assertRegex(english, "^[^\u4e00-\u9fff]+$")
        self.assertRegex(chinese, CHINESE)
        # English writes "one item" where Chinese has a digit.
        only_chinese = numbers_in(chinese) - numbers_in(english)
        self.assertEqual(numbers_in(english) - numbers_in(chinese), Counter(), (english, chinese))
        self.assertLessEqual(only_chinese.total(), len(re.findall(r"\bone\b", english, re.IGNORECASE)), (english, chinese))
        self.assertLessEqual(set(only_chinese), {"1"}, (english, chinese))
        self.assertEqual(set(NAME.findall(english)), set(NAME.findall(chinese)), (english, chinese))

    def test_name_functions_that_exist_in_the_file_they_name(self):
        named = {place for *_, places in self.sentences() for place in places}
        self.assertTrue(named)
        for place in sorted(named):
            match = re.fullmatch(r"(\w+)\(\) module/([\w./]+)", place)
            self.assertTrue(match, place)
            self.assertTrue(defines(match[2], match[1]), place)

    def test_each_step_has_a_place_in_the_code(self):
        self.assertEqual([step for step, *_, places in self.sentences() if not places], [])

    def test_are_switched_in_the_page(self):
        self.open("#step=1")
        self.click("language")
        self.settle()
        shown = self.browser.element("sentence").text
        self.assertIn(self.browser.run("return story.sentence(1, 'zh')"), shown)
        untranslated = self.browser.run(
            """
            return [...document.querySelectorAll('button:not(#language), input')]
                .map(each => each.title || each.getAttribute('aria-label') || each.textContent)
                .filter(text => /[a-z]{4}/.test(text) && !/[\u4e00-\u9fff]/.test(text));
            """
        )
        self.assertEqual(untranslated, [])
        self.click("language")
        self.settle()
        self.assertIn(self.browser.run("return story.sentence(1, 'en')"), self.browser.element("sentence").text)
