import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { LedgerError, type Ledger, type LedgerDescription } from '@careledger/ledger-spec'
import { z } from 'zod'

const descriptionShape = z.strictObject({
  specVersion: z.literal('v1'), kind: z.string(), ledgerId: z.string(), finalWithinMs: z.number(), append: z.enum(['ordered', 'first-final']),
  limits: z.strictObject({ recordsMax: z.number(), appendBytesMax: z.number(), recordBytes: z.number(), dataFactor: z.number(), dataBytesMax: z.number(), pageMax: z.number() }),
  capabilities: z.array(z.enum(['private-streams', 'membership', 'evidence'])),
})

/** A ledger that does not answer is asked again at most this often. */
const againMs = 2_000

/**
 * Opens a ledger, or stands in for one that was open here before and does not answer now: a hospital must be able to start while its
 * ledger's node is down. What it said of itself is kept in `path`; every call of the stand-in opens it first, and rejects with LEDGER_UNAVAILABLE
 * until it answers. Errors: those of `open` the first time; LEDGER_CORRUPTION from a call when another ledger answers than before.
 */
export async function openOrStandIn(path: string, open: () => Promise<Ledger>): Promise<Ledger> {
  try {
    const ledger = await open()
    keep(path, ledger.describe())
    return ledger
  } catch (error) {
    const description = LedgerError.is(error, 'LEDGER_UNAVAILABLE') ? read(path) : undefined
    if (description === undefined) throw error
    return standIn(description, open)
  }
}

function standIn(description: LedgerDescription, open: () => Promise<Ledger>): Ledger {
  let opened: Promise<Ledger> | undefined
  let failedAt = performance.now()
  let closed = false
  const inner = (): Promise<Ledger> => {
    if (closed) return Promise.reject(new LedgerError('LEDGER_CLOSED', 'The ledger is closed.'))
    if (opened === undefined && performance.now() - failedAt < againMs) return Promise.reject(new LedgerError('LEDGER_UNAVAILABLE', 'The ledger did not answer when it was opened.'))
    return (opened ??= open().then((ledger) => checked(ledger, description), (error: unknown) => {
      opened = undefined
      failedAt = performance.now()
      throw LedgerError.is(error) ? error : new LedgerError('LEDGER_UNAVAILABLE', 'The ledger cannot be opened.', { cause: error })
    }))
  }
  /** A part whose every method is that of the ledger, once it is open. */
  const part = <Part extends object>(of: (ledger: Ledger) => Part): Part =>
    new Proxy({} as Part, { get: (_, name) => async (...call: unknown[]) => (of(await inner()) as Record<PropertyKey, (...call: unknown[]) => unknown>)[name]?.(...call) })
  return {
    describe: () => description,
    append: async (...call) => (await inner()).append(...call),
    getMany: async (...call) => (await inner()).getMany(...call),
    list: async (...call) => (await inner()).list(...call),
    finality: async (...call) => (await inner()).finality(...call),
    async *watch(...call) {
      yield* (await inner()).watch(...call)
    },
    async health(...call) {
      try {
        return await (await inner()).health(...call)
      } catch (error) {
        if (!LedgerError.is(error) || error.code === 'LEDGER_CLOSED') throw error
        return { ok: false, problems: [{ code: error.code, message: error.message }] }
      }
    },
    privateStreams: part((ledger) => ledger.privateStreams),
    membership: part((ledger) => ledger.membership),
    evidence: part((ledger) => ledger.evidence),
    async close() {
      closed = true
      await (await opened?.catch(() => undefined))?.close()
    },
  }
}

async function checked(ledger: Ledger, description: LedgerDescription): Promise<Ledger> {
  if (ledger.describe().ledgerId === description.ledgerId) return ledger
  await ledger.close()
  throw new LedgerError('LEDGER_CORRUPTION', 'Another ledger answers under this name than before.')
}

function keep(path: string, description: LedgerDescription): void {
  const text = `${JSON.stringify({ ...description, capabilities: [...description.capabilities] }, null, 2)}\n`
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(`${path}.${process.pid}`, text, { mode: 0o600 })
  renameSync(`${path}.${process.pid}`, path)
}

function read(path: string): LedgerDescription | undefined {
  try {
    const found = descriptionShape.parse(JSON.parse(readFileSync(path, 'utf8')))
    return { ...found, capabilities: new Set(found.capabilities) }
  } catch {
    return undefined
  }
}
