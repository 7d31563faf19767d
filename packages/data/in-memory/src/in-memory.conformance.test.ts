import { dataStoreConformance } from '@careledger/data-conformance'
import type { DataStore } from '@careledger/data-spec'
import { describe, it } from 'vitest'
import { createInMemoryDatabase, createInMemoryStore } from './index.ts'

dataStoreConformance({ describe, it }, {
  name: 'in memory',
  async create() {
    const database = createInMemoryDatabase()
    const stores: DataStore[] = []
    const open = async () => {
      const store = createInMemoryStore({ database })
      stores.push(store)
      return store
    }
    const dispose = async () => { for (const store of stores) await store.close() }
    return {
      store: await open(),
      second: open,
      async reopen() {
        await dispose()
        return open()
      },
      dispose,
    }
  },
})
