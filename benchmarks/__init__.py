"""Measures: how well questions are understood (quality), how fast (speed), where thresholds come from (calibrate)."""
