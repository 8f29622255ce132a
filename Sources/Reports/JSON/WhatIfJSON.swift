internal import Recall

/// The curve and the what-if of a measurement, if they were asked for.
enum WhatIfJSON {
    /// The members of the measurement's object that they add.
    static func members(of measurement: RecallMeasurement) -> [(key: String, value: JSONValue)] {
        var members: [(key: String, value: JSONValue)] = []
        if let curve = measurement.curve {
            members.append(("curve", .array(curve.points.map { point($0, curve) })))
            members.append(("curveEnd", JSONValue(curve.end)))
        }
        guard let whatIf = measurement.whatIf else { return members }
        members += [
            ("whatIf", .array(whatIf.grid?.cells.map { cell($0, whatIf) } ?? [])),
            ("whatIfTarget", .number(whatIf.target)),
            ("whatIfQueries", JSONValue(whatIf.grid?.queries)),
            ("whatIfSampledRows", JSONValue(whatIf.grid?.sampledRows)),
            ("whatIfSeconds", JSONValue(whatIf.grid?.seconds)),
            ("omittedLists", .array(whatIf.grid?.omissions.map(omission) ?? [])),
            ("graphs", whatIf.graphs.map(graphs) ?? .null),
            ("forms", .array(whatIf.forms.map(form))), ("notes", .array(whatIf.notes.map { .string($0) })),
            ("remedies", .array(whatIf.remedies.map(remedy))),
        ]
        return members
    }

    private static func interval(_ range: ClosedRange<Double>) -> JSONValue {
        .array([.number(range.lowerBound), .number(range.upperBound)])
    }

    private static func point(_ point: RecallCurve.Point, _ curve: RecallCurve) -> JSONValue {
        .object([
            ("setting", JSONValue(curve.setting)), ("value", .integer(Int64(point.value))),
            ("recall", .number(point.figures.recall)), ("interval", interval(point.figures.interval)),
            ("shareAtNineTenths", .number(point.figures.shareAtNineTenths)),
            (
                "latencyMilliseconds",
                .object([
                    ("median", .number(point.figures.medianMilliseconds)),
                    ("p95", .number(point.figures.slowMilliseconds)),
                ])
            ),
        ])
    }

    private static func cell(_ cell: ListsGrid.Cell, _ whatIf: WhatIf) -> JSONValue {
        .object([
            ("lists", .integer(Int64(cell.lists))), ("probes", .integer(Int64(cell.probes))),
            ("recall", .number(cell.recall)), ("interval", interval(cell.interval)),
            ("shareOfRowsRead", .number(cell.shareOfRowsRead)), ("isPresent", .bool(whatIf.isPresent(cell))),
        ])
    }

    private static func omission(_ omission: ListsGrid.Omission) -> JSONValue {
        .object([
            ("lists", .integer(Int64(omission.lists))),
            ("why", .string(omission.reason.rawValue)),
        ])
    }

    private static func graphs(_ graphs: GraphTrials) -> JSONValue {
        func parameters(_ parameters: GraphTrials.Parameters) -> [(key: String, value: JSONValue)] {
            [("m", .integer(Int64(parameters.m))), ("efConstruction", .integer(Int64(parameters.efConstruction)))]
        }
        let trials = graphs.trials.enumerated().map { number, trial in
            JSONValue.object(
                parameters(trial.parameters) + [
                    ("recall", .number(trial.recall)), ("interval", interval(trial.interval)),
                    ("expectedRecall", .number(graphs.expected(trial))), ("buildSeconds", .number(trial.buildSeconds)),
                    ("isPresent", .bool(number == 0)),
                ]
            )
        }
        return .object([
            ("sampledRows", .integer(Int64(graphs.sampledRows))), ("queries", .integer(Int64(graphs.queries))),
            ("offset", .number(graphs.offset)), ("trials", .array(trials)),
            ("omitted", .array(graphs.omitted.map { .object(parameters($0)) })),
        ])
    }

    private static func form(_ form: FormRecall) -> JSONValue {
        let (name, dimensions): (String, Int?) =
            switch form.form {
            case .half: ("halfvec", nil)
            case .binary: ("binary_quantize", nil)
            case .first(let dimensions): ("subvector", dimensions)
            }
        return .object([
            ("form", .string(name)), ("dimensions", JSONValue(dimensions)),
            ("candidates", .integer(Int64(form.candidates))), ("recall", .number(form.recall)),
            ("interval", interval(form.interval)),
        ])
    }

    private static func remedy(_ remedy: WhatIf.Remedy) -> JSONValue {
        .object([
            ("lists", JSONValue(remedy.lists)), ("setting", .string(remedy.setting)),
            ("value", .integer(Int64(remedy.value))), ("recall", .number(remedy.recall)),
            ("isMeasured", .bool(remedy.isMeasured)), ("shareOfRowsRead", JSONValue(remedy.shareOfRowsRead)),
            ("advice", .string(remedy.advice)), ("statements", .array(remedy.statements.map { .string($0) })),
        ])
    }
}
