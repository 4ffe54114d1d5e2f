// Whoever embeds the library writes `import EventLedger` and has the values that it speaks in as well.
@_exported public import EventModel
