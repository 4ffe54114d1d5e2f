import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the certificate and its key again on SIGHUP, as whoever renews them sends it.
struct TLSReloadService: Service {
    let certificate: TLSCertificate
    let logger: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do throws(TLSCertificate.Unusable) {
                try certificate.reload()
                logger.info("certificate read again")
            } catch {
                logger.error("certificate not changed", metadata: ["reason": "\(error)"])
            }
        }
    }
}
