"""Speed and memory, ours beside a tuned twin and a peer, in one run: CPU seconds, ratios, bytes and
counts.

`python -m bench` runs everything, `python -m bench people methods` a part. Each part is a module
with `rows()`, a list of `{name, unit, ours, twin, peer, peer_name, ratio, limit, ok}`; the whole
goes to build/bench.json. Wall time is never judged: machines are shared.
"""
