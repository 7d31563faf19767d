import { verifyCheckpoint, verifyConsistency, parseCheckpoint, fromBase64url } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInstance, type TestInstance } from '../__fixtures__/instance.ts'

describe('platform operations', () => {
  let instance: TestInstance
  beforeAll(async () => { instance = await startInstance() })
  afterAll(async () => { await instance.stop() })

  it('give everybody what a verifier pins, and a checkpoint that holds against it', async () => {
    const client = await instance.as('doctor-a')
    const trust = await client.platform.trust.query({})
    expect(trust).toMatchObject({ origin: instance.parts.log.origin, witnessThreshold: 1, demo: false, root: instance.keyOf('platform').signer.publicJwk })
    const { note, size } = await client.platform.checkpoint.query({})
    expect(await verifyCheckpoint(note, trust.origin, trust.logKey)).toMatchObject({ size })
  })

  it('prove that a later checkpoint extends a former one', async () => {
    const client = await instance.as('doctor-a')
    const newest = await client.platform.checkpoint.query({})
    const former = (await instance.parts.store.read((view) => view.checkpoints(instance.parts.log.origin, { limit: 1 })))[0]!
    const { path } = await client.platform.consistency.query({ from: former.size, to: newest.size })
    const root = (note: string): Uint8Array => parseCheckpoint(note).root
    expect(verifyConsistency({ from: former.size, fromRoot: root(former.note), to: newest.size, toRoot: root(newest.note), path: path.map(fromBase64url) })).toBe(true)
    await expect(client.platform.consistency.query({ from: 1, to: 1_000_000 })).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })

  it('show the operator log, store, ledgers and outbox in one answer', async () => {
    const client = await instance.as('operator')
    const overview = await client.platform.overview.query({})
    expect(overview).toMatchObject({
      log: { origin: instance.parts.log.origin, witnesses: 1, witnessThreshold: 1, size: expect.any(Number), checkpointAt: expect.any(String) },
      store: { ok: true, durability: 'none', problems: [] },
      ledgers: [{ name: 'memory', networks: [{ network: 'hospital', way: 'indexed', whole: true }], health: { ok: true, problems: [] } }],
      networks: [{ name: 'hospital', ledgers: [{ ledger: 'memory', way: 'indexed', whole: true }], configured: [{ ledger: 'memory', way: 'indexed' }] }],
    })
    expect(overview.log.checkpointSize).toBeLessThanOrEqual(overview.log.size)
  })

  it('list members with their people, and the newest entries without subjects, page by page', async () => {
    const client = await instance.as('operator')
    const members = await client.platform.members.query({})
    expect(members.items.map(({ party, revoked, people }) => [party, revoked, people > 0])).toEqual([['hospital-a', false, true], ['hospital-b', false, true]])
    const first = await client.platform.entries.query({ limit: 3 })
    const second = await client.platform.entries.query({ limit: 3, before: first.next! })
    const indexes = [...first.items, ...second.items].map(({ index }) => index)
    expect(indexes).toEqual(Array.from({ length: 6 }, (_, place) => indexes[0]! - place))
    expect(Object.keys(first.items[0]!).sort()).toEqual(['author', 'custodian', 'id', 'index', 'issuedAt', 'network', 'state', 'type'])
    const oldest = await client.platform.entries.query({ limit: 100, before: 2 })
    expect(oldest.items.map(({ type, index }) => [index, type])).toEqual([[1, 'key-enrolled'], [0, 'platform-root']])
    expect(oldest.next).toBeUndefined()
  })

  it('list the outbox by state, and put blocked rows back', async () => {
    const client = await instance.as('operator')
    const { items } = await client.platform.outbox.list.query({ target: 'memory', limit: 100 })
    expect(items.length).toBeGreaterThan(0)
    const blocked = items[0]!
    await instance.parts.store.outbox.settle('memory', [{ item: blocked.item, state: 'blocked', reason: 'LEDGER_CONFLICT: no' }]).catch(() => undefined)
    const shown = await client.platform.outbox.list.query({ state: 'blocked', limit: 10 })
    expect(await client.platform.outbox.retry.mutate({ target: 'memory', items: [blocked.item] })).toEqual({ retried: shown.items.length })
  })

  it('are for the operator, but for what a verifier needs', async () => {
    const client = await instance.as('doctor-a')
    for (const attempt of [client.platform.overview.query({}), client.platform.members.query({}), client.platform.entries.query({ limit: 1 }), client.platform.outbox.list.query({ limit: 1 }), client.platform.outbox.retry.mutate({ target: 'memory', items: ['x'] })]) {
      await expect(attempt).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
    }
  })
})
