import Advisor
import Testing

/// What `pg_stat_progress_create_index` said of real builds (PostgreSQL 16, pgvector 0.8.5).
///
/// The clock is the processor time of the
/// process that built, so that what else the machine did does not count.
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

    var samples: [ProgressSample] {
        text.split(separator: ";").map { sample in
            let fields = sample.split(separator: " ", omittingEmptySubsequences: true)
            let counts = fields.dropFirst(2).map { Int64($0) ?? 0 }
            return ProgressSample(
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
            seconds: 25.25,
            text: """
                0.00 L 0 0 0 0; 0.03 L 0 0 0 0; 0.04 L 9 2234 236 0; 0.08 L 17 2234 447 0; \
                0.65 L 133 2234 3593 0; 1.23 L 222 2234 6019 0; 1.81 L 303 2234 8211 0; 2.39 L 375 2234 10156 0; \
                2.97 L 441 2234 11938 0; 3.55 L 500 2234 13538 0; 4.12 L 563 2234 15208 0; \
                4.69 L 617 2234 16654 0; 5.26 L 674 2234 18215 0; 5.84 L 730 2234 19717 0; \
                6.41 L 783 2234 21151 0; 6.99 L 835 2234 22555 0; 7.56 L 884 2234 23893 0; \
                8.13 L 936 2234 25268 0; 8.70 L 982 2234 26517 0; 9.28 L 1029 2234 27809 0; \
                9.86 L 1077 2234 29087 0; 10.44 L 1123 2234 30329 0; 11.03 L 1167 2234 31508 0; \
                11.60 L 1211 2234 32710 0; 12.19 L 1259 2234 34000 0; 12.77 L 1305 2234 35229 0; \
                13.35 L 1349 2234 36427 0; 13.94 L 1394 2234 37666 0; 14.51 L 1441 2234 38905 0; \
                15.08 L 1485 2234 40110 0; 15.66 L 1531 2234 41315 0; 16.23 L 1573 2234 42510 0; \
                16.82 L 1616 2234 43672 0; 17.39 L 1662 2234 44913 0; 17.96 L 1704 2234 46030 0; \
                18.53 L 1746 2234 47159 0; 19.11 L 1792 2234 48381 0; 19.68 L 1828 2234 49376 0; \
                20.25 L 1872 2234 50568 0; 20.83 L 1919 2234 51792 0; 21.41 L 1959 2234 52910 0; \
                21.99 L 2004 2234 54126 0; 22.56 L 2046 2234 55237 0; 23.14 L 2088 2234 56362 0; \
                23.71 L 2130 2234 57532 0; 24.28 L 2174 2234 58717 0; 24.86 L 2217 2234 59873 0; \
                25.15 X 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "HNSW, 10,000 x 1,536, whose table has few blocks",
            parameters: .hnsw(m: 16, efConstruction: 64),
            shape: BuildShape(type: .vector, dimensions: 1536, rows: 10000),
            workers: 1,
            memoryBytes: 200000 << 10,
            seconds: 6.83,
            text: """
                0.00 L 0 0 0 0; 0.03 L 64 64 0 0; 0.04 L 64 64 90 0; 0.04 L 64 64 107 0; 0.20 L 2 64 507 0; \
                0.36 L 4 64 822 0; 0.52 L 6 64 1139 0; 0.68 L 8 64 1396 0; 0.84 L 10 64 1664 0; \
                1.00 L 12 64 1837 0; 1.17 L 12 64 2041 0; 1.33 L 14 64 2265 0; 1.50 L 16 64 2490 0; \
                1.67 L 16 64 2682 0; 1.83 L 18 64 2894 0; 1.99 L 20 64 3131 0; 2.15 L 20 64 3349 0; \
                2.33 L 22 64 3464 0; 2.51 L 23 64 3627 0; 2.68 L 25 64 3869 0; 2.84 L 25 64 4094 0; \
                3.00 L 27 64 4331 0; 3.17 L 29 64 4573 0; 3.33 L 31 64 4782 0; 3.50 L 31 64 4969 0; \
                3.66 L 33 64 5199 0; 3.82 L 35 64 5439 0; 3.99 L 35 64 5694 0; 4.15 L 37 64 5927 0; \
                4.31 L 39 64 6194 0; 4.49 L 41 64 6471 0; 4.65 L 43 64 6753 0; 4.84 L 45 64 7010 0; \
                5.00 L 45 64 7267 0; 5.17 L 47 64 7537 0; 5.33 L 49 64 7817 0; 5.49 L 51 64 8103 0; \
                5.65 L 53 64 8371 0; 5.82 L 55 64 8689 0; 5.98 L 57 64 8952 0; 6.14 L 58 64 9237 0; \
                6.30 L 61 64 9686 0; 6.46 L 63 64 9944 0; 6.62 L 64 64 10000 0; 6.76 X 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "HNSW, 20,000 x 256, a third of which fits the memory",
            parameters: .hnsw(m: 16, efConstruction: 64),
            shape: BuildShape(type: .vector, dimensions: 256, rows: 20000),
            workers: 0,
            memoryBytes: 12000 << 10,
            seconds: 19.50,
            text: """
                0.00 L 7 2880 52 0; 0.03 L 20 2880 145 0; 0.06 L 30 2880 210 0; 0.07 L 41 2880 293 0; \
                0.52 L 216 2880 1514 0; 0.96 L 353 2880 2471 0; 1.41 L 482 2880 3377 0; 1.85 L 611 2880 4278 0; \
                2.30 L 730 2880 5110 0; 2.75 L 853 2880 5971 0; 3.19 L 955 2880 6689 0; 3.64 L 1000 2880 7000 0; \
                4.08 L 1045 2880 7318 0; 4.52 L 1090 2880 7632 0; 4.97 L 1137 2880 7965 0; \
                5.42 L 1184 2880 8292 0; 5.88 L 1235 2880 8646 0; 6.32 L 1282 2880 8978 0; \
                6.78 L 1330 2880 9314 0; 7.22 L 1379 2880 9658 0; 7.67 L 1429 2880 10004 0; \
                8.13 L 1481 2880 10373 0; 8.59 L 1533 2880 10734 0; 9.04 L 1585 2880 11099 0; \
                9.48 L 1635 2880 11449 0; 9.93 L 1688 2880 11819 0; 10.37 L 1740 2880 12182 0; \
                10.81 L 1791 2880 12538 0; 11.26 L 1844 2880 12909 0; 11.71 L 1899 2880 13294 0; \
                12.16 L 1954 2880 13678 0; 12.60 L 2007 2880 14054 0; 13.06 L 2061 2880 14433 0; \
                13.50 L 2117 2880 14823 0; 13.94 L 2171 2880 15201 0; 14.38 L 2228 2880 15596 0; \
                14.82 L 2284 2880 15989 0; 15.27 L 2340 2880 16383 0; 15.71 L 2392 2880 16747 0; \
                16.15 L 2444 2880 17108 0; 16.59 L 2498 2880 17489 0; 17.03 L 2551 2880 17862 0; \
                17.48 L 2608 2880 18260 0; 17.93 L 2667 2880 18670 0; 18.37 L 2722 2880 19058 0; \
                18.82 L 2781 2880 19469 0; 19.29 L 2839 2880 19879 0; 19.45 X 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "IVFFlat, 200,000 x 64 with clusters, 300 lists",
            parameters: .ivfflat(lists: 300),
            shape: BuildShape(type: .vector, dimensions: 64, rows: 200000),
            workers: 0,
            memoryBytes: 200000 << 10,
            seconds: 2.54,
            text: """
                0.00 K 0 0 0 0; 0.01 K 0 0 0 0; 0.02 K 0 0 0 0; 0.03 K 0 0 0 0; 0.09 K 0 0 0 0; 0.15 K 0 0 0 0; \
                0.21 K 0 0 0 0; 0.27 K 0 0 0 0; 0.34 K 0 0 0 0; 0.41 K 0 0 0 0; 0.47 K 0 0 0 0; 0.53 K 0 0 0 0; \
                0.60 K 0 0 0 0; 0.67 K 0 0 0 0; 0.69 A 90 7419 0 0; 0.75 A 346 7419 0 0; 0.81 A 719 7419 0 0; \
                0.87 A 989 7419 0 0; 0.93 A 1276 7419 0 0; 0.99 A 1516 7419 0 0; 1.05 A 1745 7419 0 0; \
                1.12 A 2128 7419 0 0; 1.18 A 2427 7419 0 0; 1.24 A 2728 7419 0 0; 1.31 A 3020 7419 0 0; \
                1.38 A 3421 7419 0 0; 1.44 A 3677 7419 0 0; 1.50 A 4050 7419 0 0; 1.56 A 4356 7419 0 0; \
                1.62 A 4640 7419 0 0; 1.69 A 4874 7419 0 0; 1.75 A 5061 7419 0 0; 1.81 A 5345 7419 0 0; \
                1.87 A 5699 7419 0 0; 1.93 A 6030 7419 0 0; 1.99 A 6170 7419 0 0; 2.05 A 6474 7419 0 0; \
                2.11 A 6794 7419 0 0; 2.17 A 7015 7419 0 0; 2.23 A 7346 7419 0 0; 2.25 L 7419 7419 2797 200000; \
                2.31 L 7419 7419 41499 200000; 2.37 L 7419 7419 96062 200000; 2.44 L 7419 7419 161798 200000; \
                2.49 X 0 0 0 0; 2.50 S 0 0 0 0; 2.54 T 1141 7419 0 0
                """
        ),
        BuildTrace(
            testDescription: "IVFFlat, 20,000 x 1,536, 100 lists",
            parameters: .ivfflat(lists: 100),
            shape: BuildShape(type: .vector, dimensions: 1536, rows: 20000),
            workers: 0,
            memoryBytes: 400000 << 10,
            seconds: 2.79,
            text: """
                0.01 K 0 0 0 0; 0.02 K 0 0 0 0; 0.04 K 0 0 0 0; 0.04 K 0 0 0 0; 0.11 K 0 0 0 0; 0.19 K 0 0 0 0; \
                0.26 K 0 0 0 0; 0.33 K 0 0 0 0; 0.40 K 0 0 0 0; 0.49 K 0 0 0 0; 0.56 K 0 0 0 0; 0.63 K 0 0 0 0; \
                0.70 K 0 0 0 0; 0.77 K 0 0 0 0; 0.86 K 0 0 0 0; 0.93 K 0 0 0 0; 1.00 K 0 0 0 0; 1.07 K 0 0 0 0; \
                1.15 K 0 0 0 0; 1.23 K 0 0 0 0; 1.30 K 0 0 0 0; 1.37 K 0 0 0 0; 1.40 A 1 128 0 0; \
                1.47 A 12 128 0 0; 1.54 A 20 128 0 0; 1.61 A 29 128 0 0; 1.69 A 37 128 0 0; 1.76 A 45 128 0 0; \
                1.83 A 54 128 0 0; 1.90 A 62 128 0 0; 1.98 A 70 128 0 0; 2.06 A 79 128 0 0; 2.14 A 87 128 0 0; \
                2.21 A 95 128 0 0; 2.28 A 106 128 0 0; 2.35 A 117 128 0 0; 2.42 L 128 128 169 20000; \
                2.49 L 128 128 4781 20000; 2.56 L 128 128 8673 20000; 2.63 L 128 128 13440 20000; \
                2.70 L 128 128 17394 20000; 2.76 X 0 0 0 0; 2.78 S 0 0 0 0
                """
        ),
        BuildTrace(
            testDescription: "IVFFlat, 60,000 x 256 without structure, 300 lists",
            parameters: .ivfflat(lists: 300),
            shape: BuildShape(type: .vector, dimensions: 256, rows: 60000),
            workers: 0,
            memoryBytes: 200000 << 10,
            seconds: 3.63,
            text: """
                0.00 K 0 0 0 0; 0.02 K 0 0 0 0; 0.02 K 0 0 0 0; 0.03 K 0 0 0 0; 0.12 K 0 0 0 0; 0.21 K 0 0 0 0; \
                0.31 K 0 0 0 0; 0.41 K 0 0 0 0; 0.51 K 0 0 0 0; 0.62 K 0 0 0 0; 0.71 K 0 0 0 0; 0.80 K 0 0 0 0; \
                0.89 K 0 0 0 0; 0.99 K 0 0 0 0; 1.09 K 0 0 0 0; 1.18 K 0 0 0 0; 1.30 K 0 0 0 0; 1.40 K 0 0 0 0; \
                1.49 K 0 0 0 0; 1.58 K 0 0 0 0; 1.67 K 0 0 0 0; 1.76 K 0 0 0 0; 1.85 K 0 0 0 0; 1.95 K 0 0 0 0; \
                2.06 K 0 0 0 0; 2.15 K 0 0 0 0; 2.25 K 0 0 0 0; 2.29 A 33 8576 0 0; 2.40 A 808 8576 0 0; \
                2.49 A 1492 8576 0 0; 2.58 A 2237 8576 0 0; 2.70 A 3064 8576 0 0; 2.79 A 3887 8576 0 0; \
                2.89 A 4527 8576 0 0; 2.98 A 5327 8576 0 0; 3.08 A 6160 8576 0 0; 3.17 A 6833 8576 0 0; \
                3.27 A 7542 8576 0 0; 3.36 A 8232 8576 0 0; 3.41 L 8576 8576 627 60000; \
                3.50 L 8576 8576 30372 60000; 3.59 L 8576 8576 60000 60000; 3.61 X 0 0 0 0; \
                3.63 T 5113 8576 0 0
                """
        ),
    ]
}
