"""The model of the pipeline: calibrated on a bundle, it predicts any configuration."""
