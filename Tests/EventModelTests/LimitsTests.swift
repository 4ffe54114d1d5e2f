import EventModel
import Testing

@Suite("Limits")
struct LimitsTests {
    @Test("fit together")
    func relations() {
        #expect(Limits.eventDataBytes <= Limits.requestBodyBytes)
        #expect(Limits.eventDataDepth < Limits.requestBodyDepth)
        #expect(Limits.requestBodyBytes <= Limits.bytesPerTransaction)
        #expect(Limits.bytesPerTransaction <= Limits.queuedBytes / 2)
        #expect(Limits.requestBodyBytes <= Limits.batchBodyBytes)
        // A batch always fits into an empty queue.
        #expect(Limits.batchEvents <= Limits.queuedCommands / 2)
        #expect(Limits.batchBodyBytes + Limits.batchEvents * 1_024 <= Limits.queuedBytes / 2)
        #expect(Limits.commandsPerTransaction <= Limits.queuedCommands / 2)
        #expect(Limits.talliesPerTransaction <= Limits.talliedKeys)
        #expect(Limits.defaultPageRows <= Limits.pageRows)
        #expect(Limits.pageRows <= Limits.rowsScannedPerPage)
        #expect(Limits.defaultContactPageRows <= Limits.contactPageRows)
        #expect(Limits.eventDataBytes <= Limits.pageBytes)
        // A page always fits into an account's half of a budget, including what is written about its events besides
        // their data; and so does a batch.
        #expect(Limits.pageBytes + Limits.eventDataBytes + Limits.pageRows * 1_024 <= Limits.answerBytes / 2)
        #expect(2 * (Limits.batchBodyBytes + Limits.inflaterBytes) <= Limits.receivedBytes / 2)
        #expect(Limits.smallAnswerBytes * Limits.streams <= 2 * Limits.answerBytes)
        #expect(Limits.headerFieldBytes <= Limits.headerListBytes)
        #expect(Limits.streamWindowBytes <= Limits.connectionWindowBytes)
        #expect(Limits.connectionWindowBytes < Limits.receivedBytes)
        #expect(Limits.streamsPerConnection <= Limits.streams)
        #expect(Limits.idempotencyKeyBytes <= Limits.headerFieldBytes)
        #expect(Limits.requestHeadTimeoutMilliseconds <= Limits.requestBodyTimeoutMilliseconds)
        // The fingerprint walks event data recursively.
        #expect(Limits.eventDataDepth <= 64)
    }

    @Test("leave an account and a sequence number room in one position of 63 bits")
    func positions() {
        #expect(Int64(Limits.accounts) < 1 << 23)
        #expect(Limits.sequencePerAccount < 1 << 40)
        #expect(Limits.numbersPassedOver * 1_000 < Limits.sequencePerAccount)
        #expect(Limits.accountsPassedOver * 1_000 < Limits.accounts)
    }
}
