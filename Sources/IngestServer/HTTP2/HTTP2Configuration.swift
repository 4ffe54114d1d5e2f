import EventModel
import NIOCore
import NIOHTTP2

extension NIOHTTP2Handler.Configuration {
    /// What the server lets a client do on a connection of HTTP/2. If a client goes beyond it, the connection is ended.
    static var server: NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Limits.streamsPerConnection),
            HTTP2Setting(parameter: .initialWindowSize, value: Limits.streamWindowBytes),
            // A head over the limit is answered, as on HTTP/1.1; one over twice the limit is not read at all.
            HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * Limits.headerListBytes),
        ]
        configuration.connection.targetWindowSize = Limits.connectionWindowBytes
        configuration.stream.targetWindowSize = Limits.streamWindowBytes
        configuration.connection.maximumBufferedControlFrames = Limits.bufferedControlFrames
        // If a request was answered before its body had come in, the rest may still be on its way.
        configuration.connection.maximumRecentlyResetStreams = Limits.recentlyResetStreams
        configuration.stream.streamResetFrameRateLimit.maximumCount = Limits.streamResets
        configuration.stream.streamResetFrameRateLimit.windowLength = .milliseconds(
            Limits.streamResetWindowMilliseconds
        )
        return configuration
    }
}
