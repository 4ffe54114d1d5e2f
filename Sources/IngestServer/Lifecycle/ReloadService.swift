import Logging
import ServiceLifecycle
import UnixSignals

/// Reads again, on SIGHUP, what may change while the server runs.
///
/// That is the certificate and its key, because whoever renews them sends the signal, and the keys of an issuer of
/// access tokens. If there is neither, it logs that.
struct ReloadService: Service {
    /// The signals, caught from the moment that the sequence was made.
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
