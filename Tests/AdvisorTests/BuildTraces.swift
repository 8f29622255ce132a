import Advisor
import Testing

/// What `pg_stat_progress_create_index` said of real builds (PostgreSQL 16, pgvector 0.8.5, two processors that others used too).
struct BuildTrace: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var parameters: IndexDefinition.Parameters
    var shape: BuildShape
    var workers: Int
    var memoryBytes: Int64
    /// How long the statement took, in seconds.
    var seconds: Double
    /// Samples: the second, the letter of the phase, blocks done and total, tuples done and total.
    var text: String

    var samples: [BuildSample] {
        text.split(separator: ";").map { sample in
            let fields = sample.split(separator: " ", omittingEmptySubsequences: true)
            let counts = fields.dropFirst(2).map { Int64($0) ?? 0 }
            return BuildSample(
                phase: Self.phases[String(fields[1])] ?? "",
                blocks: .init(counts[0], of: counts[1]),
                tuples: .init(counts[2], of: counts[3]),
                seconds: Double(fields[0]) ?? 0
            )
        }
    }

    private static let phases = [
        "B": "initializing", "K": "building index: performing k-means", "A": "building index: assigning tuples",
        "L": "building index: loading tuples", "V": "waiting for writers before validation",
        "X": "index validation: scanning index", "S": "index validation: sorting tuples",
        "T": "index validation: scanning table", "O": "waiting for old snapshots",
    ]

    static let all = [
        BuildTrace(
            testDescription: "HNSW, 60,000 x 64 without structure",
            parameters: .hnsw(m: 16, efConstruction: 64),
            shape: BuildShape(type: .vector, dimensions: 64, rows: 60000),
            workers: 1,
            memoryBytes: 200000 << 10,
            seconds: 38.24,
            text: """
                0.01 L 0 0 0 0; 0.05 L 1 2234 51 0; 0.10 L 10 2234 292 0; 0.14 L 16 2234 442 0; \
                1.01 L 117 2234 3184 0; 1.89 L 204 2234 5543 0; 2.77 L 287 2234 7790 0; 3.63 L 363 2234 9835 0; \
                4.51 L 433 2234 11672 0; 5.37 L 499 2234 13492 0; 6.23 L 559 2234 15079 0; \
                7.10 L 615 2234 16638 0; 7.96 L 674 2234 18186 0; 8.83 L 736 2234 19869 0; \
                9.69 L 793 2234 21424 0; 10.58 L 843 2234 22786 0; 11.45 L 893 2234 24155 0; \
                12.33 L 936 2234 25287 0; 13.20 L 981 2234 26510 0; 14.07 L 1033 2234 27890 0; \
                14.94 L 1076 2234 29043 0; 15.81 L 1127 2234 30466 0; 16.69 L 1180 2234 31876 0; \
                17.57 L 1230 2234 33213 0; 18.44 L 1270 2234 34336 0; 19.30 L 1312 2234 35455 0; \
                20.16 L 1356 2234 36624 0; 21.03 L 1405 2234 37956 0; 21.91 L 1453 2234 39229 0; \
                22.78 L 1500 2234 40497 0; 23.65 L 1544 2234 41700 0; 24.51 L 1584 2234 42792 0; \
                25.39 L 1630 2234 44013 0; 26.25 L 1675 2234 45271 0; 27.11 L 1723 2234 46513 0; \
                27.98 L 1765 2234 47646 0; 28.84 L 1807 2234 48802 0; 29.71 L 1847 2234 49909 0; \
                30.57 L 1888 2234 51002 0; 31.46 L 1933 2234 52202 0; 32.34 L 1970 2234 53228 0; \
                33.20 L 2012 2234 54339 0; 34.06 L 2050 2234 55352 0; 34.95 L 2085 2234 56322 0; \
                35.83 L 2122 2234 57305 0; 36.70 L 2164 2234 58449 0; 37.57 L 2208 2234 59623 0; \
                38.13 X 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "HNSW, 10,000 x 1,536, whose table has few blocks",
            parameters: .hnsw(m: 16, efConstruction: 64),
            shape: BuildShape(type: .vector, dimensions: 1536, rows: 10000),
            workers: 1,
            memoryBytes: 200000 << 10,
            seconds: 9.00,
            text: """
                0.02 L 0 0 0 0; 0.06 L 0 0 0 0; 0.11 L 64 64 113 0; 0.15 L 64 64 214 0; 0.37 L 2 64 595 0; \
                0.59 L 5 64 909 0; 0.80 L 7 64 1161 0; 1.02 L 8 64 1386 0; 1.23 L 8 64 1545 0; \
                1.46 L 10 64 1788 0; 1.69 L 13 64 2031 0; 1.90 L 13 64 2232 0; 2.14 L 15 64 2461 0; \
                2.35 L 17 64 2660 0; 2.56 L 17 64 2884 0; 2.78 L 20 64 3124 0; 3.00 L 22 64 3351 0; \
                3.21 L 22 64 3573 0; 3.43 L 24 64 3788 0; 3.65 L 24 64 3999 0; 3.86 L 26 64 4206 0; \
                4.08 L 28 64 4440 0; 4.29 L 28 64 4666 0; 4.52 L 30 64 4871 0; 4.73 L 32 64 5080 0; \
                4.95 L 34 64 5297 0; 5.16 L 36 64 5570 0; 5.38 L 36 64 5815 0; 5.60 L 38 64 6061 0; \
                5.81 L 40 64 6319 0; 6.04 L 40 64 6533 0; 6.26 L 42 64 6811 0; 6.47 L 44 64 7055 0; \
                6.69 L 46 64 7356 0; 6.91 L 49 64 7637 0; 7.13 L 49 64 7947 0; 7.35 L 52 64 8233 0; \
                7.56 L 54 64 8531 0; 7.78 L 55 64 8808 0; 7.99 L 57 64 9114 0; 8.21 L 59 64 9384 0; \
                8.42 L 61 64 9676 0; 8.64 L 63 64 9971 0; 8.86 L 64 64 10000 0; 8.94 X 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "HNSW, 20,000 x 256, a third of which fits the memory",
            parameters: .hnsw(m: 16, efConstruction: 64),
            shape: BuildShape(type: .vector, dimensions: 256, rows: 20000),
            workers: 0,
            memoryBytes: 12000 << 10,
            seconds: 35.50,
            text: """
                0.03 L 9 2880 69 0; 0.09 L 15 2880 105 0; 0.14 L 19 2880 134 0; 0.19 L 21 2880 149 0; \
                1.02 L 133 2880 932 0; 1.83 L 227 2880 1595 0; 2.65 L 281 2880 1968 0; 3.45 L 338 2880 2371 0; \
                4.24 L 387 2880 2711 0; 5.05 L 437 2880 3061 0; 5.88 L 493 2880 3455 0; 6.71 L 548 2880 3838 0; \
                7.52 L 589 2880 4123 0; 8.33 L 639 2880 4476 0; 9.15 L 684 2880 4789 0; 9.97 L 747 2880 5235 0; \
                10.80 L 808 2880 5656 0; 11.61 L 853 2880 5973 0; 12.43 L 889 2880 6224 0; \
                13.22 L 928 2880 6499 0; 14.04 L 950 2880 6654 0; 14.85 L 965 2880 6755 0; \
                15.66 L 976 2880 6833 0; 16.46 L 984 2880 6893 0; 17.26 L 1012 2880 7088 0; \
                18.06 L 1066 2880 7463 0; 18.87 L 1112 2880 7784 0; 19.66 L 1152 2880 8070 0; \
                20.46 L 1188 2880 8318 0; 21.25 L 1240 2880 8680 0; 22.06 L 1314 2880 9204 0; \
                22.86 L 1405 2880 9839 0; 23.66 L 1497 2880 10482 0; 24.47 L 1584 2880 11091 0; \
                25.28 L 1679 2880 11755 0; 26.08 L 1769 2880 12389 0; 26.89 L 1864 2880 13054 0; \
                27.69 L 1966 2880 13764 0; 28.50 L 2066 2880 14468 0; 29.31 L 2163 2880 15143 0; \
                30.11 L 2253 2880 15772 0; 30.92 L 2344 2880 16409 0; 31.74 L 2440 2880 17080 0; \
                32.54 L 2538 2880 17772 0; 33.35 L 2628 2880 18401 0; 34.16 L 2723 2880 19067 0; \
                34.98 L 2806 2880 19646 0; 35.45 X 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "IVFFlat, 200,000 x 64 with clusters, 300 lists",
            parameters: .ivfflat(lists: 300),
            shape: BuildShape(type: .vector, dimensions: 64, rows: 200000),
            workers: 0,
            memoryBytes: 200000 << 10,
            seconds: 3.08,
            text: """
                0.01 K 0 0 0 0; 0.06 K 0 0 0 0; 0.10 K 0 0 0 0; 0.14 K 0 0 0 0; 0.23 K 0 0 0 0; 0.32 K 0 0 0 0; \
                0.40 K 0 0 0 0; 0.49 K 0 0 0 0; 0.57 K 0 0 0 0; 0.66 K 0 0 0 0; 0.75 A 41 7419 0 0; \
                0.83 A 466 7419 0 0; 0.91 A 864 7419 0 0; 1.00 A 1283 7419 0 0; 1.08 A 1641 7419 0 0; \
                1.17 A 2017 7419 0 0; 1.25 A 2376 7419 0 0; 1.34 A 2758 7419 0 0; 1.43 A 3163 7419 0 0; \
                1.51 A 3560 7419 0 0; 1.59 A 3929 7419 0 0; 1.68 A 4334 7419 0 0; 1.76 A 4677 7419 0 0; \
                1.85 A 4960 7419 0 0; 1.94 A 5202 7419 0 0; 2.02 A 5479 7419 0 0; 2.10 A 5736 7419 0 0; \
                2.19 A 5969 7419 0 0; 2.28 A 6215 7419 0 0; 2.36 A 6495 7419 0 0; 2.44 A 6759 7419 0 0; \
                2.53 A 7071 7419 0 0; 2.62 A 7376 7419 0 0; 2.66 L 7419 7419 10950 200000; \
                2.75 L 7419 7419 56610 200000; 2.83 L 7419 7419 120925 200000; 2.92 L 7419 7419 169586 200000; \
                3.00 X 0 0 0 0; 3.04 S 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "IVFFlat, 20,000 x 1,536, 100 lists",
            parameters: .ivfflat(lists: 100),
            shape: BuildShape(type: .vector, dimensions: 1536, rows: 20000),
            workers: 0,
            memoryBytes: 400000 << 10,
            seconds: 3.66,
            text: """
                0.01 K 0 0 0 0; 0.06 K 0 0 0 0; 0.10 K 0 0 0 0; 0.14 K 0 0 0 0; 0.23 K 0 0 0 0; 0.31 K 0 0 0 0; \
                0.39 K 0 0 0 0; 0.48 K 0 0 0 0; 0.56 K 0 0 0 0; 0.65 K 0 0 0 0; 0.73 K 0 0 0 0; 0.81 K 0 0 0 0; \
                0.90 K 0 0 0 0; 0.98 K 0 0 0 0; 1.07 K 0 0 0 0; 1.15 K 0 0 0 0; 1.24 K 0 0 0 0; 1.33 K 0 0 0 0; \
                1.41 K 0 0 0 0; 1.50 A 128 128 0 0; 1.58 A 6 128 0 0; 1.67 A 14 128 0 0; 1.75 A 21 128 0 0; \
                1.84 A 29 128 0 0; 1.93 A 38 128 0 0; 2.01 A 47 128 0 0; 2.10 A 52 128 0 0; 2.18 A 65 128 0 0; \
                2.27 A 74 128 0 0; 2.36 A 80 128 0 0; 2.45 A 93 128 0 0; 2.54 A 98 128 0 0; 2.62 A 107 128 0 0; \
                2.71 A 115 128 0 0; 2.79 A 127 128 0 0; 2.83 L 128 128 1526 20000; 2.92 L 128 128 3922 20000; \
                3.00 L 128 128 6646 20000; 3.09 L 128 128 9236 20000; 3.17 L 128 128 11863 20000; \
                3.26 L 128 128 12502 20000; 3.34 L 128 128 14216 20000; 3.43 L 128 128 16002 20000; \
                3.51 L 128 128 17698 20000; 3.59 L 128 128 20000 20000; 3.63 X 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "IVFFlat, 60,000 x 256 without structure, 300 lists",
            parameters: .ivfflat(lists: 300),
            shape: BuildShape(type: .vector, dimensions: 256, rows: 60000),
            workers: 0,
            memoryBytes: 200000 << 10,
            seconds: 3.65,
            text: """
                0.01 K 0 0 0 0; 0.06 K 0 0 0 0; 0.10 K 0 0 0 0; 0.14 K 0 0 0 0; 0.22 K 0 0 0 0; 0.31 K 0 0 0 0; \
                0.39 K 0 0 0 0; 0.47 K 0 0 0 0; 0.56 K 0 0 0 0; 0.65 K 0 0 0 0; 0.73 K 0 0 0 0; 0.82 K 0 0 0 0; \
                0.91 K 0 0 0 0; 0.99 K 0 0 0 0; 1.08 K 0 0 0 0; 1.17 K 0 0 0 0; 1.25 K 0 0 0 0; 1.33 K 0 0 0 0; \
                1.43 K 0 0 0 0; 1.51 K 0 0 0 0; 1.60 K 0 0 0 0; 1.68 K 0 0 0 0; 1.77 K 0 0 0 0; 1.85 K 0 0 0 0; \
                1.94 K 0 0 0 0; 2.02 K 0 0 0 0; 2.11 A 308 8576 0 0; 2.19 A 942 8576 0 0; 2.28 A 1538 8576 0 0; \
                2.36 A 2177 8576 0 0; 2.44 A 2651 8576 0 0; 2.53 A 3316 8576 0 0; 2.61 A 3952 8576 0 0; \
                2.69 A 4602 8576 0 0; 2.78 A 5255 8576 0 0; 2.86 A 5711 8576 0 0; 2.94 A 6270 8576 0 0; \
                3.03 A 6810 8576 0 0; 3.12 A 7366 8576 0 0; 3.20 A 7954 8576 0 0; 3.29 A 8570 8576 0 0; \
                3.33 L 8576 8576 13673 60000; 3.41 L 8576 8576 31956 60000; 3.50 L 8576 8576 46705 60000; \
                3.58 L 8576 8576 57068 60000
                """
        ),
    ]
}
