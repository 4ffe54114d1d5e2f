import EventLedger
import Logging

extension ServerSettings {
    private static let ports = 0...65_535
    private static let threadCounts = 1...1_024

    /// Reads the settings; what no source sets keeps its default.
    ///
    /// - Throws: ``Invalid``, which names the source of a value that cannot be used.
    init(_ sources: SettingsSources) throws(Invalid) {
        if let store = try sources.text(.store) { self.store = try Self.notEmpty(store) }
        if let host = try sources.text(.host) { self.host = try Self.notEmpty(host) }
        if let port = try sources.integer(.port) { self.port = try Self.within(Self.ports, port) }
        if let threads = try sources.integer(.threads) { self.threads = try Self.within(Self.threadCounts, threads) }
        if let connections = try sources.integer(.connections) {
            self.connections = try Self.within(1...Limits.connections, connections)
        }
        if let file = try sources.text(.tlsCertificate) { self.tlsCertificate = try Self.notEmpty(file) }
        if let file = try sources.text(.tlsKey) { self.tlsKey = try Self.notEmpty(file) }
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw Invalid(
                source: "\(ServerOption.tlsCertificate.flag) and \(ServerOption.tlsKey.flag)",
                message: "must be given together"
            )
        }
        if let origins = try sources.text(.corsOrigins) {
            guard let pages = CORSPolicy(origins.value) else {
                throw Invalid(
                    source: origins.source,
                    message: """
                        must be origins as browsers send them, with commas between them, such as https://shop.example or \
                        http://localhost:3000 (in lower case, no path, no wildcard in a name, no port where it is the \
                        scheme's own), or * for all
                        """
                )
            }
            self.pages = pages
        }
        issuer = try Self.issuer(sources)
        if let proxies = try sources.text(.trustedProxies) {
            guard let trusted = TrustedProxies(proxies.value) else {
                throw Invalid(
                    source: proxies.source,
                    message: """
                        must be at most \(Limits.trustedProxies) addresses, or blocks of them with no bit set behind their \
                        length, with commas between them, such as 10.0.0.0/8, ::1
                        """
                )
            }
            self.proxies = trusted
        }
        if let port = try sources.integer(.metricsPort) { self.metricsPort = try Self.within(Self.ports, port) }
        if let host = try sources.text(.metricsHost) {
            guard metricsPort != nil else {
                throw Invalid(source: host.source, message: "means nothing without \(ServerOption.metricsPort.flag)")
            }
            self.metricsHost = try Self.notEmpty(host)
        }
        if let level = try sources.text(.logLevel) {
            self.logLevel = try Self.one(of: Logger.Level.allCases, named: \.rawValue, level)
        }
        if let format = try sources.text(.logFormat) {
            self.logFormat = try Self.one(of: LogFormat.allCases, named: \.rawValue, format)
        }
        if let accessLog = try sources.text(.accessLog) {
            self.logsAccess = try Self.one(of: Switch.allCases, named: \.rawValue, accessLog) == .on
        }
    }

    private static func issuer(_ sources: SettingsSources) throws(Invalid) -> IssuerSettings? {
        let names: [ServerOption] = [.oauthIssuer, .oauthAudience, .oauthKeys]
        var found: [(value: String, source: String)] = []
        for name in names {
            if let text = try sources.text(name) { found.append((try notEmpty(text), text.source)) }
        }
        guard !found.isEmpty else {
            let account = try sources.text(.oauthAccountClaim)?.source
            let scope = try sources.text(.oauthScopeClaim)?.source
            let clockSkew = try sources.integer(.oauthClockSkewSeconds)?.source
            guard let lone = account ?? scope ?? clockSkew else { return nil }
            throw Invalid(source: lone, message: "means nothing without \(ServerOption.oauthIssuer.flag)")
        }
        guard found.count == names.count else {
            throw Invalid(
                source: "\(names[0].flag), \(names[1].flag) and \(names[2].flag)",
                message: "must be given together"
            )
        }
        guard let keys = IssuerSettings.KeySource(found[2].value) else {
            throw Invalid(
                source: found[2].source,
                message: "must be a file or an https:// address; http:// is accepted for this machine only"
            )
        }
        var issuer = IssuerSettings(issuer: found[0].value, audience: found[1].value, keys: keys)
        if let claim = try sources.text(.oauthAccountClaim) { issuer.accountClaim = try notEmpty(claim) }
        if let claim = try sources.text(.oauthScopeClaim) { issuer.scopeClaim = try notEmpty(claim) }
        if let seconds = try sources.integer(.oauthClockSkewSeconds) {
            issuer.clockSkewSeconds = try within(0...Limits.clockSkewSeconds, seconds)
        }
        return issuer
    }

    private static func notEmpty(_ found: (value: String, source: String)) throws(Invalid) -> String {
        guard !found.value.isEmpty else { throw Invalid(source: found.source, message: "must not be empty") }
        return found.value
    }

    private static func within(
        _ range: ClosedRange<Int>,
        _ found: (value: Int, source: String)
    ) throws(Invalid) -> Int {
        guard range.contains(found.value) else {
            throw Invalid(
                source: found.source,
                message: "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return found.value
    }

    private static func one<Choice>(
        of choices: [Choice],
        named name: (Choice) -> String,
        _ found: (value: String, source: String)
    ) throws(Invalid) -> Choice {
        guard let choice = choices.first(where: { name($0) == found.value }) else {
            throw Invalid(source: found.source, message: "must be one of \(choices.map(name).joined(separator: ", "))")
        }
        return choice
    }
}
