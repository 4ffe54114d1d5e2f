/// The header of a frame in a write-ahead log.
struct LogFrame {
    /// The page of the database that it holds.
    var page: UInt32
    /// The length of the database in pages, in the frame that ends a transaction; 0 in others.
    var databasePages: UInt32
    /// The number that the log was given when it started again, which the log's header holds too.
    var salts: UInt64
    var checksum: LogChecksum

    var isCommit: Bool { databasePages != 0 }
}

/// A checksum over all of a log up to some place.
struct LogChecksum: Equatable {
    var first: UInt32 = 0
    var second: UInt32 = 0

    /// Continues over 4-byte words, of which there is an even number.
    func over(_ bytes: [UInt8], isBigEndian: Bool) -> LogChecksum {
        var sums = self
        bytes.withUnsafeBytes { bytes in
            func word(_ offset: Int) -> UInt32 {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
            }
            for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
                sums.first &+= word(offset) &+ sums.second
                sums.second &+= word(offset + 4) &+ sums.first
            }
        }
        return sums
    }
}

/// A write-ahead log as it is in its file (https://www.sqlite.org/walformat.html).
struct LogFile {
    /// What a log begins with: how the words of its checksums are read.
    private static let littleEndianMagic: UInt32 = 0x377F_0682
    private static let bigEndianMagic: UInt32 = 0x377F_0683
    private static let headerBytes = 32
    private static let frameHeaderBytes = 24

    private let file: OpenFile
    private let pageSize: Int
    /// How many frames the file has room for.
    let frameCount: Int
    /// What the header says; nil if it is damaged.
    let salts: UInt64?
    private let isBigEndian: Bool

    init(_ file: OpenFile, pageSize: Int) {
        self.file = file
        self.pageSize = pageSize
        let length = Int(file.size) - LogFile.headerBytes
        frameCount = max(0, length / (LogFile.frameHeaderBytes + pageSize))
        let header = file.bytes(at: 0, count: LogFile.headerBytes) ?? []
        let saidBigEndian: Bool? =
            switch header.bigEndian(at: 0) as UInt32 {
            case LogFile.littleEndianMagic: false
            case LogFile.bigEndianMagic: true
            default: nil
            }
        // A damaged header is taken to be as this machine would write it.
        isBigEndian = saidBigEndian ?? (1.bigEndian == 1)
        let checksum = LogChecksum().over(Array(header.prefix(24)), isBigEndian: isBigEndian)
        let isWhole =
            header.count == LogFile.headerBytes && saidBigEndian != nil && header.bigEndian(at: 8) == pageSize
            && checksum == LogChecksum(first: header.bigEndian(at: 24), second: header.bigEndian(at: 28))
        salts = isWhole ? UInt64(header.bigEndian(at: 16)) << 32 | UInt64(header.bigEndian(at: 20)) : nil
    }

    /// Where a frame begins; they are counted from 1.
    func offset(of number: Int) -> Int64 {
        Int64(LogFile.headerBytes + (number - 1) * (LogFile.frameHeaderBytes + pageSize))
    }

    /// Nil if it cannot be read.
    func frame(_ number: Int) -> LogFrame? {
        guard let bytes = file.bytes(at: offset(of: number), count: LogFile.frameHeaderBytes) else { return nil }
        return LogFrame(
            page: bytes.bigEndian(at: 0),
            databasePages: bytes.bigEndian(at: 4),
            salts: UInt64(bytes.bigEndian(at: 8)) << 32 | UInt64(bytes.bigEndian(at: 12)),
            checksum: LogChecksum(first: bytes.bigEndian(at: 16), second: bytes.bigEndian(at: 20))
        )
    }

    func page(_ number: Int) -> [UInt8]? {
        file.bytes(at: offset(of: number) + Int64(LogFile.frameHeaderBytes), count: pageSize)
    }

    /// Whether a frame was written right behind another one: its checksum continues from there.
    func isFrame(_ number: Int, _ frame: LogFrame, rightBehind previous: LogFrame) -> Bool {
        guard
            frame.salts == previous.salts, let header = file.bytes(at: offset(of: number), count: 8),
            let page = page(number)
        else { return false }
        let checksum = previous.checksum.over(header, isBigEndian: isBigEndian).over(page, isBigEndian: isBigEndian)
        return checksum == frame.checksum
    }
}

extension [UInt8] {
    /// A 4-byte word, the highest byte first; 0 if there are not enough bytes.
    fileprivate func bigEndian(at offset: Int) -> UInt32 {
        guard offset + 4 <= count else { return 0 }
        return self[offset..<(offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
