"""Retrieval and cluster metrics of random labelled vectors, by scikit-learn, for tests/golden/eval.json.

Run with: scikit-learn 1.9.1, numpy 2.4 (any recent ones give the same to 1e-6).
    python scripts/golden/eval.py tests/golden/eval.json
Vectors are rounded to 3 decimals and then used as they are on both sides (not of length 1: scores are plain inner products;
silhouettes are of their unit rows). Tolerance: 1e-6 (the scores are float32 sums here, float64 there).
"""
import json
import sys

import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import (adjusted_mutual_info_score, average_precision_score, label_ranking_average_precision_score,
                             ndcg_score, silhouette_samples)

rng = np.random.default_rng(5)
DIM, LABELS = 6, 4
centres = rng.normal(size=(LABELS, DIM))


def rows(n):
    """n vectors around the centres; one to three labels each, the first is the centre's; a group and a source."""
    labels = [sorted({int(first), *map(int, rng.integers(LABELS, size=rng.integers(3)))})
              for first in rng.integers(LABELS, size=n)]
    vectors = np.array([centres[own].mean(axis=0) for own in labels]) + rng.normal(size=(n, DIM))
    return dict(vectors=vectors.round(3), labels=labels, within=rng.integers(3, size=n), sources=rng.integers(8, size=n))


def metrics(queries, gallery, allowed):
    """One column per metric, one value per query that has something to find; `query` says which."""
    columns = {}
    relevance, similarity = [], queries["vectors"] @ gallery["vectors"].T
    for q, own in enumerate(queries["labels"]):
        candidates = np.flatnonzero(allowed[q])
        gains = np.array([len({*own} & {*gallery["labels"][g]}) / len({*own} | {*gallery["labels"][g]})
                          for g in candidates])
        relevant, scores = gains > 0, similarity[q][candidates]
        if not relevant.any():
            continue
        relevance.append(relevant)
        ranked = relevant[np.argsort(-scores)]
        values = dict(query=q, map=average_precision_score(relevant, scores), mrr=1 / (1 + int(np.argmax(ranked))),
                      ndcg=ndcg_score([gains], [scores]), chance_precision=relevant.mean())
        values |= {f"recall_at_{k}": float(ranked[:k].any()) for k in (1, 5, 10)}
        values |= {f"precision_at_{k}": ranked[:k].mean() for k in (5, 10, 20, 50)}
        for name, value in values.items():
            columns.setdefault(name, []).append(round(float(value), 9) if name != "query" else value)
    if allowed.all():  # scikit-learn's own name for the mean average precision of multi-label relevance
        columns["label_ranking"] = label_ranking_average_precision_score(np.array(relevance), similarity[columns["query"]])
    return columns


queries, gallery = rows(20), rows(60)
queries["labels"][0] = [LABELS]  # finds nothing: left out
everything = np.ones((20, 60), dtype=bool)
same_group = queries["within"][:, None] == gallery["within"]
other_source = queries["sources"][:, None] != gallery["sources"]

single = np.array([own[0] for own in gallery["labels"]])
unit = gallery["vectors"] / np.linalg.norm(gallery["vectors"], axis=1, keepdims=True)
blobs = (rng.normal(size=(5, DIM))[rng.integers(5, size=80)] * 2 + rng.normal(size=(80, DIM))).round(3)
partitions = [(rng.integers(a, size=n), rng.integers(b, size=n)) for a, b, n in ((3, 3, 20), (10, 2, 50), (1, 4, 12))]
noisy = rng.integers(6, size=120)
partitions.append((noisy, np.where(rng.random(120) < 0.7, noisy, rng.integers(6, size=120))))
partitions.append((np.arange(9), np.arange(9) // 3))

golden = dict(
    queries=queries, gallery=gallery,
    plain=metrics(queries, gallery, everything),
    within=metrics(queries, gallery, same_group),
    within_other_source=metrics(queries, gallery, same_group & other_source),
    single_labels=single, silhouettes=silhouette_samples(unit, single, metric="cosine").round(9),
    ami=[dict(a=a, b=b, value=adjusted_mutual_info_score(a, b)) for a, b in partitions],
    blobs=blobs, inertia=KMeans(5, n_init=50, random_state=0).fit(blobs).inertia_,
)
with open(sys.argv[1], "w") as out:
    json.dump(golden, out, default=lambda array: array.tolist(), separators=(",", ":"))
    out.write("\n")
