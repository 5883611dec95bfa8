"""Codecs: what a sample is (payloads), how its bytes lie (layouts), how they are read (decoders).

Nothing here times anything, and nothing here imports another package of the project.
"""
