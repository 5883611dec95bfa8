"""The whole way of a batch: storage, decode, transform, DataLoader, device; measured together."""
