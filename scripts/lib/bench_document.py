"""Writes the document of the benchmarks: what was measured, and the text that explains it.

usage: bench_document.py FILE FOLDER

FOLDER has a file for each table that was measured, under the table's name. Tables that it has no file for stay as FILE has
them; those that neither has are left out.
"""

import os
import re
import sys

import bench_server

INTRODUCTION = """# Benchmarks

What does vecsteward cost, and what do the same tasks cost without it? This page answers for polls, index builds, writers
during a rebuild, and a daemon at rest. It also shows what filters do to searches, and what brings their rows back, and what it
takes to measure the recall of an index.

`scripts/bench --markdown docs/benchmarks.md` measures all of it and writes this page; with `--only polling`, `searches`, `filtered`,
`recall`, `builds`, `writers`, `rest` or `predictions` it measures one part and leaves the other numbers as they are. Parts that have
not been measured yet are not here. Nearly each part has bounds. The tables say whether the measurement kept them, and a bound that was
missed stays in the table. Nothing else ran on the machine, unless the part says so."""

# For each table: its title, what to know before it, and what it shows.
SECTIONS = {
    "polling": (
        "Polling",
        "How long does one poll of a database take, compared with reading the bare catalog and with the vecs client?",
        """The daemon repeats the poll on its open connection. The first poll of a connection fills the caches of its server process;
so does each `--dry-run`.""",
    ),
    "searches": (
        "Reading searches",
        "What does it add to a poll to read how the collections are searched?",
        """pg_stat_statements keeps 5,000 statements as shipped. That all of them are searches, each of another collection, is the worst
case. A poll reads the counters of all statements in one round trip, and fetches and parses only the texts that are new. One poll
spends 5 s on texts at most, and the next one goes on from there. Whoever wants to know the searches has to read the counters, so
the bound is on a floor that reads them too.

Of the time for a new text, three quarters go into reading its parse tree, and most of the rest into reading the JSON that the
tree comes as.""",
    ),
    "filtered": (
        "Searches with a filter",
        """How many rows do searches with a filter get from an approximate index, before and after each remedy of the
[rule `filtered`](rules.md), and does that rule speak exactly where rows are missing?""",
        """Which rows match has nothing to do with which are near, and all searches are for one value. The index gives its nearest
rows, 40 from HNSW and the 200 or so of one list from IVFFlat, and the filter drops those that do not match.

- Iterative scan gives back all rows in every case. It takes longer the fewer rows match. With IVFFlat it ends as soon as there
  are enough rows, so it does not find nearer ones in other lists: that is what more probes are for.
- A B-tree index helps where the planner takes it, which is where few rows match. Elsewhere the vector index stays cheaper, rows
  stay missing, and the rule goes on to say so.
- A partial index and a partition give back all rows, and are the fastest.
- Where hardly any row matches, the planner does without the vector index of its own accord. No row is missing there, and the rule
  is silent.""",
    ),
    "recall": (
        "Measuring recall",
        """What does it cost to [measure what an index finds](report.md#the-recall-of-an-index), what do searches notice of it, and what
does it find of an index whose collection has grown?""",
        """The exact searches are those that say which rows are really nearest if vecsteward does not: one after the other, with the
parallel workers that the server takes as shipped. The pass finds the same rows. The time that the server gives it is that of its `COPY`.
All of the command is a poll, the searches through the index and the pass; the program compares on all processors but one.

vhecfsck draws its own stored vectors, so the two figures differ by chance. It asks for ten rows and drops the vector that it searches
for, so it finds nine of ten at most.

What the pass computes and a build finds differ by chance too: pgvector begins with other centres in each build. The light check
compares with ten times the effort, which misses rows as well, so its figure is too high; it reads no table.

In the last table new rows are of the same kind as the old ones or of other topics. The interval is for searches like all rows.
Searches like the newest rows are for vectors that no row has. Rebuilt means by `vecsteward rebuild`, with the
[lists](configuration.md#indexes) of vecs' formula for the rows of that time, or with those that keep the recall that was measured
before; the seconds are from queue to swap. The last column has what the rule `recall` says after its own measurement, or `-`.""",
    ),
    "builds": (
        "Index builds",
        "How long does an index build take: by the vecs client, by hand, and by vecsteward?",
        """How much time vecsteward saves depends on the vectors. Once the graph no longer fits the memory of the default settings, a
build examines more vectors the less structure they have. Without any structure vecsteward just reaches the bound of 7; a run on
another day came to 6.4. One process with enough memory takes 15 s for such a build, and two processors can at best halve that. With
structure the factor is smaller, because vecs itself takes less time.

Beside its statement, a job polls, checks the new index, swaps it in and records the result. That takes two to four hundredths of a
second. An IVFFlat build on 20,000 rows fits the default 64 MB with the 30 lists of vecs, and does not fit it with 100 lists.""",
    ),
    "writers": (
        "Writers during a rebuild",
        "How long do the upserts of a vecs client stall while something rebuilds the index of their collection?",
        """On two processors an HNSW build slows writers down as much as any two busy processes do; no writer waits for a lock. An
IVFFlat build leaves one processor to the writers. Their longest stall comes when vecsteward drops the old index: while the server
removes a file of 160 MB, commits wait for the disk. vecsteward misses the bound of twice the stall without a rebuild, and so does
`REINDEX`.""",
    ),
    "rest": (
        "A daemon at rest",
        "What does a daemon take that has nothing to do?",
        "The column `most` is the peak during a poll. The daemon gives that memory back after the poll.",
    ),
    "predictions": (
        "Predictions",
        "How close do the predicted size and time of a build come to the actual ones?",
        "The formula predicts the first build of each index. The builds that vecsteward then records correct it.",
    ),
}

MEASURED = re.compile(r"<!-- measured: (\w+) -->\n(.*?)\n<!-- end -->", re.DOTALL)


def main():
    file, folder = sys.argv[1:]
    measured = {}
    if os.path.exists(file):
        with open(file) as document:
            measured = dict(MEASURED.findall(document.read()))
    for name in SECTIONS:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path) as tables:
                measured[name] = f"{tables.read().strip()}\n\nMeasured on: {bench_server.machine()}"
    parts = [INTRODUCTION]
    for name, (title, before, after) in SECTIONS.items():
        if name in measured:
            parts += [f"## {title}", before, f"<!-- measured: {name} -->\n{measured[name]}\n<!-- end -->", after]
    with open(file, "w") as document:
        document.write("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
