# SPDX-License-Identifier: GPL-2.0-only
"""A headless Chromium that says what a page asked for, complained about, and cost."""
import json
import tempfile
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

PATIENCE = 60


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {PATIENCE} s: {what}")
        time.sleep(0.01)
    return result


class Browser:
    def __init__(self, traced=False):
        """With traced, the browser traces itself all the time, for main_thread_work()."""
        self.downloads = tempfile.TemporaryDirectory()
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"download.default_directory": self.downloads.name})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        if traced:
            options.add_experimental_option(
                "perfLoggingPrefs", {"traceCategories": "devtools.timeline,blink.user_timing"}
            )
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(PATIENCE)
        self.show_at(1280, 720)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.driver.quit()
        self.downloads.cleanup()

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def show_at(self, width, height):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, **features):
        """prefer(color_scheme="dark", reduced_motion="reduce"): what the reader's system asks for."""
        named = [{"name": "prefers-" + name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.cdp("Emulation.setEmulatedMedia", features=named)

    def open(self, path, fragment=""):
        # From an empty page: a change of the fragment alone would load nothing.
        self.driver.get("about:blank")
        self.complaints()
        self.requests()
        self.driver.get(Path(path).resolve().as_uri() + fragment)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def run_async(self, script, *arguments):
        """Runs the body of an async function, and returns what it returns."""
        wrapped = """
            const arguments_ = [...arguments], done = arguments_.pop();
            (async (...a) => {%s})(...arguments_).then(value => done({value}), error => done({error: String(error.stack)}));
        """
        result = self.driver.execute_async_script(wrapped % script, *arguments)
        if "error" in result:
            raise AssertionError(result["error"])
        return result.get("value")

    def element(self, name):
        return self.driver.find_element(By.ID, name)

    def press(self, *keys):
        ActionChains(self.driver, duration=0).send_keys(*keys).perform()

    def screenshot(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.driver.save_screenshot(str(path))

    def complaints(self):
        """What was written to the console since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def _messages(self):
        for entry in self.driver.get_log("performance"):
            yield json.loads(entry["message"])["message"]

    def requests(self):
        """The addresses that were requested since the last call."""
        return [
            message["params"]["request"]["url"]
            for message in self._messages()
            if message["method"] == "Network.requestWillBeSent"
        ]

    def downloaded(self):
        """The file that the page has just saved."""
        def complete():
            # While it is being written it is hidden, or has another ending.
            files = [file for file in Path(self.downloads.name).glob("[!.]*") if file.suffix not in (".crdownload", ".tmp")]
            return files and files[0].stat().st_size and files[0]

        return wait_until(complete, "a download")

    def main_thread_work(self, count):
        """Milliseconds of script, style, layout and paint in each of the next count pairs of performance.mark("begin"),
        performance.mark("end") since the last call."""
        events = []

        # The driver collects a trace only with every other request for the log.
        def all_there():
            events.extend(m["params"] for m in self._messages() if m["method"] == "Tracing.dataCollected")
            return sum(event.get("name") == "end" for event in events) >= count

        wait_until(all_there, f"{count} marks in the trace")
        return work_between_marks(events)


def work_between_marks(events):
    """The time on the processor of the outermost slices of the thread that has set the marks."""
    marks = sorted((e["ts"], e["name"], e["pid"], e["tid"]) for e in events if e.get("name") in ("begin", "end"))
    thread = marks[0][2:]
    slices = sorted(
        (e["ts"], -e["dur"], e["name"], e.get("tdur", e["dur"]))
        for e in events
        if e.get("ph") == "X" and (e["pid"], e["tid"]) == thread and e.get("dur") and e["name"] != "RunTask"
    )
    outermost, covered = [], 0
    for start, negative, name, cost in slices:
        if start >= covered:
            outermost.append((start, cost))
            covered = start - negative
    works, begin, at = [], None, 0
    for time_, name, *_ in marks:
        if name == "begin":
            begin = time_
        elif begin is not None:
            while at < len(outermost) and outermost[at][0] < begin:
                at += 1
            work = 0
            while at < len(outermost) and outermost[at][0] < time_:
                work += outermost[at][1]
                at += 1
            works.append(work / 1000)
            begin = None
    return works
