import { LedgerError } from '@careledger/ledger-spec'
import type { Wrong } from './twin-ledger.ts'

/** Ledgers that open, fail or end wrongly, each named after the clause that it breaks. */
export const wrongLives: Readonly<Record<string, Wrong>> = {
  /** Forgets why the caller gave up. */
  'abort-1': {
    ledger: (right) => ({
      ...right,
      async list(...call) {
        try {
          return await right.list(...call)
        } catch (error) {
          throw LedgerError.is(error, 'LEDGER_ABORTED') ? new LedgerError('LEDGER_ABORTED', 'Aborted') : error
        }
      },
    }),
  },
  /** Puts the record into the message. */
  'error-1': {
    ledger: (right) => ({
      ...right,
      async append(stream, records, options) {
        try {
          return await right.append(stream, records, options)
        } catch (error) {
          throw LedgerError.is(error, 'LEDGER_CONFLICT') ? new LedgerError(error.code, `Conflict: ${new TextDecoder().decode(records[0]?.data)}`, { details: error.details }) : error
        }
      },
    }),
  },
  /** A ledger that cannot be asked is an error. */
  'health-1': {
    ledger: (right) => ({
      ...right,
      async health(options) {
        if (options?.signal?.aborted === true) throw new LedgerError('LEDGER_ABORTED', 'Aborted', { cause: options.signal.reason })
        return await right.health(options)
      },
    }),
  },
  /** Cannot be closed twice. */
  'close-1': {
    ledger: (right) => {
      let closed = false
      return {
        ...right,
        async close() {
          if (closed) throw new LedgerError('LEDGER_CLOSED', 'Closed already')
          closed = true
          await right.close()
        },
      }
    },
  },
  /** Goes on answering from what it has. */
  'close-2': {
    ledger: (right) => ({
      ...right,
      async getMany(stream, ids, options) {
        try {
          return await right.getMany(stream, ids, options)
        } catch (error) {
          if (LedgerError.is(error, 'LEDGER_CLOSED')) return ids.map(() => undefined)
          throw error
        }
      },
    }),
  },
  /** Leaves a timer behind. */
  'close-3': {
    backend: (right) => {
      const timer = setInterval(() => undefined, 1_000)
      leftTimers.push(timer)
      return right
    },
  },
  /** Declares nothing, and works all the same. */
  'capability-1': { backend: (right) => ({ ...right, description: { ...right.description, capabilities: new Set() } }) },
}

/** Timers that the ledger of `close-3` forgot; the test stops them. */
export const leftTimers: NodeJS.Timeout[] = []
