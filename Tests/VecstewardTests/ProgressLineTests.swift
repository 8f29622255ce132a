import Testing

@testable import vecsteward

@Suite("The line that shows how far a job is")
struct ProgressLineTests {
    private let line = ProgressLine(
        label: "job 12",
        phase: "building index: loading tuples",
        fraction: 0.45,
        secondsLeft: 72,
        elapsed: 61
    )

    @Test("says all there is to say where there is room")
    func wide() {
        #expect(
            line.text(columns: 120)
                == "job 12  building index: loading tuples  [##########--------------]  45%  about 72 s left  1:01"
        )
    }

    @Test("is shorter than the terminal is wide, whatever its width")
    func narrow() {
        for columns in 0...130 { #expect(line.text(columns: columns).count <= max(columns - 1, 0)) }
        #expect(line.text(columns: 60) == "building index: loading tuples  45%  about 72 s left  1:01")
        #expect(line.text(columns: 20) == "45%")
    }

    @Test("leaves out what nobody knows, and is never more than full")
    func unknown() {
        var line = line
        line.fraction = nil
        line.secondsLeft = nil
        line.elapsed = 3_723
        #expect(line.text(columns: 120) == "job 12  building index: loading tuples  1:02:03")
        line.fraction = 1.5
        #expect(line.text(columns: 120).contains("[########################]"))
    }
}
