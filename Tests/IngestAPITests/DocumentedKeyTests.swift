import Foundation
import IngestAPI
import Testing

@Suite("The Idempotency-Key header in the OpenAPI document")
struct DocumentedKeyTests {
    private static func many(_ text: String, _ count: Int = 255) -> String { String(repeating: text, count: count) }

    @Test(
        "is a key where the server takes it for one, and nowhere else",
        arguments: [
            "a", "a b", #"""#, #""a""#, #""a"b""#, #""\"""#, #""a"#, #"a""#, #"" ""#, "é", "😀", many("a"),
            "\"\(many("a"))\"",
            "\"\(many(#"\""#))\"", "", #""""#, "a\u{1}b", "a\tb", "a\u{85}b", "\u{FFFD}", many("a", 256),
            "\"\(many("a", 256))\"",
        ]
    )
    func forms(value: String) throws {
        let document = try JSONSerialization.jsonObject(with: Data(APIDocument.bytes)) as? [String: Any]
        let paths = document?["paths"] as? [String: [String: [String: Any]]]
        let parameters = paths?["/v1/events"]?["post"]?["parameters"] as? [[String: Any]]
        let key = try #require(parameters?.first { $0["name"] as? String == "Idempotency-Key" })
        let forms = try #require((key["schema"] as? [String: Any])?["anyOf"] as? [[String: Any]])
        let isDocumented = try forms.contains { form in
            let pattern = try Regex(try #require(form["pattern"] as? String)).matchingSemantics(.unicodeScalar)
            let least = try #require(form["minLength"] as? Int)
            let most = try #require(form["maxLength"] as? Int)
            return try (least...most).contains(value.unicodeScalars.count) && pattern.wholeMatch(in: value) != nil
        }
        let isTaken = if case .key = IdempotencyKeyHeader(.once(value)) { true } else { false }
        #expect(isDocumented == isTaken)
    }
}
