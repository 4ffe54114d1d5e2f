import EventModel
import NIOCore
import NIOHTTP2

extension NIOHTTP2Handler.Configuration {
    /// What the server lets a client do on a connection of HTTP/2. Beyond it the connection is ended.
    static var server: NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: Limits.streamsPerConnection),
            HTTP2Setting(parameter: .initialWindowSize, value: Limits.streamWindowBytes),
            // A head that is larger than is taken is told so, as by HTTP/1.1; of one twice as large nothing is read.
            HTTP2Setting(parameter: .maxHeaderListSize, value: 2 * Limits.headerListBytes),
        ]
        configuration.connection.targetWindowSize = Limits.connectionWindowBytes
        configuration.stream.targetWindowSize = Limits.streamWindowBytes
        configuration.connection.maximumBufferedControlFrames = Limits.bufferedControlFrames
        // Of a request that was answered before its body had come in, the rest may still be on its way.
        configuration.connection.maximumRecentlyResetStreams = Limits.recentlyResetStreams
        configuration.stream.streamResetFrameRateLimit.maximumCount = Limits.streamResets
        configuration.stream.streamResetFrameRateLimit.windowLength = .milliseconds(
            Limits.streamResetWindowMilliseconds
        )
        return configuration
    }
}
