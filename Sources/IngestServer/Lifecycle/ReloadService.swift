import Logging
import ServiceLifecycle
import UnixSignals

/// Reads again what may change while the server runs, on SIGHUP: the certificate and its key, as whoever renews them sends
/// it, and the keys of an issuer of access tokens. Where there is neither it says so.
struct ReloadService: Service {
    /// The signals; they are caught from the moment on that this was made.
    let hangups: UnixSignalsSequence
    let certificate: TLSCertificate?
    let issuer: TokenIssuer?
    let logger: Logger

    func run() async throws {
        for await _ in hangups.cancelOnGracefulShutdown() { readAgain() }
    }

    func readAgain() {
        if certificate == nil, issuer == nil {
            logger.notice("SIGHUP: there is nothing to read again, neither a certificate nor an issuer's keys")
        }
        issuer?.askForKeys()
        guard let certificate else { return }
        do throws(TLSCertificate.Unusable) {
            try certificate.reload()
            logger.info("certificate read again")
        } catch {
            logger.error("certificate not changed", metadata: ["reason": "\(error)"])
        }
    }
}
