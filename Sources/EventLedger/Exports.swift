// Importing `EventLedger` also imports the types that its interface uses.
@_exported public import EventModel
