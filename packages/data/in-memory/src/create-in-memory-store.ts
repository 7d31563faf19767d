import { checkWrite, createReadGuard, invalid } from '@careledger/data-kit'
import { StoreError, type DataStore } from '@careledger/data-spec'
import { applyWrite } from './apply-write.ts'
import { createMaintenance } from './create-maintenance.ts'
import { createOutbox } from './create-outbox.ts'
import { createSequencer } from './create-sequencer.ts'
import { createView } from './create-view.ts'
import { createInMemoryDatabase, type InMemoryDatabase } from './in-memory-database.ts'

export interface InMemoryStoreSettings {
  /** What the store keeps its rows in; a fresh one when absent. Give the same one to two stores to play two processes or a restart. */
  readonly database?: InMemoryDatabase | undefined
}

const writeRowsMax = 16_384

/** A store that lives as long as its database object; durability `none`. Snapshots cost nothing and hold up nobody. */
export function createInMemoryStore({ database = createInMemoryDatabase() }: InMemoryStoreSettings = {}): DataStore {
  const guard = createReadGuard()
  let closed = false
  const check = (): void => {
    if (closed) throw new StoreError('STORE_CLOSED', 'The store is closed.')
    guard.check()
  }
  return {
    specVersion: 'v1',
    async write(write) {
      check()
      return applyWrite(database, checkWrite(write, writeRowsMax))
    },
    async read(body) {
      check()
      const snapshot = database.clock.open()
      let open = true
      const view = createView(database, snapshot.at, () => {
        if (closed) throw new StoreError('STORE_CLOSED', 'The store is closed.')
        if (!open) throw invalid('The view was used after its read had ended.')
      })
      try {
        return await guard.run(() => body(view))
      } finally {
        open = false
        snapshot.close()
      }
    },
    sequencer: createSequencer(database, check),
    outbox: createOutbox(database, check),
    maintenance: createMaintenance(database, check),
    describe: () => ({ durability: 'none', writeRowsMax }),
    async health() {
      return closed ? { ok: false, problems: ['The store is closed.'] } : { ok: true, problems: [] }
    },
    async close() { closed = true },
  }
}
