import IngestAPI
import TestSupport
import Testing

/// What a client accepts as an answer, and what it asks for.
@Suite struct AcceptFieldTests {
    @Test(
        "JSON is taken where no more specific range excludes it",
        arguments: [
            ("application/json", true), ("*/*", true), ("application/*", true), ("APPLICATION/JSON", true),
            ("application/json;charset=utf-8", true), ("text/html, application/json;q=0.1", true), ("", true),
            (" , ,", true), ("text/html, */*;q=0.8", true), ("application/json;q=1.000", true),
            ("*/*;q=0, application/json", true), ("application/*;q=0, application/json;q=0.001", true),
            ("application/json;q=0, application/json;version=1", true),
            ("text/html;a=\"x,application/json;q=0\", */*", true),
            ("text/html", false), ("application/json;q=0", false), ("application/json; q=0.000, */*", false),
            ("application/*;q=0, */*", false), ("*/*;q=0", false), ("text/*, application/xml", false),
            ("application/json;Q=0", false), ("application/jsonp", false), ("application/json-seq, text/json", false),
        ]
    )
    func accept(value: String, isTaken: Bool) {
        #expect(RequestHead.acceptsJSON(.once(value)) == isTaken)
    }

    @Test(
        "what cannot be read excludes nothing",
        arguments: [
            "json", "text/html/x", "text/html, *;q=0.2", "application/json;q=2", "application/json;q=",
            "text/html;q=0,a",
        ]
    )
    func malformed(value: String) {
        #expect(RequestHead.acceptsJSON(.once(value)))
    }

    @Test("the most specific range decides, in whatever order they stand", arguments: SeededGenerator.seeds(4))
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let ranges = ["application/json", "application/*", "*/*", "text/html", "application/jsonx"]
        let weights = [("", true), (";q=0", false), (";q=0.5", true), ("; q=0.000", false), (";x=1;q=1", true)]
        for _ in 0..<1_000 {
            var taken: [String: Bool] = [:]
            var elements: [String] = []
            for _ in 0..<Int.random(in: 1..<5, using: &generator) {
                guard
                    let range = ranges.randomElement(using: &generator),
                    let (weight, isTaken) = weights.randomElement(using: &generator)
                else { continue }
                elements.append(range + weight)
                taken[range] = taken[range] == true || isTaken
            }
            let expected = taken["application/json"] ?? taken["application/*"] ?? taken["*/*"] ?? false
            #expect(RequestHead.acceptsJSON(.once(elements.joined(separator: ", "))) == expected, "\(elements)")
        }
    }

    @Test("no Accept takes everything, and several lines are one list")
    func lines() {
        #expect(RequestHead.acceptsJSON(.absent))
        var field = FieldValue.absent
        field.addToList("text/html")
        #expect(!RequestHead.acceptsJSON(field))
        field.addToList("*/*")
        #expect(RequestHead.acceptsJSON(field))
    }

    @Test(
        "timing is told to whoever prefers it",
        arguments: [
            ("server-timing", true), ("return=minimal, Server-Timing", true), ("server-timing;x=1", true),
            ("server-timing=1", true), ("", false), ("timing", false), ("x=\"server-timing, server-timing\"", false),
            ("return=minimal", false),
        ]
    )
    func timing(value: String, isWanted: Bool) {
        #expect(RequestHead.prefersTiming(.once(value)) == isWanted)
    }
}
