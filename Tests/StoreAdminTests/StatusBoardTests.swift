import EventModel
import Foundation
import IngestAPI
import Synchronization
import Testing

@testable import StoreAdmin

@Suite("What status --watch shows")
struct StatusBoardTests {
    private static func figures(
        uptime: Double,
        answers: UInt64 = 0,
        events: UInt64 = 0,
        notReady: String? = nil
    ) -> LiveFigures {
        LiveFigures(
            uptimeSeconds: uptime,
            answers: [.init(route: "/v1/events", method: "POST", status: 200, count: answers)],
            answerSeconds: Histogram(bounds: Histogram.secondsBounds),
            connections: 3,
            acceptedEvents: events,
            replays: 0,
            mismatches: 0,
            queuedCommands: 7,
            eventsPerTransaction: Histogram(bounds: Histogram.sizeBounds),
            commitSeconds: Histogram(bounds: Histogram.secondsBounds),
            writeAheadLogBytes: 5 * 1_048_576,
            residentBytes: nil,
            openFiles: 12,
            notReady: notReady
        )
    }

    @Test("the first rates shown are those since the look before them, and not since the server's start")
    func begin() {
        var board = StatusBoard(chartWidth: 4)
        board.begin(Self.figures(uptime: 1_000, answers: 5_000, events: 50))
        let lines = board.update(Self.figures(uptime: 1_001, answers: 5_030, events: 60), processID: 7)
        #expect(lines[1] == "requests/s          30     █")
        #expect(lines[2] == "events/s            10     █")
    }

    @Test("rates are those since the last look, with a chart of the ones before")
    func rates() {
        var board = StatusBoard(chartWidth: 4)
        _ = board.update(Self.figures(uptime: 10, answers: 100, events: 50), processID: 7)
        let lines = board.update(Self.figures(uptime: 12, answers: 300, events: 150), processID: 7)
        #expect(lines[0] == "process 7, up 12 s, ready")
        #expect(lines[1] == "requests/s         100    ▂█")
        #expect(lines[2] == "events/s            50    ▂█")
        #expect(lines[4].contains("-"))
        #expect(lines[7] == "queue                7    ██")
        #expect(lines[8] == "answers     200: 200")
        #expect(lines[9].contains("log         5 MiB   memory ?   open files 12   connections 3"))
    }

    @Test("a server that was started anew counts from nothing")
    func restarted() {
        var board = StatusBoard(chartWidth: 4)
        _ = board.update(Self.figures(uptime: 1_000, answers: 100_000), processID: 7)
        let lines = board.update(Self.figures(uptime: 2, answers: 10, notReady: "The disk is full"), processID: 8)
        #expect(lines[0] == "process 8, up 2 s, not ready: The disk is full")
        #expect(lines[1].contains(" 5 "))
    }

    @Test("a chart keeps the last values, the highest one as the highest block, and nothing as the lowest")
    func sparkline() {
        var chart = Sparkline(width: 3)
        #expect(chart.text == "   ")
        for value in [9, 0, 1, 8] as [Double] { chart.append(value) }
        #expect(chart.text == "▁▂█")
        #expect(chart.values == [0, 1, 8])
    }

    @Test("without a server there is nothing to watch")
    func nobody() async throws {
        let folder = try TemporaryFolder()
        try await folder.filling { _, _ in }
        let result = try await AdminTool.run(["status", "--watch"], store: folder.store, in: folder)
        #expect(result.exitCode == 69)
        #expect(result.diagnostics.contains("nobody holds the store"))
        #expect(try await AdminTool.run(["status", "--count", "2"], store: folder.store, in: folder).exitCode == 64)
    }

    @Test("the server that holds the store is asked twice before rates are shown")
    func asked() async throws {
        let folder = try TemporaryFolder()
        try await folder.filling { _, _ in
            let path = ControlSocket.path(forStore: folder.store)
            let listener = try SocketListener(path: path)
            let next = Mutex<SocketListener?>(nil)
            let serving = Task {
                _ = try await listener.serveOnce { _ in
                    // It exists before the first answer is sent, so that the second request finds it.
                    try FileManager.default.removeItem(atPath: path)
                    let listener = try SocketListener(path: path)
                    next.withLock { $0 = listener }
                    return (200, try ControlSocket.encode(Self.figures(uptime: 61, answers: 6_000)))
                }
                return try await next.withLock { $0 }?.serveOnce { _ in
                    (200, try ControlSocket.encode(Self.figures(uptime: 62, answers: 6_030)))
                }
            }
            let result = try await AdminTool.run(
                ["status", "--watch", "--count", "1"],
                store: folder.store,
                in: folder
            )
            #expect(try await serving.value?.hasPrefix("GET /figures HTTP/1.1\r\n") == true)
            #expect(result.exitCode == 0)
            #expect(result.lines.first == "process \(getpid()), up 1 min, ready")
            #expect(result.lines.dropFirst().first?.contains("requests/s          30  ") == true)
        }
    }
}
