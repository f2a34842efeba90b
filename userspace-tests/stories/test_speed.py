# SPDX-License-Identifier: GPL-2.0-only
"""What a page costs: its size, the time until it is loaded, and by the browser's own trace a step and a jump."""
from story_test import StoryTest

# For at most so many steps: milliseconds of a step (95th percentile), milliseconds until loaded, bytes.
LIMITS = ((10_000, 16, 2000, 2_000_000), (float("inf"), 33, 5000, 15_000_000))
JUMP = 200

# Each piece of work begins in a task of its own, and ends once the frame that shows it is painted.
MEASURE = """
    const frame = () => new Promise(requestAnimationFrame);
    const task = () => new Promise((done) => {
        const channel = new MessageChannel();
        channel.port1.onmessage = done;
        channel.port2.postMessage(0);
    });
    const measure = async (work) => {
        await task();
        performance.mark('begin');
        work();
        await frame();
        await task();
        performance.mark('end');
    };
"""


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Speed(StoryTest):
    """Needs a browser that traces itself."""

    least_steps = 5000

    def setUp(self):
        _, self.step_limit, self.load_limit, self.size_limit = next(
            limits for limits in LIMITS if len(self.story) <= limits[0]
        )

    def report(self, what, value, unit):
        print(f"     {self.story.name}, {len(self.story)} steps: {what} {value:.1f} {unit}")

    def test_page_is_not_too_large(self):
        size = self.story.path.stat().st_size
        self.report("size", size / 1e6, "MB")
        self.assertLessEqual(size, self.size_limit)

    def test_is_loaded_in_time(self):
        self.open()
        loaded = self.browser.run_async(
            """
            const painted = () => performance.getEntriesByName('first-contentful-paint')[0];
            while (!painted())
                await new Promise(requestAnimationFrame);
            return Math.max(performance.getEntriesByType('navigation')[0].loadEventEnd, painted().startTime);
            """
        )
        self.report("loaded in", loaded, "ms")
        self.assertLessEqual(loaded, self.load_limit)

    def test_a_step_is_drawn_in_time(self):
        self.open()
        count = len(self.story)
        places = [0, count // 4, count // 2, count * 3 // 4, max(0, count - 50)]
        works = []
        for place in places:
            works += self.work_of(
                """
                story.goTo(a[0]);
                await frame();
                for (let i = 0; i < 40 && story.at < story.steps; i++)
                    await measure(() => document.getElementById('forward').click());
                """,
                place,
                min(40, count - place),
            )
        p95 = percentile(works, 0.95)
        self.report("a step, 95th percentile", p95, "ms")
        self.assertLessEqual(p95, self.step_limit)

    def test_a_jump_is_drawn_in_time(self):
        self.open()
        steps = self.story.some_steps(20)
        # Back and forth, so that none is near the one before.
        order = [step for pair in zip(steps, reversed(steps)) for step in pair]
        works = self.work_of("for (const step of a[0]) await measure(() => story.goTo(step));", order, len(order))
        self.report("a jump, longest", max(works), "ms")
        self.assertLessEqual(max(works), JUMP)

    def work_of(self, script, argument, count):
        self.browser.run_async(MEASURE + script, argument)
        return self.browser.main_thread_work(count)
