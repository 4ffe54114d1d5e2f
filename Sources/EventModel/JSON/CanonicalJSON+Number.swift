extension CanonicalJSON {
    /// Appends a number as its sign, its digits without zeros at either end, and the power of ten of the last one:
    /// `-0.0150` and `-15e-3` are both `#-15e-3;`. Zero has no sign and no power: `#;`.
    mutating func appendNumber(_ range: Range<Int>, _ scanner: JSONScanner) {
        let spelling = scanner.bytes[range]
        append(tag: "#")
        let isNegative = spelling.first == UInt8(ascii: "-")
        let mantissaEnd = spelling.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? spelling.endIndex
        let mantissa = spelling[..<mantissaEnd]
        guard let first = mantissa.firstIndex(where: { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }) else {
            return append(tag: ";")
        }
        append(tag: isNegative ? "-" : "+")
        let shift = appendDigits(of: mantissa, from: first)
        append(tag: "e")
        appendExponent(spelling[mantissaEnd...].dropFirst(), plus: shift)
        append(tag: ";")
    }

    /// Appends the digits from the first nonzero one to the last nonzero one.
    ///
    /// - Returns: The power of ten of the last digit, which follows from the position of the decimal point.
    private mutating func appendDigits(of mantissa: Slice<UnsafeBufferPointer<UInt8>>, from first: Int) -> Int {
        let point = mantissa.firstIndex(of: UInt8(ascii: ".")) ?? mantissa.endIndex
        let isSignificant = { (byte: UInt8) in byte != UInt8(ascii: "0") && byte != UInt8(ascii: ".") }
        let last = mantissa.lastIndex(where: isSignificant) ?? first
        for byte in mantissa[first...last] where byte != UInt8(ascii: ".") { append(byte: byte) }
        return last < point ? point - last - 1 : point - last
    }

    /// Appends the sum of a spelled exponent and a shift, in decimal. An exponent may have any number of digits, so it
    /// may not fit in any integer.
    private mutating func appendExponent(_ spelling: Slice<UnsafeBufferPointer<UInt8>>, plus shift: Int) {
        let isNegative = spelling.first == UInt8(ascii: "-")
        let magnitude = spelling.drop { !$0.isASCIIDigit || $0 == UInt8(ascii: "0") }
        // The sum of seventeen digits and a shift fits in an integer: a shift is smaller than the length of the text.
        guard magnitude.count > 17 else {
            let value = magnitude.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return append(decimal: (isNegative ? -value : value) + shift)
        }
        var digits = Array(magnitude)
        var carry = isNegative ? -shift : shift
        var position = digits.count - 1
        while carry != 0, position >= 0 {
            let sum = Int(digits[position] - UInt8(ascii: "0")) + carry
            let digit = (sum % 10 + 10) % 10
            digits[position] = UInt8(ascii: "0") + UInt8(digit)
            carry = (sum - digit) / 10
            position -= 1
        }
        if isNegative { append(tag: "-") }
        if carry != 0 { append(decimal: carry) }
        let significant = carry != 0 ? digits[...] : digits.drop { $0 == UInt8(ascii: "0") }
        for digit in significant { append(byte: digit) }
    }

    private mutating func append(decimal number: Int) {
        if number < 0 { append(tag: "-") }
        var magnitude = number.magnitude
        var divisor: UInt = 1
        while magnitude / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(byte: UInt8(ascii: "0") + UInt8(magnitude / divisor))
            magnitude %= divisor
            divisor /= 10
        }
    }
}
