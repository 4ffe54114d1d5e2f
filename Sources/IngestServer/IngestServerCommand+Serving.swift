import ArgumentParser
import EventLedger
import IngestAPI
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import UnixSignals

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// From the settings to the end of the process.
extension IngestServerCommand {
    func openStore(
        _ settings: ServerSettings,
        _ threads: MultiThreadedEventLoopGroup,
        _ certificate: TLSCertificate?,
        _ logger: Logger
    ) async throws -> SQLiteEventStore {
        let port = OpeningPort(settings: settings, eventLoopGroup: threads, certificate: certificate, logger: logger)
        let opened: Result<SQLiteEventStore, StoreError> = await port.serve {
            do throws(StoreError) {
                return .success(try await SQLiteEventStore.open(at: settings.store, logger: logger))
            } catch {
                return .failure(error)
            }
        }
        switch opened {
        case .success(let store):
            if store.migratedFrom == 0 {
                // Otherwise a mistyped path or an unmounted disk would go unnoticed, and known keys would be new.
                logger.warning(
                    "there was no store here: a new, empty one was made",
                    metadata: ["path": "\(store.path)"]
                )
            }
            logger.info("store opened", metadata: ["path": "\(store.path)"])
            return store
        case .failure(let error):
            try fail("\(error)", EX_UNAVAILABLE, settings.logFormat)
        }
    }

    func serve(
        _ store: SQLiteEventStore,
        _ settings: ServerSettings,
        _ threads: MultiThreadedEventLoopGroup,
        _ certificate: TLSCertificate?,
        _ issuer: TokenIssuer?,
        _ hangups: UnixSignalsSequence,
        _ logger: Logger
    ) async throws {
        let service = IngestService(
            settings: settings,
            store: store,
            controlSocket: ControlSocket.path(forStore: store.path),
            eventLoopGroup: threads,
            certificate: certificate,
            issuer: issuer,
            hangups: hangups,
            logger: logger
        ) { address in
            StandardErrorLogHandler(label: "ingest-server", format: settings.logFormat, logLevel: .notice)
                .announce(ReadyLine.text(for: address, isEncrypted: certificate != nil))
        } onMetricsListening: { address in
            logger.info("metrics", metadata: ["address": "\(ReadyLine.text(for: address))"])
        }
        let group = ServiceGroupConfiguration(
            services: [service],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger.forLibraries
        )
        try await ServiceGroup(configuration: group).run()
    }
}
