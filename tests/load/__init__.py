"""Proofs under load: real processes, asked over HTTP by the load generator of the benchmarks."""
