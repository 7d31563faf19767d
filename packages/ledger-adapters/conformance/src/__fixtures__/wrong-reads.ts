import { LedgerError } from '@careledger/ledger-spec'
import type { ListedRecord } from '@careledger/ledger-spec'
import { itemsOf } from './twin-world.ts'
import { effective, pause, toRecord, type Wrong } from './twin-ledger.ts'

/** Ledgers that read wrongly, each named after the clause that it breaks. */
export const wrongReads: Readonly<Record<string, Wrong>> = {
  /** Every ledger that is made is the same one. */
  'create': { sharesWorld: true },
  /** Names itself after the client. */
  'describe-1': { backend: (right, { account }) => ({ ...right, description: { ...right.description, ledgerId: `${right.description.ledgerId}/${account}` } }) },
  /** Positions without leading zeros. */
  'position-1': {
    backend: (right) => ({
      ...right,
      async list(stream, { after, ...query }, signal) {
        const page = await right.list(stream, { ...query, after: after?.padStart(12, '0') }, signal)
        const short = (position: string): string => String(Number(position))
        return { records: page.records.map((record) => ({ ...record, position: short(record.position) })), ...(page.next === undefined ? {} : { next: short(page.next) }) }
      },
    }),
  },
  /** Positions that count from where the client began. */
  'position-2': {
    backend: (right, { account }) => {
      const shift = (position: string, by: number): string => String(Number(position) + by).padStart(12, '0')
      const by = account === 'first' ? 0 : 1_000
      return {
        ...right,
        async list(stream, { after, ...query }, signal) {
          const page = await right.list(stream, { ...query, after: after === undefined ? undefined : shift(after, -by) }, signal)
          return { records: page.records.map((record) => ({ ...record, position: shift(record.position, by) })), ...(page.next === undefined ? {} : { next: shift(page.next, by) }) }
        },
      }
    },
  },
  /** Takes any text for a position and begins anew. */
  'position-3': {
    ledger: (right) => ({ ...right, list: (stream, query, options) => right.list(stream, /^\d+$/.test(query.after ?? '0') ? query : { ...query, after: undefined }, options) }),
  },
  /** Gives out its own bytes. */
  'record-1': {
    backend: (right, { world }) => ({
      ...right,
      async getMany(stream, ids, signal) {
        const records = await right.getMany(stream, ids, signal)
        return records.map((record) => record && { ...record, data: itemsOf(world, stream).find((item) => item.id === record.id)?.data })
      },
    }),
  },
  /** Index of keys in another order than the stream. */
  'order-1': {
    ledger: (right) => ({
      ...right,
      async list(stream, query, options) {
        if (query.key === undefined) return await right.list(stream, query, options)
        const { records } = await right.list(stream, { ...query, after: undefined, limit: 100 }, options)
        return { records: records.toReversed() }
      },
    }),
  },
  /** Invents a record for an id that it does not know. */
  'get-1': { ledger: (right) => ({ ...right, getMany: async (stream, ids, options) => (await right.getMany(stream, ids, options)).map((record, index) => record ?? { id: ids[index] ?? '', digest: '0'.repeat(64), state: 'pending', writer: 'nobody' }) }) },
  /** Shows a record only when it is final. */
  'get-2': { ledger: (right) => ({ ...right, getMany: async (...call) => (await right.getMany(...call)).map((record) => (record?.state === 'final' ? record : undefined)) }) },
  /** Answers in the order of the ledger. */
  'get-3': {
    ledger: (right, { world }) => ({
      ...right,
      async getMany(stream, ids, options) {
        const records = await right.getMany(stream, ids, options)
        const order = [...effective(itemsOf(world, stream)).keys()]
        return records.toSorted((a, b) => order.indexOf(a?.id ?? '') - order.indexOf(b?.id ?? ''))
      },
    }),
  },
  /** The record at `after` comes again. */
  'list-1': {
    ledger: (right) => ({
      ...right,
      list: (stream, query, options) => right.list(stream, { ...query, after: query.after && /^\d{12}$/.test(query.after) && Number(query.after) > 0 ? String(Number(query.after) - 1).padStart(12, '0') : query.after }, options),
    }),
  },
  /** Looks for the key in one page of the stream. */
  'list-2': {
    ledger: (right) => ({
      ...right,
      async list(stream, { key, ...query }, options) {
        if (key === undefined || !/^[0-9a-f]{64}$/.test(key)) return await right.list(stream, { key, ...query }, options)
        const page = await right.list(stream, query, options)
        return { ...page, records: page.records.filter((record) => record.key === key) }
      },
    }),
  },
  /** An unknown key is an error. */
  'list-3': {
    ledger: (right) => ({
      ...right,
      async list(stream, query, options) {
        const page = await right.list(stream, query, options)
        if (query.key !== undefined && query.after === undefined && page.records.length === 0) throw new LedgerError('LEDGER_REJECTED', 'No such key')
        return page
      },
    }),
  },
  /** Every record comes twice. */
  'watch-1': { ledger: (right) => ({ ...right, async *watch(...call) { for await (const record of right.watch(...call)) yield* [record, record] } }) },
  /** Begins at the start whatever `after` says. */
  'watch-2': { ledger: (right) => ({ ...right, async *watch(stream, options) { yield* right.watch(stream, { signal: options.signal, ...(/^\d+$/.test(options.after ?? '') ? {} : { after: options.after }) }) } }) },
  /** Gives up at the first failure. */
  'watch-3': {
    backend: (right) => ({
      ...right,
      async list(stream, query, signal) {
        try {
          return await right.list(stream, query, signal)
        } catch (error) {
          throw LedgerError.is(error) ? error : new LedgerError('LEDGER_REJECTED', 'The connection is gone')
        }
      },
    }),
  },
  /** Pushes into a buffer of eight and drops the rest. */
  'watch-4': {
    ledger: (right) => ({
      ...right,
      async *watch(stream, options) {
        const buffer: ListedRecord[] = []
        let failure: unknown
        const filling = (async () => { for await (const record of right.watch(stream, options)) if (buffer.length < 8) buffer.push(record) })().catch((error: unknown) => { failure = error })
        for (;;) {
          const record = buffer.shift()
          if (record !== undefined) yield record
          else if (failure !== undefined) throw failure
          else await Promise.race([filling, pause(1)])
        }
      },
    }),
  },
  /** An abort is not heard while it waits. */
  'watch-5': {
    ledger: (right) => ({
      ...right,
      async *watch(stream, options) {
        options.signal.throwIfAborted()
        yield* right.watch(stream, { ...options, signal: new AbortController().signal })
      },
    }),
  },
  /** What is final is pending again for a while. */
  'finality-1': {
    ledger: (right) => {
      const seen = new Map<string, number>()
      return {
        ...right,
        async finality(receipts, options) {
          return (await right.finality(receipts, options)).map((state, index) => {
            const id = receipts[index]?.id ?? ''
            if (state !== 'final') return state
            seen.set(id, (seen.get(id) ?? 0) + 1)
            return seen.get(id) === 2 ? 'pending' : state
          })
        },
      }
    },
  },
  /** Looks at the id and not at the digest. */
  'finality-2': { ledger: (right) => ({ ...right, finality: async (...call) => (await right.finality(...call)).map((state) => (state === 'lost' ? 'final' : state)) }) },
  /** What it does not know is pending. */
  'finality-3': { ledger: (right) => ({ ...right, finality: async (...call) => (await right.finality(...call)).map((state) => (state === 'absent' ? 'pending' : state)) }) },
  /** One cursor for all calls. */
  'concurrent-1': {
    ledger: (right, { world }) => {
      let last: ListedRecord[] = []
      return {
        ...right,
        async list(stream, query, options) {
          const page = await right.list(stream, query, options)
          last = [...page.records]
          await pause(1)
          const records = last.map((record) => ({ ...toRecord(itemsOf(world, stream).find(({ id }) => id === record.id) ?? { ...record, at: 0 }), state: 'final' as const, position: record.position }))
          return { ...page, records }
        },
      }
    },
  },
}
