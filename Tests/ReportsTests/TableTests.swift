import Advisor
import AdvisorFixture
import Testing

@testable import Reports

@Suite("The table of collections")
struct TableTests {
    private static let long = String(repeating: "x", count: 63)
    private static let tables: [[Collection]] = [
        [],
        [collection("docs"), collection("outgrown", rows: 25_000, indexes: [ivfflat(builtAt: 10_000)])],
        [collection(long), collection(long + "y", schema: long, column: long)],
        [collection("日本語の長い名前のテーブルです日本語の長い名前"), collection("한국어"), collection("🚀🧪🇩🇪")],
        [collection("e\u{301}\u{323}\u{308}" + long), collection("\u{301}" + long), collection("क्षत्रिय" + long)],
        [
            collection(
                "sparse",
                rows: 1_000_000_000_000,
                source: .statistics,
                indexes: [ivfflat(builtAt: 99_999_999_999, lists: 32_768), hnsw(isValid: false)],
                type: .sparsevec,
                dimensions: 1_000_000_000,
                statistics: untouched(1_000_000_000_000)
            )
        ],
        [
            collection(
                "x",
                indexes: [VectorIndex(oid: 1, name: long, method: .other(long), operatorClass: long, reltuples: 1)]
            )
        ],
        [partitioned("parts", Array(repeating: (rows: 10_000, indexes: [hnsw()]), count: 20))],
    ]

    @Test("is never wider than asked for", arguments: tables)
    func width(of collections: [Collection]) {
        for width in 60...200 {
            let text = text(section(collections), width: width)
            for table in [table(text), healthyTable(text)] {
                for line in table.prefix(while: { !$0.contains(" is ") }) {
                    #expect(terminalWidth(line) <= width, "\(line)")
                }
            }
        }
    }

    @Test("has one line for each collection at 100 columns, and another for a name that needs it")
    func oneLine() {
        let lines = table(text(section([collection("docs"), collection(Self.long, rows: 12_345_678)])))
        #expect(
            lines[0].split(separator: " ").map(String.init).joined(separator: " ").hasPrefix("collection rows dims")
        )
        #expect(lines[1].hasPrefix("vecs.docs") && lines[1].hasSuffix("  ok"))
        #expect(lines[2] == "vecs.\(Self.long)")
        #expect(lines[3].hasPrefix("            ~12,345,678  ") && lines[3].hasSuffix("  ok"))
    }

    @Test("says how many rows have a vector where that is not each one, and that none needs no index")
    func vectors() {
        #expect(!table(text(section([collection("docs")]), width: 120))[0].contains("vectors"))
        let lines = table(
            text(
                section([
                    collection("all"), collection("half", rows: 40_000, nullFraction: 0.5),
                    collection("none", rows: 40_000, indexes: [], nullFraction: 1),
                    collection("untold", rows: 900, indexes: [], nullFraction: nil),
                ]),
                width: 120
            )
        )
        let cells = lines.prefix(5).map { $0.split(separator: " ").map(String.init) }
        #expect(cells[0].prefix(3) == ["collection", "rows", "vectors"])
        #expect(cells[1].prefix(3) == ["vecs.all", "~10,000", "all"])
        #expect(cells[2].prefix(3) == ["vecs.half", "~40,000", "~20,000"])
        #expect(cells[3].prefix(3) == ["vecs.none", "~40,000", "~0"])
        #expect(lines[3].hasSuffix("  no vectors"))
        #expect(cells[4].prefix(3) == ["vecs.untold", "~900", "<=900"])
        #expect(lines.contains { $0.contains("<= at most, until ANALYZE finds how many rows have a vector") })
    }

    @Test("has a line and a paragraph for each where they do not fit, and leaves nothing out")
    func stacked() {
        let index = ivfflat(builtAt: 200_000, lists: 80)
        let outgrown = collection("docs", rows: 200_000, source: .analyzed, indexes: [index])
        let lines = table(text(section([outgrown]), width: 60))
        #expect(lines[0].hasPrefix("vecs.docs ") && lines[0].hasSuffix("  outgrown"))
        #expect(
            Array(lines[1...2]) == [
                "  rows 200,000, dims 64, index ivfflat 80 lists,", "  measure cosine, baseline ~80,000 a, growth 2.5x",
            ]
        )
    }

    @Test("cuts no name where there is room, and keeps sentences short all the same")
    func room() {
        let names = ["a", "b"].map { String(repeating: "long_name_", count: 6) + $0 }
        let report = report(section(names.enumerated().map { collection($1, oid: UInt32($0 + 1)) }))
        for width in [200, Int.max] {
            let text = TextReport(style: .init(tableWidth: width)).render(report)
            for name in names { #expect(text.contains("vecs.\(name) ")) }
            #expect(!text.contains("…"))
            let others = lines(text).filter { line in
                !names.contains { line.contains($0) } && !line.hasPrefix("collection")
            }
            #expect(others.allSatisfy { $0.count <= 100 }, "\(text)")
        }
        let narrow = lines(TextReport(style: .init(tableWidth: 100)).render(report))
        for name in names { #expect(narrow.contains("vecs.\(name)")) }
    }

    @Test(
        "cuts only names that no line holds, in the middle, and keeps them apart in both tables",
        arguments: [60, 80]
    )
    func distinct(width: Int) {
        let names = ["_1_", "_2_", "_3_"].map { "documents_of_the_customers\($0)with_their_embeddings_of_2026" }
        // The first has a finding, so that it is in a table of its own.
        let collections = names.enumerated().map { number, name in
            collection(name, indexes: number == 0 ? [] : [hnsw()], oid: UInt32(number + 1))
        }
        let text = text(section(collections), width: width)
        let lines = table(text) + healthyTable(text)
        let shown = names.map { name in
            lines.first { $0.hasSuffix(" is vecs.\(name)") }.map { String($0.prefix { $0 != " " }) } ?? "vecs.\(name)"
        }
        #expect(Set(shown).count == 3)
        for short in shown { #expect(lines.contains(short), "\(short) in:\n\(text)") }
        #expect(shown.allSatisfy { $0.contains("…") } == (width == 60))
    }

    @Test("shows a name in full wherever a line holds it, whatever the names and the width")
    func namesInFull() {
        var random = SystemRandomNumberGenerator()
        func name() -> String {
            let letters = Bool.random(using: &random) ? "abcdefghij_" : "ab_日本語🚀"
            return String(
                (0..<Int.random(in: 1...63, using: &random)).map { _ in letters.randomElement(using: &random) ?? "a" }
            )
        }
        for _ in 0..<60 {
            let width = Int.random(in: 60...240, using: &random)
            let collections = (1...Int.random(in: 2...9, using: &random)).map { number in
                collection(
                    "\(number)\(name())",
                    schema: name(),
                    column: name(),
                    rows: Int64.random(in: 0...9_999_999_999, using: &random),
                    indexes: Bool.random(using: &random) ? [] : [ivfflat(builtAt: 100)],
                    oid: UInt32(number)
                )
            }
            let report = report(section(collections))
            let text = TextReport(style: .init(tableWidth: width)).render(report)
            let lines = lines(text)
            for collection in collections {
                let name = collection.name.description
                let starts = lines.contains { $0 == name || $0.hasPrefix(name + " ") }
                // A heading has the name as well, so one that is cut must be there as such.
                let isWide = terminalWidth(name) > max(width, 100)
                let cut = lines.count { line in
                    line.contains("…") && (max(width, 100) - 1...max(width, 100)).contains(terminalWidth(line))
                }
                #expect(isWide ? cut > 0 : starts, "\(name) at \(width) columns in:\n\(text)")
            }
            let isCut = text.contains("…")
            #expect(isCut == collections.contains { terminalWidth($0.name.description) > max(width, 100) }, "\(text)")
            #expect(!TextReport(style: .init(tableWidth: .max)).render(report).contains("…"))
        }
    }

    @Test(
        "marks how rows are known, and says what each mark means",
        arguments: [
            (RowCount.Source.analyzed, "5,000", nil),
            (.statistics, "~5,000", "~ an estimate"), (.density, "~5,000", "~ an estimate"),
            (.pages, "~~5,000", "~~ an estimate from the size of the table, good to a factor of 2"),
            (.unknown, "?", "? not known"),
        ] as [(RowCount.Source, String, String?)]
    )
    func rows(source: RowCount.Source, mark: String, meaning: String?) {
        let lines = table(text(section([collection("docs", rows: 5_000, source: source)])))
        #expect(lines[1].contains(" \(mark) "))
        #expect(lines.dropFirst(2).contains { meaning.map($0.contains) ?? false } == (meaning != nil))
    }

    @Test("says how each baseline is known and how sure that is")
    func baselines() {
        let vecs = collection("a", rows: 150_000, indexes: [ivfflat(builtAt: 150_000, lists: 80)])
        let fresh = collection(
            "b",
            rows: 90_000,
            indexes: [ivfflat(builtAt: 60_000)],
            statistics: untouched(90_000)
        )
        let unknown = collection("c", rows: 40_000, indexes: [hnsw()])
        let text = text(section([vecs, fresh, unknown]))
        // The fresh one has stale statistics, and each table has letters of its own.
        #expect(table(text)[1].contains("  60,000 a    1.5x  "))
        #expect(table(text).contains("Baseline a is exact: the rows that the index counted at its build."))
        let lines = healthyTable(text)
        #expect(lines[1].contains("  ~80,000 a   1.88x  "))
        #expect(lines[2].contains("  ~40,000 b       -  "))
        #expect(lines.contains("Baseline a is likely: inferred from the lists in the index's name, by vecs' formula."))
        #expect(lines.contains("Baseline b is a guess: unknown, so today's rows are used."))
    }

    @Test("says that HNSW does not outgrow its table")
    func graphs() {
        let early = collection("docs", rows: 5_000, indexes: [hnsw()], statistics: untouched(5_000))
        let late = collection("docs", rows: 150, indexes: [hnsw()], statistics: untouched(150))
        let note = "~ an estimate; growth is no reason to rebuild hnsw"
        #expect(table(text(section([early])))[1].contains("  50x  "))
        #expect(table(text(section([early]))).contains(note))
        #expect(table(text(section([late])))[1].contains("1.5x  ok"))
        #expect(!table(text(section([late]))).contains(note))
    }

    @Test(
        "says of an index what there is",
        arguments: [
            ([], "none"), ([hnsw()], "hnsw m=16 efc=64"), ([ivfflat(builtAt: 9_000)], "ivfflat 30 lists"),
            ([hnsw(isValid: false)], "invalid"), ([hnsw(isReady: false)], "invalid"),
            ([hnsw(), hnsw(oid: 30)], "2 indexes"), ([hnsw(), hnsw(isValid: false)], "hnsw m=16 efc=64"),
        ] as [([VectorIndex], String)]
    )
    func index(indexes: [VectorIndex], expected: String) {
        #expect(table(text(section([collection("docs", indexes: indexes)])))[1].contains("  \(expected)  "))
    }

    @Test("says that an index is being built, and not that a good one is missing meanwhile")
    func building() {
        let build = ActiveBuild(
            processID: 7,
            tableOID: 1,
            indexOID: nil,
            phase: "sorting",
            phaseFraction: 0.5,
            elapsedSeconds: 300
        )
        func row(_ indexes: [VectorIndex]) -> String {
            table(text(section([collection("docs", indexes: indexes)], builds: [build])))[1]
        }
        #expect(row([]).contains("  building  ") && row([]).hasSuffix("  building"))
        #expect(row([hnsw()]).contains("  hnsw m=16 efc=64  ") && row([hnsw()]).hasSuffix("  building"))
    }

    @Test("counts the partitions that are covered, and does not take the baseline of one for that of all")
    func partitions() {
        let row = table(text(section([partitioned("parts", [(900, [hnsw()]), (950, []), (20, [hnsw()])])])))[1]
        #expect(row.contains(" ~1,870 ") && row.contains("  hnsw 2/3 parts  "))
        let one = table(text(section([partitioned("parts", [(1_000, [hnsw()]), (5_000, [])])])))[1]
        #expect(one.split(separator: " ").suffix(3) == ["-", "-", "unindexed"])
    }

    @Test("names every collection with findings and 50 healthy ones, and says how many more there are")
    func limits() {
        let healthy = (0..<1_300).map { collection("healthy_\($0)", oid: UInt32($0 + 1)) }
        let troubled = (0..<300).map { collection("z_\($0)", indexes: [], oid: UInt32($0 + 2_000)) }
        let locked = (0..<60).map { collection("locked_\($0)", lockedBy: "a lock", oid: UInt32($0 + 3_000)) }
        let text = text(section(healthy + troubled + locked))
        #expect(table(text).count { $0.hasPrefix("vecs.z_") } == 300)
        #expect(table(text).count { $0.hasPrefix("vecs.locked_") } == 50)
        #expect(table(text).contains("... and 10 more without a finding; --format json has all"))
        #expect(!table(text).contains { $0.hasPrefix("vecs.healthy_") })
        #expect(healthyTable(text).count { $0.hasPrefix("vecs.healthy_") } == 50)
        #expect(healthyTable(text).contains("... and 1,250 more without a finding; --format json has all"))
    }
}
