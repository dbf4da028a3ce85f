"""PHStatsMethods' standardised rates of a saved table, in its own environment: prints CPU seconds
and the first rates.

Run by `bench.methods_bench` as `python phstats_dsr.py TABLE.npz`; needs `pip install
PHStatsMethods==0.1.16`.
"""

import json
import sys
import time
import warnings

import numpy as np
import pandas as pd
from PHStatsMethods import ph_dsr

warnings.simplefilter("ignore")
given = np.load(sys.argv[1])
areas, bands = given["count"].shape
frame = pd.DataFrame(
    {
        "area": np.repeat(np.arange(areas), bands),
        "count": given["count"].ravel(),
        "pop": given["population"].ravel(),
        "standard": np.tile(given["standard"], areas),
    }
)
started = time.process_time()
found = ph_dsr(frame, "count", "pop", "standard", group_cols="area", euro_standard_pops=False)
print(
    json.dumps(
        {"seconds": time.process_time() - started, "value": found["Value"].head(50).tolist()}
    )
)
