/// A buffer of bytes that are written one after the other, and read once all of them are written.
///
/// It does what an array does, without the check on each byte that the array is uniquely referenced. It is on the path
/// of every event, so its writes are unchecked; each comes after a call that makes room. Only ``CanonicalJSON`` uses
/// it.
struct ByteSink: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    /// - Parameter capacity: How many bytes fit before the buffer has to grow.
    init(capacity: Int) {
        self.capacity = max(capacity, 64)
        start = .allocate(capacity: self.capacity)
    }

    deinit {
        start.deallocate()
    }

    /// Lends the bytes that were written.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        body(UnsafeRawBufferPointer(start: start, count: count))
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        start[count] = byte
        count += 1
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        UnsafeMutableRawPointer(start + count).copyMemory(from: source, byteCount: bytes.count)
        count += bytes.count
    }

    mutating func removeAll() {
        count = 0
    }

    /// Overwrites the bytes from `offset` to the end with as many others.
    mutating func replace(from offset: Int, with bytes: UnsafeRawBufferPointer) {
        precondition(offset >= 0 && offset + bytes.count == count, "the bytes take the place of the last ones")
        guard let source = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(start + offset).copyMemory(from: source, byteCount: bytes.count)
    }

    /// Makes room for more bytes.
    private mutating func reserve(_ more: Int) {
        if count + more <= capacity { return }
        grow(more)
    }

    private mutating func grow(_ more: Int) {
        capacity = max(2 * capacity, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        UnsafeMutableRawPointer(larger).copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }
}
