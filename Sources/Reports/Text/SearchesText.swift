internal import Advisor

extension TextReport {
    /// Renders the searches of collections, with a newline at the end of each line.
    public func render(_ report: SearchesReport) -> String {
        var page = Page(width: style.width, tableWidth: style.tableWidth, paint: Paint(isOn: style.color))
        for (number, database) in report.databases.enumerated() {
            if number > 0 { page.blank() }
            SearchesText(database: database).write(to: &page)
        }
        return page.text
    }
}

/// The searches of one database.
private struct SearchesText {
    let database: SearchesReport.Database

    /// Collections that it has, and searches of each of them; JSON has all.
    private static let shown = (collections: 100, searches: 20)

    func write(to page: inout Page) {
        page.line("\(database.name)  (\(database.target))", color: .heading)
        switch database.outcome {
        case .failed(let failure): DatabaseText.write(failure, to: &page)
        case .read(let snapshot): write(snapshot, to: &page)
        }
    }

    private func write(_ snapshot: CatalogSnapshot, to page: inout Page) {
        let searched = snapshot.searchedCollections
        for sentence in sources(of: snapshot, knowsSome: !searched.isEmpty) {
            page.paragraph(sentence, indent: "  ", hanging: "    ")
        }
        for collection in searched.prefix(Self.shown.collections) { write(collection, to: &page) }
        page.blank()
        let rest = searched.count - Self.shown.collections
        if rest > 0 {
            page.line("... and the searches of \(Numbers.grouped(Int64(rest))) more collections; --format json has all")
        }
        page.paragraph(summary(snapshot, searched: searched.count), color: .heading)
    }

    /// What was read, and what was not.
    private func sources(of snapshot: CatalogSnapshot, knowsSome: Bool) -> [String] {
        guard let sources = snapshot.searchSources else { return ["! Nothing was read of the searches."] }
        var sentences: [String] = []
        if case .read(let statements, let since) = sources.statements {
            let start = since.map { ", which has counted since \(Moment.text(secondsSince1970: $0))" } ?? ""
            let noun = statements == 1 ? "statement" : "statements"
            sentences.append("read \(Numbers.grouped(Int64(statements))) \(noun) of pg_stat_statements\(start)")
        }
        let words = SearchSourceWords(sources, role: snapshot.server.role)
        if let sentence = words.sentence(knowsSome: knowsSome) { sentences.append("! \(sentence)") }
        if let leftOut = SearchSourceWords.leftOut(sources) { sentences.append("! \(leftOut)") }
        sentences += sources.misstated.map { "! \($0)" }
        return sentences
    }

    private func write(_ collection: Collection, to page: inout Page) {
        page.blank()
        page.line(collection.name.description, color: .heading)
        if let words = WorkloadWords(collection) { page.paragraph(words.line, indent: "  ", hanging: "    ") }
        let searches = collection.workload.byTime
        for (number, search) in zip(1..., searches.prefix(Self.shown.searches)) {
            page.blank()
            SearchText(search, number: number, of: collection).write(to: &page)
        }
        let rest = searches.count - Self.shown.searches
        if rest > 0 { page.line("... and \(Numbers.grouped(Int64(rest))) more; --format json has all", indent: "  ") }
    }

    private func summary(_ snapshot: CatalogSnapshot, searched: Int) -> String {
        let total = snapshot.collections.count
        guard total > 0 else { return "\(database.name) has no such collection." }
        if total == 1, let collection = snapshot.collections.first {
            return searched == 1
                ? "The searches of \(collection.name) are in the order of their time together."
                : "No search of \(collection.name) was seen."
        }
        let all = Numbers.grouped(Int64(total))
        return searched == 0
            ? "No search of any of \(all) collections was seen."
            : "Searches of \(Numbers.grouped(Int64(searched))) of \(all) collections were seen; those that take the most time "
                + "come first."
    }
}
