# SPDX-License-Identifier: GPL-2.0-only
"""The data in a story's page, read without a browser: docs/json-recording.md, and the plan of the command."""
import json
import re
from pathlib import Path

READY, DISABLED, RED, POSTED = 1, 2, 4, 8


class Story:
    def __init__(self, path):
        self.path = Path(path)
        self.name = self.path.stem
        html = self.path.read_text(encoding="utf-8")
        block = re.search(r'<script type="application/json" id="story">(.*?)</script>', html, re.DOTALL)
        if not block:
            raise AssertionError(f"{path} has no data")
        data = json.loads(block[1])
        self.recording, self.plan = data["recording"], data["plan"]
        self.steps = self.recording["steps"]
        self.kinds = [(name.removeprefix("myepoll_"), fields) for name, fields in self.recording["kinds"]]

    def __len__(self):
        return len(self.steps)

    def kind(self, step):
        return self.kinds[self.steps[step][4]][0]

    def field(self, step, name):
        return self.steps[step][6 + self.kinds[self.steps[step][4]][1].index(name)]

    def steps_of(self, *kinds):
        return [step for step in range(len(self)) if self.kind(step) in kinds]

    def agreeing_pages(self):
        """(steps applied, page) for each page that the command has found equal to the replayed state."""
        return [(at, self.recording["snapshots"][page]) for page, at, base, agrees in self.plan["pages"] if agrees]

    def some_steps(self, most):
        """Numbers of steps as people count, 1 to len(self): all of them, or some from everywhere."""
        count = len(self)
        if count <= most:
            return list(range(1, count + 1))
        return sorted({1 + i * (count - 1) // (most - 1) for i in range(most)})
