import { DATA_STORE_CLAUSES, dataStoreTests, type DataStoreTest } from '@careledger/data-conformance'
import type { DataStore } from '@careledger/data-spec'
import { describe, expect, it } from 'vitest'
import { wrongStores, type Spoil } from './__fixtures__/wrong-stores.ts'
import { createInMemoryDatabase, createInMemoryStore } from './index.ts'

/** Tests in which a lease runs out: nothing that keeps the processor busy may run beside them. */
const timed = dataStoreTests.filter(({ title }) => /^\[(?:lease-|sequence-4|outbox-2)/.test(title))
/** Those of write-5 carry megabytes, and run for the store that is named after it only. */
const untimed = dataStoreTests.filter((test) => !timed.includes(test))

describe('stores that are wrong on purpose', () => {
  it('exist for every clause', () => {
    expect(Object.keys(wrongStores).sort()).toEqual([...DATA_STORE_CLAUSES].sort())
  })

  it.each(DATA_STORE_CLAUSES)('the one named %s fails a test of that clause, and what is recorded besides', async (clause) => {
    const verdicts = new Map(await Promise.all(untimed.filter(({ title }) => clause === 'write-5' || !title.startsWith('[write-5]')).map(async (test) => [test, await passes(wrongStores[clause], test)] as const)))
    for (const [test, verdict] of await Promise.all(timed.map(async (one) => [one, await passes(wrongStores[clause], one)] as const))) verdicts.set(test, verdict)
    const failed = dataStoreTests.filter((test) => verdicts.get(test) === false).map(({ title }) => title)
    expect(failed.filter((title) => title.includes(`[${clause}]`))).not.toEqual([])
    await expect(`${failed.join('\n')}\n`).toMatchFileSnapshot(`./__fixtures__/failures/${clause}.txt`)
  }, 60_000)
})

/** A test that hangs has failed too. Turns are counted, not seconds: a machine that gives this process no time gives it no turns. */
async function passes(spoil: Spoil, test: DataStoreTest): Promise<boolean> {
  const stores: DataStore[] = []
  const options = {
    async create() {
      const database = createInMemoryDatabase()
      const open = async (): Promise<DataStore> => {
        const store = spoil(createInMemoryStore({ database }), database)
        stores.push(store)
        return store
      }
      return { store: await open(), second: open, reopen: open, dispose: async () => undefined }
    },
  }
  let timer: NodeJS.Timeout | undefined
  let turns = 0
  const late = new Promise<never>((_, reject) => { timer = setInterval(() => { if (++turns === 150) reject(new Error('late')) }, 20) })
  const work = options.create().then((subject) => test.run(subject, options))
  try {
    await Promise.race([work, late])
    return true
  } catch {
    return false
  } finally {
    clearInterval(timer)
    work.catch(() => undefined)
    for (const store of stores) await store.close().catch(() => undefined)
  }
}
