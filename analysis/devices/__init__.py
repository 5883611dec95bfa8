"""What was measured here, on another device: scaled by facts, with what each answer rests on."""
