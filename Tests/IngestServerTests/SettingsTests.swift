import ArgumentParser
import Configuration
import EventLedger
import Foundation
import Logging
import Testing

@testable import IngestServer

/// Where settings come from, which source wins, and the message for a value that cannot be used.
@Suite struct SettingsTests {
    private static func settings(
        flags: [ServerOption: ConfigValue] = [:],
        environment: [String: String] = [:],
        file: String? = nil
    ) async throws(ServerSettings.Invalid) -> ServerSettings {
        try ServerSettings(try await SettingsSources(flags: flags, environment: environment, file: file))
    }

    @Test("what nobody sets keeps its default, and other variables mean nothing")
    func defaults() async throws {
        let settings = try await Self.settings(environment: ["PORT": "1", "STORE": "x", "HOST": "y", "PATH": "z"])
        #expect(settings == ServerSettings())
        #expect(settings.host == "127.0.0.1" && settings.port == 8_080 && settings.store == "./events.db")
    }

    @Test("a flag wins over the environment, the environment over the file, the file over the default")
    func precedence() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/settings.json"
            let json =
                #"{"port":1,"host":"file","store":"file.db","log_level":"debug","log_format":"json","threads":3}"#
            try json.write(toFile: file, atomically: false, encoding: .utf8)
            let settings = try await Self.settings(
                flags: [.port: ConfigValue(.int(3), isSecret: false)],
                environment: ["INGEST_PORT": "2", "INGEST_HOST": "variable", "EVENT_STORE": "variable.db"],
                file: file
            )
            #expect(settings.port == 3)
            #expect(settings.host == "variable")
            #expect(settings.store == "variable.db")
            #expect(settings.logLevel == .debug)
            #expect(settings.logFormat == .json)
            #expect(settings.threads == 3)
        }
    }

    @Test(
        "a variable that cannot be used is named, and its value is not repeated",
        arguments: [
            ("INGEST_PORT", "abc"), ("INGEST_PORT", "-1"), ("INGEST_PORT", "65536"), ("INGEST_PORT", ""),
            ("INGEST_THREADS", "0"), ("INGEST_CONNECTIONS", "10001"), ("INGEST_LOG_LEVEL", "loud"),
            ("INGEST_LOG_FORMAT", "xml"), ("INGEST_TRUSTED_PROXIES", "proxy.example"), ("INGEST_ACCESS_LOG", "yes"),
            ("INGEST_HOST", ""), ("EVENT_STORE", ""),
        ]
    )
    func badVariable(name: String, value: String) async {
        let error = await #expect(throws: ServerSettings.Invalid.self) {
            try await Self.settings(environment: [name: value])
        }
        #expect(error?.description.contains(name) == true)
        #expect(value.isEmpty || value == "0" || error?.message.contains(value) == false)
    }

    @Test("an issuer of access tokens takes its name, its audience and the place of its keys")
    func issuer() async throws {
        let names = ["INGEST_OAUTH_ISSUER": "https://id.example", "INGEST_OAUTH_AUDIENCE": "events"]
        let cases: [(keys: String, source: IssuerSettings.KeySource?)] = [
            ("/etc/keys.json", .file("/etc/keys.json")), ("keys.json", .file("keys.json")),
            ("https://id.example/keys", .url("https://id.example/keys")),
            ("http://127.0.0.1:9/keys", .url("http://127.0.0.1:9/keys")),
            ("http://localhost/keys", .url("http://localhost/keys")), ("http://[::1]:9/", .url("http://[::1]:9/")),
            ("http://id.example/keys", nil), ("http://127.0.0.1.example/keys", nil), ("http://localhost@x/", nil),
            ("ftp://id.example/keys", nil), ("https:///keys", nil),
        ]
        for (keys, source) in cases {
            let variables = names.merging(["INGEST_OAUTH_KEYS": keys]) { $1 }
            if let source {
                let issuer = try await Self.settings(environment: variables).issuer
                #expect(issuer == IssuerSettings(issuer: "https://id.example", audience: "events", keys: source))
            } else {
                await #expect(throws: ServerSettings.Invalid.self, "\(keys)") {
                    try await Self.settings(environment: variables)
                }
            }
        }
        for name in names.keys {
            let error = await #expect(throws: ServerSettings.Invalid.self) {
                try await Self.settings(environment: [name: "x", "INGEST_OAUTH_KEYS": "keys.json"])
            }
            #expect(error?.message == "must be given together")
        }
        for name in ["ACCOUNT_CLAIM", "SCOPE_CLAIM", "CLOCK_SKEW_SECONDS"] {
            let error = await #expect(throws: ServerSettings.Invalid.self) {
                try await Self.settings(environment: ["INGEST_OAUTH_\(name)": "1"])
            }
            #expect(error?.source.hasSuffix("INGEST_OAUTH_\(name)") == true)
            #expect(error?.message == "means nothing without --oauth-issuer")
        }
        let host = await #expect(throws: ServerSettings.Invalid.self) {
            try await Self.settings(environment: ["INGEST_METRICS_HOST": "0.0.0.0"])
        }
        #expect(host?.message == "means nothing without --metrics-port")
        let all = names.merging([
            "INGEST_OAUTH_KEYS": "k", "INGEST_OAUTH_ACCOUNT_CLAIM": "https://x/tenant",
            "INGEST_OAUTH_SCOPE_CLAIM": "scp",
            "INGEST_OAUTH_CLOCK_SKEW_SECONDS": "0",
        ]) { $1 }
        let issuer = try #require(try await Self.settings(environment: all).issuer)
        #expect(issuer.accountClaim == "https://x/tenant" && issuer.scopeClaim == "scp" && issuer.clockSkewSeconds == 0)
    }

    @Test(
        "a file that cannot be used is refused, and a bad value in it is named with the file",
        arguments: [
            (nil, "--config"), ("[1]", "--config"), ("{", "--config"), ("", "--config"),
            (#"{"port":"x"}"#, "\"port\" in"), (#"{"port":1.5}"#, "\"port\" in"), (#"{"port":true}"#, "\"port\" in"),
            (#"{"port":{"value":1}}"#, "\"port\" in"), (#"{"store":{"path":"x"}}"#, "\"store\" in"),
            (#"{"tls_certificate":{}}"#, "\"tls_certificate\" in"), (#"{"store":null}"#, "\"store\" in"),
            (#"{"trusted_proxies":["::1"]}"#, "\"trusted_proxies\" in"),
            (#"{"trusted_proxies":[null]}"#, "\"trusted_proxies\" in"),
            (#"{"port":1,"port":2}"#, "\"port\" in"), (#"{"log_level":"info","logLevel":"info"}"#, "\"log_level\" in"),
        ] as [(String?, String)]
    )
    func badFile(content: String?, source: String) async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/settings.json"
            try content?.write(toFile: file, atomically: false, encoding: .utf8)
            let error = await #expect(throws: ServerSettings.Invalid.self) { try await Self.settings(file: file) }
            #expect(error?.source.hasPrefix(source) == true)
        }
    }

    @Test("a name in the file that is no option is refused, since it may be one that is spelled wrong")
    func unknownName() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/settings.json"
            try #"{"port":1,"sotre":"/data/events.db"}"#.write(toFile: file, atomically: false, encoding: .utf8)
            let error = await #expect(throws: ServerSettings.Invalid.self) { try await Self.settings(file: file) }
            #expect(error?.source == file)
            #expect(error?.message.contains("store, host, port") == true)
        }
    }

    @Test("the help tells every option's flag, variable and key")
    func help() {
        let help = IngestServerCommand.helpMessage(columns: 400)
        for option in ServerOption.allCases {
            #expect(help.contains(option.flag))
            #expect(help.contains(option.environmentVariable))
            #expect(help.contains("\"\(option.fileKey)\""))
        }
        #expect(help.contains("wins over"))
    }
}
