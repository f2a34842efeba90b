# SPDX-License-Identifier: GPL-2.0-only
"""Screenshots, and what can be said of a picture without looking at it."""
from story_test import StoryTest

SIZES = ((1280, 720), (1920, 1080))

# Texts in the picture that overlap, that are covered by what is drawn later, or that leave it.
MISPLACED = """
function misplaced() {
    const svg = document.getElementById('structures'), frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() && text.getClientRects().length &&
        getComputedStyle(text).visibility !== 'hidden' && Number(getComputedStyle(text).opacity) > 0);
    const boxes = texts.map((text) => [text.textContent, text.getBoundingClientRect()]);
    const found = [];
    for (const [text, box] of boxes)
        if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
            found.push(`${text} leaves the picture`);
    for (let i = 0; i < boxes.length; i++)
        for (let j = 0; j < i; j++) {
            const [a, one] = boxes[i], [b, other] = boxes[j];
            const width = Math.min(one.right, other.right) - Math.max(one.left, other.left);
            const height = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
            // Lines of a box have some leading in common.
            if (width > 2 && height > Math.min(one.height, other.height) / 3)
                found.push(`${a} overlaps ${b}`);
        }
    for (const text of texts) {
        const box = text.getBoundingClientRect();
        for (const x of [box.left + 2, (box.left + box.right) / 2, box.right - 2]) {
            const top = document.elementFromPoint(x, (box.top + box.bottom) / 2);
            if (top && top.localName === 'rect' && top.parentNode !== text.parentNode &&
                text.compareDocumentPosition(top) & Node.DOCUMENT_POSITION_FOLLOWING)
                found.push(`${text.textContent} is covered`);
        }
    }
    const page = document.documentElement;
    if (page.scrollWidth > innerWidth || page.scrollHeight > innerHeight)
        found.push(`the page is ${page.scrollWidth}x${page.scrollHeight}`);
    return found;
}
"""


class Pictures(StoryTest):
    def setUp(self):
        self.addCleanup(self.browser.show_at, 1280, 720)
        self.addCleanup(self.browser.prefer, color_scheme="light")

    def busiest_step(self):
        """A step at which much is to be seen: a delivery, or else the last."""
        deliveries = self.story.steps_of("deliver")
        return deliveries[len(deliveries) // 2] + 1 if deliveries else len(self.story)

    def test_are_readable_at_both_sizes_in_both_languages_light_and_dark(self):
        self.browser.prefer(reduced_motion="reduce")
        self.open(f"#step={self.busiest_step()}")
        trouble = {}
        for language in ("en", "zh"):
            for size in SIZES:
                self.browser.show_at(*size)
                for theme in ("light", "dark"):
                    self.browser.prefer(color_scheme=theme, reduced_motion="reduce")
                    self.settle()
                    name = f"{self.story.name}-{size[0]}x{size[1]}-{language}-{theme}.png"
                    self.browser.screenshot(self.story.path.parent / "screens" / name)
                trouble[language, size] = self.browser.run(MISPLACED + "return misplaced();")
            self.click("language")
        self.assertEqual({where: found for where, found in trouble.items() if found}, {})

    def test_have_no_text_over_another_at_any_step(self):
        self.browser.prefer(reduced_motion="reduce")
        self.open()
        for language in ("en", "zh"):
            trouble = self.browser.run_async(
                MISPLACED
                + """
                const found = [];
                for (const step of a[0]) {
                    story.goTo(step);
                    await new Promise(requestAnimationFrame);
                    found.push(...misplaced().map((text) => `step ${step}: ${text}`));
                }
                return found;
                """,
                self.story.some_steps(40),
            )
            self.assertEqual(trouble, [], language)
            self.click("language")

    def test_follow_the_system_light_or_dark(self):
        colours = []
        for theme in ("light", "dark"):
            self.browser.prefer(color_scheme=theme)
            self.open()
            colours.append(self.browser.run("return getComputedStyle(document.body).backgroundColor"))
        light, dark = (sum(map(float, colour.strip("rgba()").split(",")[:3])) for colour in colours)
        self.assertGreater(light, 3 * 200)
        self.assertLess(dark, 3 * 70)
