import { invalid } from '@careledger/data-kit'
import { StoreError, type Maintenance } from '@careledger/data-spec'
import { readBackup, writeBackup } from './backup-stream.ts'
import { findContradictions } from './find-contradictions.ts'
import { joined, type InMemoryDatabase } from './in-memory-database.ts'

export function createMaintenance(database: InMemoryDatabase, check: () => void): Maintenance {
  return {
    async clearProjections(tables) {
      check()
      for (const table of new Set(tables)) {
        for (const [key] of [...database.projections.range({ prefix: joined(table, '') })]) database.projections.set(key, undefined)
        for (const [key] of [...database.indexes.range({ prefix: joined(table, '') })]) database.indexes.set(key, undefined)
      }
      database.clock.finish()
    },
    async sweepClaims(before) {
      check()
      const swept = [...database.claims.range({ prefix: '' })].filter(([, { expiresAt }]) => expiresAt !== undefined && expiresAt < before)
      for (const [key] of swept) database.claims.set(key, undefined)
      database.clock.finish()
      return swept.length
    },
    async dropSealed(entryId) {
      check()
      const stored = database.entries.get(entryId)
      if (stored?.entry.sealed === undefined) return false
      const { sealed: _, ...entry } = stored.entry
      database.entries.set(entryId, { ...stored, entry })
      database.clock.finish()
      return true
    },
    async contradictions() {
      check()
      return findContradictions(database)
    },
    async *backup() {
      check()
      const snapshot = database.clock.open()
      try {
        yield* writeBackup(database, snapshot.at)
      } finally {
        snapshot.close()
      }
    },
    async restore(chunks) {
      check()
      if (database.clock.now !== 0) throw invalid('The store is not empty.')
      const put = await readBackup(chunks).catch((cause: unknown) => {
        throw new StoreError('STORE_CORRUPTION', 'The backup is damaged or cut.', { cause })
      })
      if (database.clock.now !== 0) throw invalid('The store is not empty.')
      put(database)
      database.clock.finish()
    },
  }
}
