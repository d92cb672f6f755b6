"""How fast it is, on what, and what bounds it; `grasp-detector bench` and benchmarks/ measure."""
