"""Measures what measuring recall costs, whom it disturbs, and what it finds of indexes that have been outgrown.

usage: bench_recall.py SERVER_FILE BINARIES ROWS VHECFSCK

VHECFSCK is another program that measures recall.
"""

import sys

import bench_recall_growth
import bench_recall_pass
import bench_recall_searches
import bench_recall_what_if
from bench_server import Server


def main():
    server, binaries, rows, vhecfsck = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    bench_recall_pass.measure(server, binaries, rows)
    bench_recall_pass.compare(server, binaries, rows, vhecfsck)
    bench_recall_searches.measure(server, binaries, rows)
    bench_recall_what_if.measure(server, binaries, rows)
    bench_recall_growth.measure(server, binaries, rows)


if __name__ == "__main__":
    main()
