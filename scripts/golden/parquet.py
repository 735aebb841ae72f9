"""Writes tests/golden/parquet/: one small table as several writers write it, and files that are refused.

    python -m venv /tmp/venv && /tmp/venv/bin/pip install pyarrow==26.0.1 duckdb==2.0.1
    /tmp/venv/bin/python scripts/golden/parquet.py

table.json has the names of the table's flat columns and its rows as the reader gives them: text or null.
"""
import base64
import datetime
import decimal
import json
import math
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

OUT = Path(__file__).parents[2] / "tests" / "golden" / "parquet"
ROWS = 40


def nulls(values, every):
    return [None if i % every == 2 else value for i, value in enumerate(values)]


def table():
    n = range(ROWS)
    floats = [0.1 * i for i in n]
    floats[3:7] = [math.inf, -0.0, 1e300, 5e-324]
    columns = {
        "url": (pa.string(), [f"https://a.example/looks/{i // 10}/{i}.jpg" for i in n]),
        "style": (pa.string(), nulls([["Retro", "Chic", "", "café"][i % 4] for i in n], 5)),
        "width": (pa.int32(), [600 + i * i * (-1) ** i for i in n]),
        "big": (pa.int64(), nulls([[2**63 - 1, -(2**63), 0, i][i % 4] for i in n], 7)),
        "small": (pa.uint8(), [255 - i for i in n]),
        "unsigned": (pa.uint64(), [2**64 - 1 - i for i in n]),
        "price": (pa.float64(), floats),
        "ratio": (pa.float32(), nulls([i / 3 for i in n], 3)),
        "sold": (pa.bool_(), nulls([i % 3 == 0 for i in n], 4)),
        "code": (pa.binary(3), [f"k{i:02}".encode() for i in n]),
        "nothing": (pa.null(), [None] * ROWS),
    }
    fields = [pa.field(name, kind, nullable=None in values) for name, (kind, values) in columns.items()]
    flat = pa.table([pa.array(values, kind) for kind, values in columns.values()], schema=pa.schema(fields))
    nested = {
        "tags": pa.array([["a", "b"][: i % 3] for i in n], pa.list_(pa.string())),
        "info": pa.array([{"w": i, "h": None} for i in n], pa.struct([("w", pa.int32()), ("h", pa.string())])),
    }
    whole = flat
    for at, (name, values) in zip((1, 6), nested.items()):  # amid the flat ones: their chunks are counted, too
        whole = whole.add_column(at, name, values)
    return flat, whole


def text(value, kind):
    if value is None:
        return None
    if pa.types.is_boolean(kind):
        return "true" if value else "false"
    if pa.types.is_float32(kind):
        return shortest_float32(value)
    if pa.types.is_float64(kind):
        return shortest(repr(value))
    return value.decode() if isinstance(value, bytes) else str(value)


def shortest(digits):  # as std::to_chars: fewest characters
    if digits.endswith(".0"):
        digits = digits[:-2]
    return digits


def shortest_float32(value):
    import numpy

    return shortest(str(numpy.float32(value)))


def write(name, data, **options):
    pq.write_table(data, OUT / name, **{"row_group_size": 25, "write_batch_size": 4, "data_page_size": 64,
                                        "write_statistics": False, "store_schema": False} | options)


def main():
    OUT.mkdir(exist_ok=True)
    flat, whole = table()
    rows = [[text(value, field.type) for value, field in zip(row.values(), flat.schema)] for row in flat.to_pylist()]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (OUT / "table.json").write_text(f'{{"columns": {json.dumps(flat.schema.names)},\n"rows": [\n{lines}\n]}}\n')

    write("snappy.parquet", whole, compression="snappy", data_page_version="2.0")
    delta = {"url": "DELTA_BYTE_ARRAY", "style": "DELTA_LENGTH_BYTE_ARRAY", "code": "DELTA_BYTE_ARRAY", "sold": "RLE"}
    delta |= {name: "DELTA_BINARY_PACKED" for name in ("width", "big", "small", "unsigned")}
    write("delta.parquet", flat, use_dictionary=False, column_encoding=delta, compression="none", version="2.6")
    write("checksums.parquet", whole.slice(0, 10), write_page_checksum=True, compression="none")
    write("statistics.parquet", whole, write_statistics=True, write_page_index=True, store_schema=True,
          sorting_columns=[pq.SortingColumn(0)])
    write("empty.parquet", whole.slice(0, 0))
    duckdb.sql(f"copy (select * exclude (nothing) from flat) to '{OUT / 'duckdb.parquet'}' (format parquet, row_group_size 2048)")

    when = datetime.datetime(2026, 11, 29, 12)
    refused = pa.table({
        "url": ["https://a.example/1.jpg"],
        "when": pa.array([when], pa.timestamp("ns")),
        "day": pa.array([when.date()], pa.date32()),
        "price": pa.array([decimal.Decimal("1.25")], pa.decimal128(9, 2)),
        "half": pa.array([1.5], pa.float16()),
        "picture": pa.array([b"\xff\xd8\xff"], pa.binary()),
        "tags": pa.array([["a"]], pa.list_(pa.string())),
    })
    write("refused.parquet", refused, use_deprecated_int96_timestamps=True)

    class Keys(pe.KmsClient):
        def wrap_key(self, key, _):
            return base64.b64encode(key)

        def unwrap_key(self, key, _):
            return base64.b64decode(key)

    factory = pe.CryptoFactory(lambda _: Keys())
    for plaintext in (False, True):
        config = pe.EncryptionConfiguration(footer_key="k", column_keys={"k": ["url"]}, plaintext_footer=plaintext)
        properties = factory.file_encryption_properties(pe.KmsConnectionConfig(), config)
        name = OUT / f"encrypted_{'columns' if plaintext else 'whole'}.parquet"
        with pq.ParquetWriter(name, refused.select(["url"]).schema, encryption_properties=properties) as writer:
            writer.write_table(refused.select(["url"]))


main()
