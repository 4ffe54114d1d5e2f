/// The format of a file that does not hold lines of JSON, recognised by its first bytes.
enum FileForm {
    private static let signatures: [(bytes: [UInt8], name: String)] = [
        ([0x1F, 0x8B], "gzip"), ([0x28, 0xB5, 0x2F, 0xFD], "zstd"), ([0x42, 0x5A, 0x68], "bzip2"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz"), ([0x50, 0x4B, 0x03, 0x04], "zip"),
    ]

    /// Why a file cannot be imported, and what to do; nil if it may hold lines.
    ///
    /// - Parameter start: The file's first line.
    static func fault(of start: UnsafeRawBufferPointer) -> String? {
        for (bytes, name) in signatures where start.starts(with: bytes) {
            return "the file is compressed (\(name)); decompress it first, such as into `store-admin import -`"
        }
        // The byte order marks of UTF-16, or the zero byte in a character of JSON (RFC 4627, section 3).
        let hasMark = start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF])
        return hasMark || start.prefix(2).contains(0)
            ? "the file is not UTF-8 but looks like UTF-16; write it in UTF-8, such as with iconv"
            : nil
    }
}
