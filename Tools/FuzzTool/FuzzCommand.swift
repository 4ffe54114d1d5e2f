import Foundation

#if FUZZING

/// The target that libFuzzer runs in this process.
private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else { fatalError("FUZZ_TARGET names no target: \(name)") }
    return target
}()

/// The function that libFuzzer calls with every input (https://llvm.org/docs/LibFuzzer.html).
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    do throws(Finding) {
        _ = try target.check(UnsafeRawBufferPointer(start: start, count: count))
    } catch {
        fatalError("\(target.rawValue): \(error)")
    }
    return 0
}

#else

/// Without libFuzzer, the program checks the inputs that it is given: those of a corpus, or one that was found.
@main
enum FuzzCommand {
    private static let usage = """
        usage: fuzz --list
               fuzz TARGET FILE…    checks each file as an input of the target

        """

    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.elementsEqual(["--list"]) {
            return FuzzTarget.allCases.forEach { print($0.rawValue) }
        }
        guard let name = arguments.first, let target = FuzzTarget(rawValue: name), arguments.count > 1 else {
            stop(64, usage)
        }
        var findings = 0
        for path in arguments.dropFirst() {
            guard let input = FileManager.default.contents(atPath: path) else {
                stop(66, "fuzz: \(path) cannot be read\n")
            }
            do throws(Finding) {
                print("\(path): \(try target.check([UInt8](input)))")
            } catch {
                findings += 1
                print("\(path): \(error)")
            }
        }
        if findings > 0 { stop(1, "fuzz: \(findings) findings\n") }
    }

    private static func stop(_ code: CInt, _ message: String) -> Never {
        FileHandle.standardError.write(Data(message.utf8))
        exit(code)
    }
}

#endif
