import Foundation

/// A thread that runs one closure.
struct BlockingThread {
    private let thread: Thread

    init(_ body: @escaping @Sendable () -> Void) {
        thread = Thread(block: body)
    }

    func start() { thread.start() }
}
