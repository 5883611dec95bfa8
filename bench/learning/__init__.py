"""Small classifiers, really trained: on how many samples, how wrong, how many of them kept."""
