"""The package's own NUnit tests, run under mono."""

from __future__ import annotations

import re

import pytest

MIN_TESTS = 125  # fewer means that a fixture was not found, not that all is well

pytestmark = pytest.mark.timeout(600)


def test_every_nunit_test_passes(nunit):
    print(nunit.output)
    assert not nunit.failures, "\n\n".join(f"{k}\n{v}" for k, v in nunit.failures.items())
    assert len(nunit.passed) >= MIN_TESTS


@pytest.mark.parametrize(
    "name",
    [
        "CostTests.AFrameAllocatesNothing",
        "CostTests.AFrameIsReadWithinItsBudget",
        "FuzzTests.EveryTruncationIsSurvived",
        "FuzzTests.MutatedDatagramsNeverThrowAndMemoryDoesNotGrow",
        "NetTests.FramesArriveOverVersionFour",
    ],
)
def test_the_promises_were_really_tested(nunit, name):
    assert name in nunit.passed


def test_every_line_condition_was_simulated(nunit):
    assert len(re.findall(r"^line split=", nunit.output, re.MULTILINE)) == 7
