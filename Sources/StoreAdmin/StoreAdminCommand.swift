import ArgumentParser
import EventLedger

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The `store-admin` tool.
@main
struct StoreAdminCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store-admin",
        abstract: "Inspect an event store and look after it.",
        discussion: """
            Commands that read work while a server holds the store. Commands that change it do so themselves, or ask the \
            process that holds the store.

            Results go to standard output, everything else to standard error.

            JSON
              One document: {"data":[...]} for a list, {"data":{...}} for one thing.
              Its members are the table's columns, named as in the HTTP API.
              A page adds "next_cursor" and "has_more", or "pagination".
              Later versions may add members, and rename or drop none.

            EXIT CODES
              0   done
              1   a problem was found, something was not found, or a change was refused
              64  the command line is wrong
              69  the store cannot be used, or the process that holds it cannot be asked

            EXAMPLE
              store-admin init --store ./events.db
            """,
        version: ReleaseVersion.text,
        subcommands: [
            InitCommand.self, MigrateCommand.self, StatusCommand.self, VerifyCommand.self, BackupCommand.self,
            RestoreCommand.self, CompactCommand.self, AccountCommand.self, TokenCommand.self, AppCommand.self,
            EventCommand.self, ContactCommand.self, KeyCommand.self, ImportCommand.self, ExportCommand.self,
        ]
    )

    static func main() async {
        StandardDescriptors.fill()
        StandardStreams.ignoreClosedPipes()
        if let fault = OptionForm.unreadable { exit(withError: ExitCode(report(AdminFailure.unavailable(fault)))) }
        if let fault = CommandLineCheck.fault(in: CommandLineCheck.rawArguments) {
            complain(fault)
            exit(withError: ExitCode.validationFailure)
        }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            // With an exit code as the error, the parser prints nothing.
            exit(withError: ExitCode(report(error)))
        }
    }

    /// Reports what went wrong and returns the exit code for it.
    private static func report(_ error: any Error) -> Int32 {
        switch error {
        case let failure as AdminFailure:
            failure.message.map(complain)
            return failure.exitCode
        case let error as StoreError:
            let failure = AdminFailure(error)
            failure.message.map(complain)
            return failure.exitCode
        case let failure as StandardStreams.OutputFailed:
            // As with any tool whose reader has seen enough: no message, and the exit code of a process that SIGPIPE
            // ended.
            if failure.isClosedPipe { return 128 + SIGPIPE }
            complain("writing the results failed: \(failure.reason)")
            return AdminFailure.found.exitCode
        default:
            return reportFromParser(error)
        }
    }

    /// Help that was asked for is a result; any other error of the parser is a wrong command line.
    private static func reportFromParser(_ error: any Error) -> Int32 {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if code.isSuccess {
            try? StandardStreams.output(Array((text + "\n").utf8))
            return code.rawValue
        }
        let prefix = "Error: "
        complain(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
        return code.rawValue
    }

    private static func complain(_ message: String) {
        StandardStreams.say("store-admin: error: \(message)")
    }
}
