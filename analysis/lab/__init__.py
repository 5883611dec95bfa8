"""The lab: an app in which a student predicts, tries, measures and defends a decision."""
