#!/usr/bin/python3
"""hnswlib (Debian: apt-get install python3-hnswlib) on the vectors that `hnsw --dump DIR` wrote, one thread, same parameters.
Times are processor time, as the benchmark's rates are.

Usage: hnswlib_peer.py DIR [THREADS_FOR_BUILD]
"""
import os
import sys
import time

import hnswlib
import numpy as np

folder = sys.argv[1]
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 1
dimensions, m, ef_construction = map(int, open(os.path.join(folder, "shape.txt")).read().split())
vectors = np.fromfile(os.path.join(folder, "vectors.f32"), np.float32).reshape(-1, dimensions)
queries = np.fromfile(os.path.join(folder, "queries.f32"), np.float32).reshape(-1, dimensions)
truth = np.fromfile(os.path.join(folder, "truth.i32"), np.int32).reshape(len(queries), -1)
k = truth.shape[1]

index = hnswlib.Index(space="ip", dim=dimensions)
index.init_index(max_elements=len(vectors), ef_construction=ef_construction, M=m, random_seed=1)
started = time.process_time()
index.add_items(vectors, np.arange(len(vectors)), num_threads=threads)
seconds = time.process_time() - started
path = os.path.join(folder, "hnswlib.bin")
index.save_index(path)
print(f"hnswlib build, {threads} threads: {seconds:.1f} s of processor; {os.path.getsize(path):,} bytes")
os.remove(path)
index.set_num_threads(1)
for ef in (10, 32, 64, 96, 128, 200, 400):
    index.set_ef(ef)
    best = 0.0
    for _ in range(3):
        started = time.process_time()
        found, _ = index.knn_query(queries, k=k)
        best = max(best, len(queries) / (time.process_time() - started))
    recall = np.mean([len(np.intersect1d(a, b)) / k for a, b in zip(found, truth)])
    print(f"hnswlib {ef:4d}   {recall:.4f}   {best:10.0f}")
