"""Writes the golden safetensors files with the reference implementation: pip install safetensors==0.4.5, then run this.

Each NAME.safetensors has a twin NAME.json with the content that a reader must find.
"""

import json
import struct
from pathlib import Path

import safetensors

HERE = Path(__file__).parent
FORMATS = {"F64": "d", "F32": "f", "I64": "q", "I32": "i", "U8": "B", "BOOL": "?"}
NAMES = {"F64": "float64", "F32": "float32", "I64": "int64", "I32": "int32", "U8": "uint8", "BOOL": "bool"}

FILES = {
    "one-matrix": ({"weight": ("F32", [2, 3], [0.0, 1.0, -2.5, 3.25, 1e-30, 3e38])}, None),
    "all-types": (
        {
            "a.double": ("F64", [2], [0.1, -1e300]),
            "b.float": ("F32", [1, 2], [0.5, -0.5]),
            "c.long": ("I64", [2], [-(2**63), 2**63 - 1]),
            "d.int": ("I32", [3], [-1, 0, 2**31 - 1]),
            "e.byte": ("U8", [3], [0, 127, 255]),
            "f.flag": ("BOOL", [2], [True, False]),
        },
        {"contract_hash": "ab12", "model_id": "tft_20261123_101500"},
    ),
    "scalar-and-empty": ({"scalar": ("F32", [], [42.0]), "empty": ("F32", [0, 4], [])}, {"note": "caf\u00e9 \"quoted\""}),
    "no-tensors": ({}, {"only": "metadata"}),
}

for name, (tensors, metadata) in FILES.items():
    stored = {
        key: {"dtype": NAMES[dtype], "shape": shape, "data": struct.pack(f"<{len(values)}{FORMATS[dtype]}", *values)}
        for key, (dtype, shape, values) in tensors.items()
    }
    (HERE / f"{name}.safetensors").write_bytes(safetensors.serialize(stored, metadata))
    expected = {
        "metadata": metadata or {},
        "tensors": {
            key: {"dtype": dtype, "shape": shape, "values": [str(v) if dtype == "I64" else v for v in values]}
            for key, (dtype, shape, values) in tensors.items()
        },
    }
    (HERE / f"{name}.json").write_text(json.dumps(expected, indent=2) + "\n")
