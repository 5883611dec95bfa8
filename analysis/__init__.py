"""Explanation: from a bundle to estimates, verdicts and reports. It times nothing."""
