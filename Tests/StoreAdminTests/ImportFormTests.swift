import Foundation
import Testing

@Suite("The form of an import's file")
struct ImportFormTests {
    @Test(
        "A file that holds no lines of UTF-8 is refused once, with what it is",
        arguments: [
            ([0x1F, 0x8B, 0x08, 0x00, 0x0A], "line 1: the file is compressed (gzip)"),
            ([0x28, 0xB5, 0x2F, 0xFD, 0x0A], "line 1: the file is compressed (zstd)"),
            ([0xFF, 0xFE, 0x7B, 0x00, 0x0A, 0x00], "line 1: the file is not UTF-8 but looks like UTF-16"),
            ([0x7B, 0x00, 0x7D, 0x00, 0x0A, 0x00], "line 1: the file is not UTF-8 but looks like UTF-16"),
        ] as [([UInt8], String)]
    )
    func refused(start: [UInt8], words: String) async throws {
        let folder = try TemporaryFolder()
        try await folder.filling { _, _ in }
        let good = #"{"event_type":"a","email":"ada@example.com","idempotency_key":"k"}"#
        let file = try folder.newFile()
        try Data(start + Array("\(good)\nno JSON\n".utf8)).write(to: file)
        let result = try await AdminTool.run(["import", file.path], store: folder.store, in: folder)
        #expect(result.exitCode == 1)
        #expect(result.diagnostics.contains(words), "\(result.diagnostics)")
        #expect(!result.diagnostics.contains("base is"))
        #expect(result.diagnostics.contains("0 accepted, 0 replayed, 0 rejected"))
    }
}
