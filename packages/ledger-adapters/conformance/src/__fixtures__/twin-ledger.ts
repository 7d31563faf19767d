import { composeLedger, createPositionCodec, type LedgerBackend } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Ledger, LedgerRecord, ListedRecord } from '@careledger/ledger-spec'
import type { LedgerUnderTest } from '../ledger-under-test.ts'
import { createTwinWorld, itemsOf, type TwinItem, type TwinWorld } from './twin-world.ts'

export const FINAL_AFTER_MS = 15
const LATENCY_MS = 1
const codec = createPositionCodec([12])

export interface TwinClient {
  readonly world: TwinWorld
  readonly account: string
  readonly readOnly: boolean
}

/** How a wrong ledger differs from the twin. */
export interface Wrong {
  readonly append?: 'ordered' | 'first-final' | undefined
  /** Changes what lies under the kit. */
  readonly backend?: ((right: LedgerBackend, client: TwinClient) => LedgerBackend) | undefined
  /** Changes what callers see. */
  readonly ledger?: ((right: Ledger, client: TwinClient) => Ledger) | undefined
  /** Every ledger that one `create` makes is the same one. */
  readonly sharesWorld?: boolean | undefined
}

/** A `create` for the suite: ledgers in memory with every capability, records that wait for finality, and clients that can be cut off. */
export function twinFactory(wrong: Wrong = {}): () => Promise<LedgerUnderTest> {
  const shared = createTwinWorld()
  return () => createTwin(wrong, wrong.sharesWorld === true ? shared : createTwinWorld())
}

function createTwin(wrong: Wrong, world: TwinWorld): Promise<LedgerUnderTest> {
  const open = new Set<Ledger>()
  const connect = (account: string, readOnly = false): Ledger => {
    const client = { world, account, readOnly }
    const backend = twinBackend(client, wrong.append ?? 'ordered')
    const composed = composeLedger(wrong.backend?.(backend, client) ?? backend, { pollMs: 3, reconnectForMs: 5_000 })
    const ledger = wrong.ledger?.(composed, client) ?? composed
    open.add(ledger)
    return ledger
  }
  const closeAll = async (): Promise<void> => { for (const ledger of open) await ledger.close() }
  const subject: LedgerUnderTest = {
    ledger: connect('first'),
    second: async () => connect('second'),
    reader: async () => connect('reader', true),
    async reopen() {
      await closeAll()
      return connect('first')
    },
    async interrupt() { world.cutReads = 3 },
    dispose: closeAll,
  }
  return Promise.resolve(subject)
}

function twinBackend(client: TwinClient, append: 'ordered' | 'first-final'): LedgerBackend {
  const { world, account } = client
  return {
    description: {
      specVersion: 'v1', kind: 'twin', ledgerId: world.ledgerId, append, finalWithinMs: 100,
      limits: { recordsMax: 64, appendBytesMax: 100_000, recordBytes: 100, dataFactor: 1, dataBytesMax: 4_096, pageMax: 100 },
      capabilities: new Set(['private-streams', 'membership', 'evidence']),
    },
    mark: async (stream) => itemsOf(world, stream).length,
    async send(stream, records, mark) {
      checkAccess(client, stream, 'write')
      await pause(LATENCY_MS)
      const items = itemsOf(world, stream)
      if (append === 'ordered' && items.length !== mark) return { outcome: 'moved' }
      items.push(...records.map((record) => ({ ...record, writer: account, at: Date.now() })))
      await pause(LATENCY_MS)
      return { outcome: 'accepted', state: 'pending', raw: { items: String(items.length) } }
    },
    async getMany(stream, ids) {
      await reach(client, stream)
      const found = effective(itemsOf(world, stream))
      return ids.map((id) => { const place = found.get(id); return place === undefined ? undefined : toRecord(place.item) })
    },
    async list(stream, { key, after, limit }) {
      const from = after === undefined ? -1 : Number(codec.decode(after)[0])
      await reach(client, stream)
      const final = [...effective(itemsOf(world, stream)).values()].filter(({ item, index }) => isFinal(item) && index > from && (key === undefined || item.key === key))
      const records = final.slice(0, limit).map(({ item, index }): ListedRecord => ({ ...toRecord(item), state: 'final', position: codec.encode(index) }))
      const last = records.at(-1)
      return final.length > limit && last !== undefined ? { records, next: last.position } : { records }
    },
    health: async () => ({ ok: true, problems: [] }),
    close: async () => undefined,
    toLedgerError: () => undefined,
    ...twinParts(client),
  }
}

function twinParts(client: TwinClient): Required<Pick<LedgerBackend, 'privateStreams' | 'membership' | 'evidence'>> {
  const { world } = client
  const revokedIn = (stream: string): Set<string> => { const set = world.revoked.get(stream) ?? new Set(); world.revoked.set(stream, set); return set }
  return {
    privateStreams: {
      async open(stream, members) {
        const there = world.privateMembers.get(stream)
        if (there?.join() === members.join()) return
        if (there !== undefined || itemsOf(world, stream).length > 0) throw new LedgerError('LEDGER_CONFLICT', 'The stream exists already')
        world.privateMembers.set(stream, members)
      },
    },
    membership: {
      async grant(stream, member, right) { if (right === 'write') revokedIn(stream).delete(member) },
      async revoke(stream, member, right) { if (right === 'write') revokedIn(stream).add(member) },
      async list(stream) {
        const writers = new Set(itemsOf(world, stream).map((item) => item.writer))
        return [...writers].filter((member) => !revokedIn(stream).has(member)).map((member) => ({ member, right: 'write' as const }))
      },
    },
    evidence: {
      async evidence(stream, id) {
        const place = effective(itemsOf(world, stream)).get(id)
        return place === undefined || !isFinal(place.item) ? undefined : { format: 'twin/1', bytes: new TextEncoder().encode(`${place.index} ${id}`) }
      },
    },
  }
}

async function reach(client: TwinClient, stream: string): Promise<void> {
  checkAccess(client, stream, 'read')
  if (client.account !== 'first' || client.world.cutReads === 0) return
  client.world.cutReads -= 1
  throw new Error('connection refused')
}

function checkAccess({ world, account, readOnly }: TwinClient, stream: string, right: 'read' | 'write'): void {
  const members = world.privateMembers.get(stream)
  const outside = members !== undefined && !members.includes(account)
  const mayNotWrite = right === 'write' && (readOnly || world.revoked.get(stream)?.has(account) === true)
  if (outside || mayNotWrite) throw new LedgerError('LEDGER_UNAUTHORISED', 'The account may not do this')
}

/** The first item of each id, with its place (effective-1). */
export function effective(items: readonly TwinItem[]): ReadonlyMap<string, { readonly item: TwinItem; readonly index: number }> {
  const found = new Map<string, { item: TwinItem; index: number }>()
  for (const [index, item] of items.entries()) if (!found.has(item.id)) found.set(item.id, { item, index })
  return found
}

export function isFinal(item: TwinItem): boolean {
  return Date.now() >= item.at + FINAL_AFTER_MS
}

export function toRecord({ id, key, digest, data, writer, at }: TwinItem): LedgerRecord {
  return { id, ...(key === undefined ? {} : { key }), digest, ...(data === undefined ? {} : { data: data.slice() }), writer, recordedAt: new Date(at), state: Date.now() >= at + FINAL_AFTER_MS ? 'final' : 'pending' }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms) })
}
