import { equal, rejects } from '../expect.ts'
import { bytes, rounds } from '../samples.ts'
import type { DocumentStoreTest } from '../store-under-test.ts'

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `01890a5d-ac96-774b-bcce-${String(at * 7_919 % 1_000_000).padStart(12, '0')}`)

export const documentTests: readonly DocumentStoreTest[] = [
  {
    title: '[create-1] a fresh store is empty and shares nothing with another',
    async run({ store }, options) {
      const other = await options.create()
      try {
        await other.store.put('a', bytes(3))
        equal([await store.get('a'), await store.list({ limit: 10 }), await store.health(), store.specVersion], [undefined, [], { ok: true, problems: [] }, 'v1'])
      } finally {
        await other.dispose()
      }
    },
  },
  {
    title: '[document-1] what was put comes back as it was, also after a restart',
    async run({ store, reopen }) {
      const documents = [bytes(0), bytes(1), bytes(300_000), bytes(5_000_000)]
      await Promise.all(documents.map((document, at) => store.put(`document-${at}`, document)))
      for (const [at, document] of documents.entries()) equal(await store.get(`document-${at}`), document)
      equal((await store.get('document-1'))?.constructor, Uint8Array)
      const again = await reopen?.()
      for (const [at, document] of documents.entries()) equal(await (again ?? store).get(`document-${at}`), document)
    },
  },
  {
    title: '[document-2] the same bytes again are success, other bytes a conflict, also of many at once',
    async run({ store }) {
      const document = bytes(1_000)
      await Promise.all(Array.from({ length: 20 }, () => store.put('a', document)))
      await store.put('a', document)
      await rejects(() => store.put('a', bytes(1_000)), 'STORE_CONFLICT')
      await rejects(() => store.put('a', document.subarray(1)), 'STORE_CONFLICT')
      equal(await store.get('a'), document)
      const answers = await Promise.allSettled(Array.from({ length: 10 }, () => store.put('raced', bytes(100))))
      equal(answers.filter(({ status }) => status === 'fulfilled').length, 1)
    },
  },
  {
    title: '[document-3] a deleted document is gone, deleting again is success, and the id can be used again',
    async run({ store }) {
      await store.put('a', bytes(10))
      await store.delete('a')
      await store.delete('a')
      await store.delete('never')
      equal([await store.get('a'), await store.list({ limit: 10 })], [undefined, []])
      await store.put('a', bytes(10))
    },
  },
  {
    title: '[document-4] ids are listed in order, by pages',
    async run({ store }) {
      const all = ids(25)
      for (const id of [...all].reverse()) await store.put(id, bytes(5))
      const seen: string[] = []
      let after: string | undefined
      for (const _ of rounds()) {
        const page = await store.list({ after, limit: 10 })
        seen.push(...page)
        if (page.length < 10) break
        after = page.at(-1)
      }
      equal(seen, [...all].sort())
      for (const limit of [0, 1_001, 1.5]) await rejects(() => store.list({ limit }), 'STORE_INVALID')
    },
  },
  {
    title: '[document-5] ids that could leave the store are STORE_INVALID in every call, and reach nothing',
    async run({ store }) {
      for (const id of ['', '.', '..', '../a', 'a/b', 'a\\b', 'a\0b', '/etc/passwd', 'C:a', 'a'.repeat(129), 'é', 'a b', '.hidden', '%2e%2e', 'CON?']) {
        await rejects(() => store.put(id, bytes(1)), 'STORE_INVALID')
        await rejects(() => store.get(id), 'STORE_INVALID')
        await rejects(() => store.delete(id), 'STORE_INVALID')
      }
    },
  },
  {
    title: '[bytes-1] what is given and got can be altered without altering what is stored',
    async run({ store }) {
      const document = bytes(50)
      const kept = document.slice()
      await store.put('a', document)
      document.fill(0)
      ;(await store.get('a'))?.fill(0)
      equal(await store.get('a'), kept)
    },
  },
  {
    title: '[close-1] every call of a closed store rejects with STORE_CLOSED, and closing again is success',
    async run({ store }) {
      await store.close()
      await store.close()
      await rejects(() => store.put('a', bytes(1)), 'STORE_CLOSED')
      await rejects(() => store.get('a'), 'STORE_CLOSED')
      await rejects(() => store.delete('a'), 'STORE_CLOSED')
      await rejects(() => store.list({ limit: 1 }), 'STORE_CLOSED')
      equal((await store.health()).ok, false)
    },
  },
]
