"""One page for every figure: where it is from, what each paper and build said of it, why it
moved."""
