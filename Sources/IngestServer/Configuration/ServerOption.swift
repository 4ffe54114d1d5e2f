/// A setting of the server, with its name in each of the three sources.
enum ServerOption: String, CaseIterable {
    case store
    case host
    case port
    case threads
    case connections
    case tlsCertificate
    case tlsKey
    case corsOrigins
    case oauthIssuer
    case oauthAudience
    case oauthKeys
    case oauthAccountClaim
    case oauthScopeClaim
    case oauthClockSkewSeconds
    case trustedProxies
    case metricsPort
    case metricsHost
    case logLevel
    case logFormat
    case accessLog

    /// The key in the file.
    var fileKey: String {
        switch self {
        case .tlsCertificate: "tls_certificate"
        case .tlsKey: "tls_key"
        case .corsOrigins: "cors_origins"
        case .oauthIssuer: "oauth_issuer"
        case .oauthAudience: "oauth_audience"
        case .oauthKeys: "oauth_keys"
        case .oauthAccountClaim: "oauth_account_claim"
        case .oauthScopeClaim: "oauth_scope_claim"
        case .oauthClockSkewSeconds: "oauth_clock_skew_seconds"
        case .trustedProxies: "trusted_proxies"
        case .metricsPort: "metrics_port"
        case .metricsHost: "metrics_host"
        case .logLevel: "log_level"
        case .logFormat: "log_format"
        case .accessLog: "access_log"
        default: rawValue
        }
    }

    /// The flag on the command line.
    var flag: String { "--" + fileKey.map { $0 == "_" ? "-" : String($0) }.joined() }

    /// The environment variable.
    var environmentVariable: String {
        switch self {
        case .store: "EVENT_STORE"
        default: "INGEST_" + fileKey.uppercased()
        }
    }
}
