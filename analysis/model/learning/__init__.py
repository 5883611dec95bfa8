"""What really trained classifiers say of many noisy and few curated samples."""
