extension [UInt8] {
    /// Appends a JSON string with its quotes, with everything escaped that RFC 8259, section 7, requires.
    package mutating func appendJSON(string: some StringProtocol) {
        append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0x00..<0x20:
                append(contentsOf: "\\u00".utf8)
                append(.hexadecimalDigit(UInt64(byte >> 4)))
                append(.hexadecimalDigit(UInt64(byte)))
            default:
                append(byte)
            }
        }
        append(UInt8(ascii: "\""))
    }
}
