// swift-tools-version: 6.2

import PackageDescription

var swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// The project's own checks treat warnings as errors; a newer compiler's warnings must not break other builds.
if Context.environment["WARNINGS_AS_ERRORS"] != nil {
    swiftSettings.append(.treatAllWarnings(as: .error))
}

let package = Package(
    name: "event-ledger",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "EventLedger", targets: ["EventLedger"]),
        .executable(name: "ingest-server", targets: ["IngestServer"]),
        .executable(name: "store-admin", targets: ["StoreAdmin"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1.git", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates.git", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
    ],
    targets: [
        // The system's libsqlite3, and the only module that may call it.
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]
        ),
        .target(name: "SQLite", dependencies: ["CSQLite"]),

        // The system's zlib, and the only module that calls it.
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(name: "Zlib", dependencies: ["CZlib"]),

        // The schema's steps as plain SQL files, and the catalog that embeds them.
        .target(
            name: "Migrations",
            path: "Migrations",
            resources: [
                .embedInCode("V0001__initial_schema.sql"),
                .embedInCode("V0002__segmented_ledger.sql"),
                .embedInCode("V0003__rate_limits_and_oauth.sql"),
                .embedInCode("V0004__contact_changes.sql"),
                .embedInCode("V0005__replay_counts.sql"),
                .embedInCode("V0006__keys_stay_expired.sql"),
                .embedInCode("V0007__erasures_found_at_once.sql"),
                .embedInCode("V0008__numbers_passed_over.sql"),
                .embedInCode("V0009__damage_is_noticed.sql"),
                .embedInCode("V0010__logs_are_numbered.sql"),
            ]
        ),

        // Plain values, no I/O.
        .target(
            name: "EventModel",
            dependencies: [.product(name: "Crypto", package: "swift-crypto")]
        ),

        // The library that applications embed.
        .target(
            name: "EventLedger",
            dependencies: [
                "EventModel",
                "Migrations",
                "SQLite",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ]
        ),

        // Turns bytes into commands, and outcomes into bytes. No sockets and no disk.
        .target(name: "IngestAPI", dependencies: ["EventModel"], resources: [.embedInCode("openapi.json")]),

        // The HTTP adapter around the library; no other target names the HTTP library.
        .executableTarget(
            name: "IngestServer",
            dependencies: [
                "EventLedger",
                "IngestAPI",
                "Zlib",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Instrumentation", package: "swift-distributed-tracing"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),

        // The tool with which an operator inspects and maintains a store.
        .executableTarget(
            name: "StoreAdmin",
            dependencies: [
                "EventLedger",
                "IngestAPI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),

        // What `Tools/benchmark` runs; no product. Its folder's name differs from the script's, because some file
        // systems ignore case. The script compiles the C programs in it.
        .executableTarget(
            name: "benchmark",
            dependencies: [
                "EventLedger",
                "EventModel",
                "IngestAPI",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tools/BenchmarkTool",
            exclude: ["Peers"]
        ),

        // What `Tools/crash-test` runs; no product.
        .executableTarget(
            name: "crashtest",
            dependencies: [
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            path: "Tools/CrashTestTool",
            exclude: ["nbdkit-volatile-cache.py"]
        ),

        // What `Tools/fuzz` runs; no product. Few dependencies, because all of them are built again for it.
        .executableTarget(
            name: "fuzz",
            dependencies: ["EventModel", "IngestAPI", "TestSupport"],
            path: "Tools/FuzzTool",
            exclude: ["Seeds", "json.dict"]
        ),

        // Code that the tests of several modules share.
        .target(
            name: "TestSupport",
            dependencies: [.product(name: "Logging", package: "swift-log")],
            path: "Tests/TestSupport"
        ),
        // A disk that loses power on demand, as an SQLite VFS.
        .target(name: "SimulatedDisk", dependencies: ["CSQLite"], path: "Tests/SimulatedDisk"),
        .testTarget(name: "SQLiteTests", dependencies: ["SQLite", "SimulatedDisk"]),
        .testTarget(name: "MigrationsTests", dependencies: ["Migrations", "SQLite"]),
        .testTarget(name: "EventModelTests", dependencies: ["EventModel", "TestSupport"]),
        .testTarget(
            name: "EventLedgerTests",
            dependencies: [
                "EventLedger",
                "EventModel",
                "Migrations",
                "SQLite",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // The store on the simulated disk.
        .testTarget(
            name: "DurabilityTests",
            dependencies: [
                "EventLedger",
                "EventModel",
                "SQLite",
                "SimulatedDisk",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]
        ),
        // The promises of `EventStore`, tested only through the protocol, for every kind of store.
        .testTarget(name: "ConformanceTests", dependencies: ["EventLedger"]),
        .testTarget(name: "IngestAPITests", dependencies: ["IngestAPI", "EventModel", "TestSupport"]),
        .testTarget(
            name: "IngestServerTests",
            dependencies: [
                "IngestServer",
                "EventLedger",
                "EventModel",
                "IngestAPI",
                "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "X509", package: "swift-certificates"),
            ]
        ),
        .testTarget(
            name: "StoreAdminTests",
            dependencies: [
                "EventLedger",
                "IngestAPI",
                "Migrations",
                "SQLite",
                "StoreAdmin",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        .testTarget(
            name: "BenchmarkTests",
            dependencies: ["benchmark", "EventModel", .product(name: "NIOCore", package: "swift-nio")]
        ),
        .testTarget(name: "CrashTestTests", dependencies: ["crashtest"]),
        // The fuzzer's checks on its corpora, so that neither becomes outdated.
        .testTarget(name: "FuzzTests", dependencies: ["fuzz", "TestSupport"]),
        // The README's example, and the two executables as whole processes.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "EventLedger",
                "IngestServer",
                "StoreAdmin",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]
        ),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = (target.swiftSettings ?? []) + swiftSettings
}
