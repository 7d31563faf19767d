/** What this process's newest id ended with: its millisecond, and its place within that. The next one is later (`newEntryId`). */
export const lastId = { ms: 0, counter: 0 }
