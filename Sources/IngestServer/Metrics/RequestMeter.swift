import EventLedger
import NIOCore
import Synchronization

/// Counts the answers of a server: by route, method and status, and how long they took.
///
/// Each event loop counts for itself, so that no request waits for another thread's; a reader adds the counts up.
final class RequestMeter: Sendable {
    /// What distinguishes answers.
    struct Kind: Hashable, Sendable {
        var route: Route
        var method: MeteredMethod
        var status: UInt16
    }

    /// What was counted.
    struct Counts: Sendable {
        var answers: [Kind: UInt64] = [:]
        /// How long answers took, in seconds.
        var seconds: [Route: Histogram] = [:]

        fileprivate mutating func add(_ other: Counts) {
            answers.merge(other.answers) { $0 + $1 }
            for (route, histogram) in other.seconds {
                seconds[route, default: Histogram(bounds: Histogram.secondsBounds)].add(histogram)
            }
        }
    }

    /// The counts of one event loop. Others take the lock only to read them.
    final class Share: Sendable {
        fileprivate let counts = Mutex(Counts())

        /// Counts an answer.
        func note(_ route: Route, _ method: MeteredMethod, status: UInt, since start: NIODeadline) {
            let seconds = Double((NIODeadline.now() - start).nanoseconds) / 1e9
            let kind = Kind(route: route, method: method, status: UInt16(clamping: status))
            counts.withLock { counts in
                counts.answers[kind, default: 0] += 1
                counts.seconds[route, default: Histogram(bounds: Histogram.secondsBounds)].record(seconds)
            }
        }
    }

    private let shares = Mutex<[ObjectIdentifier: Share]>([:])

    /// The counts that the connections of an event loop add to.
    func share(of eventLoop: any EventLoop) -> Share {
        shares.withLock { shares in
            if let share = shares[ObjectIdentifier(eventLoop)] { return share }
            let share = Share()
            shares[ObjectIdentifier(eventLoop)] = share
            return share
        }
    }

    /// What all event loops have counted.
    var counts: Counts {
        shares.withLock { Array($0.values) }.reduce(into: Counts()) { sum, share in
            sum.add(share.counts.withLock { $0 })
        }
    }
}
