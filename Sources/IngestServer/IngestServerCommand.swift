import ArgumentParser
import Configuration
import EventLedger
import IngestAPI
import Logging
import NIOPosix
import Tracing
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// `ingest-server`: where the process begins.
@main
struct IngestServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest-server",
        abstract: "Serves an event store over HTTP.",
        discussion: """
            Every option can be given in three ways. A flag wins over the environment variable, the variable over the \
            file that --config names, and the file over the default.

            The server says "listening on http://…" on standard error when it takes connections. SIGTERM and SIGINT \
            stop it: it answers what is in flight, then closes the store.

            With a certificate it serves HTTPS. On SIGHUP it reads the certificate, its key and the keys of an issuer of \
            access tokens again; if there are none, it goes on.

            It exits with 0 after it was stopped, with 64 for an option that cannot be used, and with 69 if the \
            store cannot be opened or the port is not available.
            """,
        version: ReleaseVersion.text
    )

    @Option(help: help(.store, "The store's file; it is created if there is none.", default: "./events.db"))
    var store: String?

    @Option(help: help(.host, "The address or name to listen on.", default: "127.0.0.1"))
    var host: String?

    @Option(help: help(.port, "The port to listen on; 0 takes a free one.", default: "8080"))
    var port: Int?

    @Option(help: help(.threads, "The threads that serve connections.", default: "one per core"))
    var threads: Int?

    @Option(help: help(.connections, "The most connections at once.", default: "\(Limits.connections)"))
    var connections: Int?

    @Option(help: help(.tlsCertificate, "A PEM file with a certificate chain, to serve HTTPS.", default: "none"))
    var tlsCertificate: String?

    @Option(help: help(.tlsKey, "A PEM file with the certificate's private key.", default: "none"))
    var tlsKey: String?

    @Option(help: help(.corsOrigins, "Origins whose web pages may use the server, or *.", default: "none"))
    var corsOrigins: String?

    @Option(help: help(.oauthIssuer, "An issuer whose access tokens are accepted, too: their iss.", default: "none"))
    var oauthIssuer: String?

    @Option(help: help(.oauthAudience, "The audience that its tokens must name: their aud.", default: "none"))
    var oauthAudience: String?

    @Option(help: help(.oauthKeys, "A JWK set with its public keys: a file, or an https:// address.", default: "none"))
    var oauthKeys: String?

    @Option(help: help(.oauthAccountClaim, "The claim of its tokens that names an account.", default: "account"))
    var oauthAccountClaim: String?

    @Option(help: help(.oauthScopeClaim, "The claim of its tokens that holds the scopes.", default: "scope"))
    var oauthScopeClaim: String?

    @Option(help: help(.oauthClockSkewSeconds, "How far its clock may be from this one's.", default: "60"))
    var oauthClockSkewSeconds: Int?

    @Option(help: help(.trustedProxies, "Proxies that are believed about the client's address.", default: "none"))
    var trustedProxies: String?

    @Option(help: help(.metricsPort, "A port to serve metrics on, to whoever can reach it.", default: "none"))
    var metricsPort: Int?

    @Option(help: help(.metricsHost, "The address to serve metrics on.", default: "127.0.0.1"))
    var metricsHost: String?

    @Option(help: help(.logLevel, "trace, debug, info, notice, warning, error or critical.", default: "info"))
    var logLevel: String?

    @Option(help: help(.logFormat, "text, or json for one JSON object per line.", default: "text"))
    var logFormat: String?

    @Option(help: help(.accessLog, "on, to log a line for each request at the level info.", default: "off"))
    var accessLog: String?

    @Option(help: ArgumentHelp("A JSON file with options.", valueName: "file"))
    var config: String?

    private static func help(_ option: ServerOption, _ text: String, default: String) -> ArgumentHelp {
        ArgumentHelp(
            "\(text) (default: \(`default`); environment: \(option.environmentVariable); file: \"\(option.fileKey)\")",
            valueName: "\(option.flag.drop { $0 == "-" })"
        )
    }

    static func main() async {
        StandardDescriptors.fill()
        if let fault = OptionForm.unreadable {
            StandardError.write(line: "ingest-server: \(fault)")
            exit(withError: ExitCode(EX_UNAVAILABLE))
        }
        if let fault = OptionForm.fault(in: CommandLine.arguments.dropFirst()) {
            StandardError.write(line: "ingest-server: \(fault)")
            exit(withError: ExitCode.validationFailure)
        }
        await main(nil)
    }

    func run() async throws {
        // Files that the process creates are accessible to their owner only. Nothing else protects the control socket
        // until its mode is set.
        umask(0o077)
        // Do not stop when a reader of our output goes away.
        signal(SIGPIPE, SIG_IGN)
        // Nor on SIGHUP, which says that files have changed, whenever it comes and even if there are no such files.
        // Signals from here on wait for whoever reads the files again.
        signal(SIGHUP, SIG_IGN)
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let asked = try await readSettings()
        LoggingSystem.bootstrap { label in
            StandardErrorLogHandler(label: label, format: asked.logFormat, logLevel: asked.logLevel)
        }
        InstrumentationSystem.bootstrap(TraceContextTracer())
        let logger = Logger(label: "ingest-server")
        let settings = try await orFail(EX_UNAVAILABLE, asked.logFormat) { () throws(ServerSettings.Invalid) in
            try asked.limited(logger)
        }
        let certificate = try await readCertificate(settings)
        let issuer = try await readIssuer(settings)
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads)
        let store = try await openStore(settings, threads, certificate, logger)
        do {
            try await serve(store, settings, threads, certificate, issuer, hangups, logger)
        } catch {
            await store.close()
            try fail(StartFailure.message(for: error, settings), EX_UNAVAILABLE, settings.logFormat)
        }
        await store.close()
        logger.info("stopped")
    }

    private func readSettings() async throws -> ServerSettings {
        try await orFail(EX_USAGE) { () throws(ServerSettings.Invalid) in
            try ServerSettings(
                try await SettingsSources(flags: flags, environment: Environment.variables, file: config)
            )
        }
    }

    private var flags: [ServerOption: ConfigValue] {
        func text(_ value: String?) -> ConfigValue? { value.map { ConfigValue(.string($0), isSecret: false) } }
        func number(_ value: Int?) -> ConfigValue? { value.map { ConfigValue(.int($0), isSecret: false) } }
        let values: [ServerOption: ConfigValue?] = [
            .store: text(store), .host: text(host), .port: number(port), .threads: number(threads),
            .connections: number(connections), .tlsCertificate: text(tlsCertificate),
            .tlsKey: text(tlsKey), .corsOrigins: text(corsOrigins),
            .oauthIssuer: text(oauthIssuer), .oauthAudience: text(oauthAudience), .oauthKeys: text(oauthKeys),
            .oauthAccountClaim: text(oauthAccountClaim), .oauthScopeClaim: text(oauthScopeClaim),
            .oauthClockSkewSeconds: number(oauthClockSkewSeconds), .trustedProxies: text(trustedProxies),
            .metricsPort: number(metricsPort), .metricsHost: text(metricsHost),
            .logLevel: text(logLevel), .logFormat: text(logFormat), .accessLog: text(accessLog),
        ]
        return values.compactMapValues(\.self)
    }

    private func readCertificate(_ settings: ServerSettings) async throws -> TLSCertificate? {
        guard let certificate = settings.tlsCertificate, let key = settings.tlsKey else { return nil }
        return try await orFail(EX_USAGE, settings.logFormat) { () throws(TLSCertificate.Unusable) in
            try TLSCertificate(certificateFile: certificate, keyFile: key)
        }
    }

    /// Reads the keys of the issuer if they are in a file: one that cannot be used is a mistake of whoever starts the
    /// server. An address is not read here, since it may be out of reach for a while.
    private func readIssuer(_ settings: ServerSettings) async throws -> TokenIssuer? {
        guard let issuer = settings.issuer.map({ TokenIssuer($0) }) else { return nil }
        guard case .file = issuer.settings.keys else { return issuer }
        try await orFail(EX_USAGE, settings.logFormat) { () throws(IssuerKeyService.Unusable) in
            try await IssuerKeyService.readKeys(of: issuer)
        }
        return issuer
    }

    /// Does a step of the start. If it fails, says what went wrong, and ends the process with a code of sysexits.h.
    ///
    /// - Parameter format: That of the log, as far as it is known already.
    private func orFail<Value, Fault: Error>(
        _ code: Int32,
        _ format: LogFormat = .text,
        _ step: () async throws(Fault) -> Value
    ) async throws -> Value {
        do {
            return try await step()
        } catch {
            try fail("\(error)", code, format)
        }
    }

    /// Reports what went wrong, and ends the process with a code from sysexits.h.
    ///
    /// - Parameter format: The format of the log, if it is known already.
    func fail(_ message: String, _ code: Int32, _ format: LogFormat = .text) throws -> Never {
        StandardErrorLogHandler(label: "ingest-server", format: format, logLevel: .critical)
            .announce(format == .text ? "ingest-server: \(message)" : message, .critical)
        throw ExitCode(code)
    }
}
