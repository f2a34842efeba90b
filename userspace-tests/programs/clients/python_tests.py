# SPDX-License-Identifier: GPL-2.0-only
# Runs modules or single cases of Python's own tests; writes a line "CASE VERDICT" for each case.
#   python3 python_tests.py FILE NAME...
import sys
import unittest


class Verdicts(unittest.TestResult):
    def __init__(self, file):
        super().__init__()
        self.file = file
        self.partly_failed = set()

    def write(self, test, verdict):
        print(test.id(), verdict, file=self.file, flush=True)

    def addSuccess(self, test):
        self.write(test, "ok")

    def addSkip(self, test, reason):
        if test.id() not in self.partly_failed:
            self.write(test, "skipped")

    def addExpectedFailure(self, test, error):
        self.write(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self.write(test, "unexpected success")

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.write(test, "FAILED")

    def addError(self, test, error):
        super().addError(test, error)
        self.write(test, "ERROR")

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None and test.id() not in self.partly_failed:
            self.partly_failed.add(test.id())
            self.write(test, "FAILED")


with open(sys.argv[1], "w") as file:
    result = Verdicts(file)
    unittest.defaultTestLoader.loadTestsFromNames(sys.argv[2:]).run(result)
for test, trace in result.failures + result.errors:
    print(test.id(), trace, sep="\n")
