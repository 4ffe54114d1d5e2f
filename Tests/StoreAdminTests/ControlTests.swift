import EventLedger
import Foundation
import IngestAPI
import Synchronization
import Testing

@testable import StoreAdmin

@Suite("Changes while another process holds the store")
struct ControlTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ arguments: String...) async throws -> ToolResult {
        try await AdminTool.run(arguments, store: folder.store, in: folder)
    }

    private var socketPath: String { ControlSocket.path(forStore: folder.store) }

    @Test("The process that holds the store is asked, and what it answers is what is said")
    func asked() async throws {
        try await folder.filling { store, _ in
            let listener = try SocketListener(path: socketPath)
            async let served = listener.serveOnce { body in
                let change = try ControlSocket.decodeChange(body)
                return (200, try ControlSocket.encode(try await store.perform(change)))
            }
            let result = try await run("token", "create", "--scope", "events_write", "--name", "shop")
            let head = try await served
            #expect(head.hasPrefix("POST /changes HTTP/1.1\r\n"))
            #expect(result.exitCode == 0)
            let secret = try #require(TokenSecret(String(result.text.dropLast())))
            // Valid at once, in the process that holds the store.
            #expect(store.authorization(for: secret.digest)?.scopes == ScopeSet([.eventsWrite]))
        }
    }

    @Test("A change that the other process refuses is refused here")
    func refused() async throws {
        try await folder.filling { store, _ in
            let listener = try SocketListener(path: socketPath)
            async let served = listener.serveOnce { body in
                (200, try ControlSocket.encode(try await store.perform(try ControlSocket.decodeChange(body))))
            }
            let result = try await run("account", "create", "default")
            _ = try await served
            #expect(result.exitCode == 1)
            #expect(result.diagnostics == "store-admin: error: there is an account of that name already\n")
        }
    }

    @Test("A failure of the other process is reported with its message")
    func failure() async throws {
        try await folder.filling { _, _ in
            let listener = try SocketListener(path: socketPath)
            async let served = listener.serveOnce { _ in
                (503, Array(#"{"error":{"code":"storage_unavailable","message":"The disk is full."}}"#.utf8))
            }
            let result = try await run("token", "revoke", "1")
            _ = try await served
            #expect(result.exitCode == 69)
            #expect(result.diagnostics.contains("process \(getpid()) holds the store"))
            #expect(result.diagnostics.contains("The disk is full."))
        }
    }

    @Test(
        "An answer that cannot be understood leaves it open whether the change was made",
        arguments: [
            ("", ["token", "create"], "token that nobody knows, revoke it"),
            ("{}", ["app", "create"], "app that nobody knows, delete it"),
            ("no JSON", ["key", "expire", "--older-than", "1d"], "Run the same command again"),
        ]
    )
    func nonsense(answer: String, command: [String], advice: String) async throws {
        try await folder.filling { _, _ in
            let listener = try SocketListener(path: socketPath)
            async let served = listener.serveOnce { _ in (200, Array(answer.utf8)) }
            let result = try await AdminTool.run(command, store: folder.store, in: folder)
            _ = try await served
            #expect(result.exitCode == 69)
            #expect(result.output.isEmpty)
            #expect(result.diagnostics.contains("process \(getpid())"))
            #expect(result.diagnostics.contains("not known whether the change was made"))
            #expect(result.diagnostics.contains(advice))
        }
    }

    /// What is in the place of the socket.
    enum Obstacle: CaseIterable, Sendable {
        case nothing, file, socketOfNobody
    }

    @Test(
        "A process that does not listen is named, and nothing is changed",
        arguments: zip(
            Obstacle.allCases,
            [["token", "create"], ["token", "revoke", "1"], ["account", "create", "acme"]]
        )
    )
    func silent(obstacle: Obstacle, arguments: [String]) async throws {
        switch obstacle {
        case .nothing: break
        case .file: try Data().write(to: URL(fileURLWithPath: socketPath))
        case .socketOfNobody: try SocketListener(path: socketPath).close()
        }
        try await folder.filling { store, account in
            let result = try await AdminTool.run(arguments, store: folder.store, in: folder)
            #expect(result.exitCode == 69)
            #expect(result.output.isEmpty)
            #expect(result.diagnostics.hasPrefix("store-admin: error: process \(getpid()) holds the store"))
            #expect(result.diagnostics.contains("nothing was changed"))
            #expect(result.diagnostics.contains(obstacle == .nothing ? "has no socket at" : "does not listen on"))
            #expect(try await store.tokens(of: account).isEmpty)
            #expect(try await store.accounts(after: nil).count == 1)
        }
    }

    @Test("A store whose path is too long for a socket is named as that, also to whoever only watches")
    func longPath() async throws {
        let deep = folder.path(String(repeating: "d", count: 100))
        try FileManager.default.createDirectory(atPath: deep, withIntermediateDirectories: false)
        let path = deep + "/events.db"
        let holder = try await SQLiteEventStore.open(at: path)
        let cases = [
            (["account", "create", "acme"], "nothing was changed"), (["status", "--watch"], "nothing to watch"),
        ]
        for (command, words) in cases {
            let result = try await AdminTool.run(command, store: path, in: folder)
            #expect(result.exitCode == 69)
            #expect(result.diagnostics.contains("bytes that a socket's may have; "), "\(result.diagnostics)")
            #expect(result.diagnostics.contains(words), "\(result.diagnostics)")
        }
        await holder.close()
    }

    @Test("Of many changes only the first waits for the lock: the process that had it is asked for each")
    func many() async throws {
        let holder = try await SQLiteEventStore.open(at: folder.store)
        let listener = try SocketListener(path: socketPath)
        let answer = StoreChange.Outcome.eventsErased(count: 7)
        try await StoreAccess(path: folder.store).changing { _, perform in
            // The lock is free now, so a client that tried it first would make the change here.
            await holder.close()
            async let served = listener.serveOnce { _ in (200, try ControlSocket.encode(answer)) }
            #expect(try await perform(.eraseEvents(account: Account.defaultName, [])) == answer)
            _ = try await served
        }
    }

    @Test("A process that holds the store only for a moment is waited for")
    func released() async throws {
        let holder = try await SQLiteEventStore.open(at: folder.store)
        let pauses = Mutex(0)
        let access = StoreAccess(path: folder.store) {
            pauses.withLock { $0 += 1 }
            await holder.close()
        }
        let outcome = try await access.perform(.createAccount(name: "acme", isStrict: false))
        guard case .accountCreated(let account) = outcome else {
            Issue.record("the account was not created")
            return
        }
        #expect(account.name == "acme")
        #expect(pauses.withLock { $0 } == 1)
    }

    @Test("A process that is about to listen is asked once it does")
    func listensLater() async throws {
        try await folder.filling { store, _ in
            let access = StoreAccess(path: folder.store) {
                let listener = try SocketListener(path: socketPath)
                Task {
                    try await listener.serveOnce { body in
                        (200, try ControlSocket.encode(try await store.perform(try ControlSocket.decodeChange(body))))
                    }
                }
            }
            _ = try await access.perform(.createAccount(name: "acme", isStrict: false))
            #expect(try await store.account(named: "acme") != nil)
        }
    }

    @Test("A process that never listens is not waited for without end")
    func attempts() async throws {
        try await folder.filling { _, _ in
            let pauses = Mutex(0)
            let access = StoreAccess(path: folder.store) { pauses.withLock { $0 += 1 } }
            await #expect(throws: AdminFailure.self) {
                try await access.perform(.revokeToken(account: Account.defaultName, id: 1))
            }
            #expect(pauses.withLock { $0 } == Limits.changeAttempts - 1)
        }
    }
}
