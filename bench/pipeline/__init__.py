"""The pipeline of batches as a whole: storage, decode, transform, DataLoader, accelerator."""
