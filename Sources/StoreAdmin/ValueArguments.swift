import ArgumentParser
import EventLedger

// The values of the command line, read by the rules of the model. A value that breaks a rule is a fault of the command
// line, and the message states the rule without repeating the value. Keys and contacts are read after the parser is
// done, because the parser's own messages would repeat them.

extension EventID {
    /// Reads an argument.
    init(argument: String) throws {
        guard let id = EventID(argument) else {
            throw ValidationError("the event's id must be 24 lower-case hexadecimal digits")
        }
        self = id
    }
}

extension FeedCursor {
    /// Reads an argument.
    init(argument: String) throws {
        guard let cursor = FeedCursor(argument) else {
            throw ValidationError("the cursor must be 24 lower-case hexadecimal digits, as \"next_cursor\" shows it")
        }
        self = cursor
    }
}

extension EventType {
    /// Reads an argument.
    init(argument: String) throws {
        do throws(InvalidValue) {
            self = try EventType(argument)
        } catch {
            throw ValidationError("the event's type \(error.message)")
        }
    }
}

extension IdempotencyKey {
    /// Reads an argument.
    init(argument: String) throws {
        do throws(InvalidValue) {
            self = try IdempotencyKey(argument)
        } catch {
            throw ValidationError("the key \(error.message)")
        }
    }
}

extension Scope {
    /// The names of the scopes, for people.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")

    /// Reads an argument.
    init(argument: String) throws {
        guard let scope = Scope(rawValue: argument) else {
            throw ValidationError("the scope must be one of \(Scope.names)")
        }
        self = scope
    }
}

extension ContactReference {
    /// Reads an argument.
    init(argument: String) throws {
        do throws(InvalidValue) {
            self = try ContactReference(argument)
        } catch {
            let subject = error.field == "contact" ? "the contact" : "the contact's \(error.field)"
            throw ValidationError("\(subject) \(error.message)")
        }
    }
}
