import { DOCUMENT_STORE_CLAUSES, documentStoreConformance, documentStoreTests, type DocumentStoreTest } from '@careledger/data-conformance'
import { describe, expect, it } from 'vitest'
import { wrongDocuments, type SpoilDocuments } from './__fixtures__/wrong-documents.ts'
import { createInMemoryDocuments } from './index.ts'

documentStoreConformance({ describe, it }, {
  name: 'in memory',
  async create() {
    const documents = new Map<string, Uint8Array>()
    const store = createInMemoryDocuments({ documents })
    return { store, reopen: async () => createInMemoryDocuments({ documents }), dispose: () => store.close() }
  },
})

documentStoreConformance({ describe, it }, {
  name: 'in memory, without the part for streams',
  async create() {
    const { streams: _left, ...store } = createInMemoryDocuments()
    return { store, dispose: () => store.close() }
  },
})

describe('document stores that are wrong on purpose', () => {
  it('exist for every clause', () => {
    expect(Object.keys(wrongDocuments).sort()).toEqual([...DOCUMENT_STORE_CLAUSES].sort())
  })

  it.each(DOCUMENT_STORE_CLAUSES)('the one named %s fails a test of that clause, and what is recorded besides', async (clause) => {
    const failed: string[] = []
    for (const test of documentStoreTests) if (!(await passes(wrongDocuments[clause], test))) failed.push(test.title)
    expect(failed.filter((title) => title.includes(`[${clause}]`))).not.toEqual([])
    await expect(`${failed.join('\n')}\n`).toMatchFileSnapshot(`./__fixtures__/failures/documents/${clause}.txt`)
  })
})

async function passes(spoil: SpoilDocuments, test: DocumentStoreTest): Promise<boolean> {
  const options = {
    async create() {
      const documents = new Map<string, Uint8Array>()
      return { store: spoil(createInMemoryDocuments({ documents }), documents), reopen: async () => spoil(createInMemoryDocuments({ documents }), documents), dispose: async () => undefined }
    },
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => { reject(new Error('late')) }, 1_500) })
  const work = options.create().then((subject) => test.run(subject, options))
  work.catch(() => undefined)
  return Promise.race([work, late]).then(() => true, () => false).finally(() => clearTimeout(timer))
}
