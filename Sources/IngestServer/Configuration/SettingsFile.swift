import EventModel

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Checks the file that `--config` names beyond what the library that reads it checks.
enum SettingsFile {
    /// Checks that a file names only options, each once, and sets each to a text or a number.
    ///
    /// A misspelled name would silently leave its option at the default, and so would a nested object, whose members
    /// the library takes for other options: the events would be in an unintended store, or come in without encryption.
    /// The library also takes true and false for 1 and 0.
    ///
    /// - Throws: ``ServerSettings/Invalid`` for the first such member; other errors if the file cannot be read or holds
    ///   no JSON object.
    static func check(_ path: String) throws {
        try Array(Data(contentsOf: URL(fileURLWithPath: path))).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            var seen: Set<ServerOption> = []
            var faults: [ServerSettings.Invalid] = []
            try scanner.expectStart()
            try scanner.members { (scanner: inout JSONScanner, text: JSONScanner.Text) throws(JSONFault) in
                let name = scanner.string(of: text) ?? ""
                let kind = try scanner.value().kind
                if let fault = fault(of: name, kind, &seen, path) { faults.append(fault) }
            }
            try scanner.expectEnd()
            if let fault = faults.first { throw fault }
        }
    }

    private static func fault(
        of name: String,
        _ kind: JSONScanner.Kind,
        _ seen: inout Set<ServerOption>,
        _ path: String
    ) -> ServerSettings.Invalid? {
        guard let option = ServerOption.allCases.first(where: { [$0.fileKey, $0.rawValue].contains(name) }) else {
            let names = ServerOption.allCases.map(\.fileKey).joined(separator: ", ")
            return ServerSettings.Invalid(
                source: path,
                message: "sets \"\(name)\", which is no option; these are: \(names)"
            )
        }
        let source = "\"\(option.fileKey)\" in \(path)"
        if !seen.insert(option).inserted {
            return ServerSettings.Invalid(source: source, message: "must be given once only")
        }
        let rule: String? =
            switch kind {
            case .boolean where option == .accessLog: "must be \"on\" or \"off\""
            case .boolean, .null, .object, .array: "must be a text or a number"
            case .string, .number: nil
            }
        return rule.map { ServerSettings.Invalid(source: source, message: $0) }
    }
}
