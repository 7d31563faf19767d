import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger } from '@careledger/ledger-spec'
import { itemsOf } from './twin-world.ts'
import { pause, type Wrong } from './twin-ledger.ts'

/** Ledgers that append wrongly, each named after the clause that it breaks. */
export const wrongAppends: Readonly<Record<string, Wrong>> = {
  /** Sends an append in two transactions. */
  'append-1': {
    backend: (right) => ({
      ...right,
      async send(stream, records, mark, signal) {
        const half = Math.ceil(records.length / 2)
        const sent = await right.send(stream, records.slice(0, half), mark, signal)
        if (sent.outcome === 'moved' || half === records.length) return sent
        await pause(40)
        return await right.send(stream, records.slice(half), await right.mark?.(stream, signal), signal)
      },
    }),
  },
  /** Takes its own repeated records for somebody else's. */
  'append-2': {
    ledger: (right) => ({
      ...right,
      async append(stream, records, options) {
        const there = await right.getMany(stream, records.map(({ id }) => id), options)
        const ids = there.flatMap((record) => (record === undefined ? [] : [record.id]))
        if (ids.length > 0) throw new LedgerError('LEDGER_CONFLICT', 'The id is taken', { details: { ids } })
        return await right.append(stream, records, options)
      },
    }),
  },
  /** Compares the digest only. */
  'append-3': {
    ledger: (right) => ({
      ...right,
      async append(stream, records, options) {
        const there = await right.getMany(stream, records.map(({ id }) => id), options)
        return await right.append(stream, records.map((record, index) => (there[index]?.digest === record.digest ? { ...record, key: there[index].key, data: there[index].data } : record)), options)
      },
    }),
  },
  /** Declares itself ordered and lets the rest of a lost append stand. */
  'append-4': {
    backend: (right) => ({ ...right, send: (stream, records, _mark, signal) => sendAnyway(right, stream, records, signal) }),
  },
  /** Says that the account may not write after the record was put on the ledger. */
  'append-5': {
    backend: (right, { world, account, readOnly }) => ({
      ...right,
      async send(stream, records, mark, signal) {
        if (readOnly) itemsOf(world, stream).push(...records.map((record) => ({ ...record, writer: account, at: Date.now() })))
        return await right.send(stream, records, mark, signal)
      },
    }),
  },
  /** Refuses a call while another one runs. */
  'append-6': {
    ledger: (right) => {
      let busy = false
      return {
        ...right,
        async append(...call) {
          if (busy) throw new LedgerError('LEDGER_REJECTED', 'Busy')
          busy = true
          try {
            return await right.append(...call)
          } finally {
            busy = false
          }
        },
      }
    },
  },
  /** Turns the records of an append round. */
  'append-7': {
    backend: (right) => ({ ...right, send: (stream, records, mark, signal) => right.send(stream, records.toReversed(), mark, signal) }),
  },
  /** Says that an append was aborted although it had been sent. */
  'append-8': {
    ledger: (right) => ({
      ...right,
      async append(stream, records, options) {
        try {
          return await right.append(stream, records, options)
        } catch (error) {
          if (options?.signal?.aborted !== true) throw error
          throw new LedgerError('LEDGER_ABORTED', 'The call was aborted', { cause: options.signal.reason })
        }
      },
    }),
  },
  /** Waits, and says that it did not. */
  'until-1': {
    ledger: (right) => ({
      ...right,
      async append(stream, records, options) {
        return (await right.append(stream, records, options)).map((receipt) => ({ ...receipt, state: 'pending' }))
      },
    }),
  },
  /** Gives receipts in the order of their ids. */
  'receipt-1': {
    ledger: (right) => ({ ...right, append: async (...call) => (await right.append(...call)).toSorted((a, b) => (a.id < b.id ? -1 : 1)) }),
  },
  /** The last item of an id is the record. */
  'effective-1': {
    append: 'first-final',
    ledger: (right, { world }): Ledger => ({
      ...right,
      async getMany(stream, ids, options) {
        const records = await right.getMany(stream, ids, options)
        return records.map((record) => {
          const last = itemsOf(world, stream).findLast((item) => item.id === record?.id)
          return record === undefined || last === undefined ? record : { ...record, digest: last.digest }
        })
      },
    }),
  },
  /** Lets every account write. */
  'effective-2': {
    backend: (right, { world, account, readOnly }) => ({
      ...right,
      async send(stream, records, mark, signal) {
        if (!readOnly) return await right.send(stream, records, mark, signal)
        itemsOf(world, stream).push(...records.map((record) => ({ ...record, writer: account, at: Date.now() })))
        return { outcome: 'accepted', state: 'pending' }
      },
    }),
  },
  /** Takes ids in capitals for the same ids. */
  'input-1': {
    ledger: (right) => ({
      ...right,
      append: (stream, records, options) => right.append(stream, records.map((record) => ({ ...record, id: record.id.toLowerCase() })), options),
      getMany: (stream, ids, options) => right.getMany(stream, ids.map((id) => id.toLowerCase()), options),
    }),
  },
}

async function sendAnyway(right: Parameters<NonNullable<Wrong['backend']>>[0], ...[stream, records, signal]: [string, Parameters<typeof right.send>[1], AbortSignal]) {
  for (;;) {
    const sent = await right.send(stream, records, await right.mark?.(stream, signal), signal)
    if (sent.outcome === 'accepted') return sent
  }
}
