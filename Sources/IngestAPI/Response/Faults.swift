import EventModel

extension JSONWriter {
    /// Writes faults as an array of `{"field":…,"message":…}`, at most ``Limits/faultsPerAnswer`` of them; if there are
    /// more, the last entry says so.
    mutating func faults(_ faults: [InvalidValue]) {
        var listed = faults.prefix(Limits.faultsPerAnswer)
        if listed.count < faults.count {
            listed[listed.endIndex - 1] = InvalidValue(field: "base", message: "has more errors than are listed here")
        }
        array(listed) { json, fault in
            json.object { json in
                json.name("field")
                json.string(fault.field)
                json.name("message")
                json.string(fault.message)
            }
        }
    }
}
