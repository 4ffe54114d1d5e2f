import ArgumentParser
import EventLedger

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What is wrong with a command line that the parser would let pass.
enum CommandLineCheck {
    /// The arguments as the system handed them over, without the program's name.
    static var rawArguments: [[UInt8]] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { text in
                Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            }
        }
    }

    /// The fault of a command line, for people; nil if the parser can have it.
    static func fault(in arguments: [[UInt8]]) -> String? {
        var words: [String] = []
        for (index, bytes) in arguments.enumerated() {
            // In the text that the parser sees, invalid UTF-8 has been replaced, so it would name something else.
            guard let word = String(validating: bytes, as: UTF8.self) else {
                return "argument \(index + 1) is not valid UTF-8; write it in UTF-8"
            }
            words.append(word)
        }
        if let fault = OptionForm.fault(in: words) { return fault }
        guard let unknown = unknownSubject(ofHelp: words) else { return nil }
        return "there is no command \"\(unknown)\"; `store-admin help` shows the commands"
    }

    /// The word in a request for help that is no command's name; the parser would ignore it, and show the help of the
    /// command before it.
    private static func unknownSubject(ofHelp words: [String]) -> String? {
        let isCommand = words.first == "help"
        guard isCommand || words.contains("--help") || words.contains("-h") else { return nil }
        var command: any ParsableCommand.Type = StoreAdminCommand.self
        for word in words where !word.hasPrefix("-") && word != "help" {
            let subcommands = command.configuration.subcommands
            // The words after a command without subcommands are its arguments.
            if subcommands.isEmpty, !isCommand { return nil }
            guard let next = subcommands.first(where: { $0.configuration.commandName == word }) else { return word }
            command = next
        }
        return nil
    }
}
