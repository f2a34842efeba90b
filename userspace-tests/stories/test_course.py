# SPDX-License-Identifier: GPL-2.0-only
"""The course still tells what happens: stations, sentences and pictures on the pages against a new recording."""
from functools import cached_property

import course
import way
from story_test import StoryTest
from test_words import defines

CHAPTERS = {(language, page): course.chapters(language, page) for language in course.FOLDERS for page in course.PAGES}
# What a reader fetches.
MOST_BYTES = 50_000


class Course(StoryTest):
    only = tuple(CHAPTERS["en", course.PAGES[0]])

    @cached_property
    def pages(self):
        self.addCleanup(self.browser.prefer)
        return course.Pages(self.browser)

    def told(self):
        """For each page that tells of this tour: the language, the page, the stations, the step of each."""
        places = self.pages.places(self.story)
        for (language, page), chapters in CHAPTERS.items():
            if stations := chapters.get(self.story.name):
                yield language, page, stations, course.find(self.story, places, stations)

    def test_has_the_stations_that_the_event_passes_in_this_order(self):
        self.assertTrue(list(self.told()))

    def test_has_the_same_stations_in_both_languages(self):
        for page in course.PAGES:
            english, chinese = (
                [str(station) for station in CHAPTERS[language, page].get(self.story.name, [])] for language in ("en", "zh")
            )
            self.assertEqual(english, chinese)

    def test_names_functions_that_exist_in_the_file_it_names(self):
        for chapters in CHAPTERS.values():
            for station in chapters.get(self.story.name, []):
                function, file = station.place.split("() module/")
                self.assertTrue(defines(file, function), station.place)

    def test_quotes_code_that_is_in_the_file_it_names(self):
        for language, page in CHAPTERS:
            for file, lines in course.quotations(language, page, self.story.name):
                source = iter([line.strip() for line in (course.DOCS.parent / "module" / file).read_text().splitlines()])
                for line in lines:
                    # In this order.
                    self.assertIn(line, source, f"{page} quotes {file}")

    def test_says_what_the_story_says(self):
        for language, page, stations, steps in self.told():
            for station, step, sentence in zip(stations, steps, self.pages.sentences(self.story, steps, language)):
                with self.subTest(language=language, page=page, step=step):
                    self.assertEqual(course.without_numbers(station.sentence), course.without_numbers(sentence))

    def test_shows_what_the_story_shows(self):
        for language, page, stations, steps in self.told():
            pictures = [(step, station.picture) for step, station in zip(steps, stations) if station.picture]
            self.assertTrue(pictures)
            for step, picture in pictures:
                kept = ((course.FOLDERS[language] / page).parent / picture).read_text(encoding="utf-8")
                with self.subTest(language=language, step=step, picture=picture):
                    self.assertEqual(course.labels(kept), course.labels(self.pages.picture(self.story, step, language)))

    def test_has_a_map_of_the_way_that_is_current(self):
        for language, page, _, steps in self.told():
            if page == way.PAGE:
                kept = (course.FOLDERS[language] / way.MAP).read_text(encoding="utf-8")
                self.assertEqual(kept, way.draw(language, self.story, steps))

    def test_has_a_recording_of_at_most_50_kB(self):
        recording = course.DOCS / "tour" / f"{self.story.name}.json.gz"
        self.assertLessEqual(recording.stat().st_size, MOST_BYTES)
