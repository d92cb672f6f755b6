"""The networks: backbones, heads, what their output means, and their weight files.

`grid` (encoding and decoding) and `spec` need numpy only; the rest needs torch and is imported
where it is used.
"""
