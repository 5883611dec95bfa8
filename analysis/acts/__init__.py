"""The lab's acts: pure functions from a machine and facts to outcomes."""
