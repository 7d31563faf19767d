import { createInMemoryDatabase, createInMemoryStore } from '@careledger/data-in-memory'
import { StoreError } from '@careledger/data-spec'
import { describe, expect, it } from 'vitest'
import { createWorld, hospitalId, newSigner } from '../__fixtures__/world.ts'
import { createKeyDirectory, sweepExpired } from './key-directory.ts'
import { seenOf } from './remembered-standings.ts'
import { createReplayStore } from './replay-store.ts'

const now = new Date('2026-11-22T12:00:00.000Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const sessionOf = (id: string, ends: Date, party = 'doctor-1') => ({ id, party, key: 'k'.repeat(43), began: now, refreshed: now, ends })

describe('the key directory over the store', () => {
  it('[directory-3] gives key, issuers, party and organisation in one answer', async () => {
    const world = await createWorld()
    const standing = await createKeyDirectory(world.parts.store).standing({ key: world.doctor.author.key, session: 's' })
    expect(standing).toMatchObject({ key: { party: 'doctor-1' }, party: { party: 'doctor-1' }, organisation: { party: hospitalId }, sessionEnded: true })
    expect(standing.issuers.map((issuer) => issuer?.thumbprint)).toEqual([world.hospital.author.key, world.root.author.key])
  })

  it('[directory-2] says that a key or party is not there', async () => {
    const world = await createWorld()
    const directory = createKeyDirectory(world.parts.store)
    expect(await directory.key(newSigner().key)).toBeUndefined()
    expect(await directory.party('nobody')).toBeUndefined()
    expect(await directory.standing({ key: newSigner().key })).toEqual({ key: undefined, issuers: [], granters: [], party: undefined, organisation: undefined, sessionEnded: false })
  })

  it('remembers what it said last of a key and session, with evidence that no longer holds once any of it changes', async () => {
    const world = await createWorld()
    const { store } = world.parts
    const directory = createKeyDirectory(store)
    const query = { key: world.doctor.author.key, session: 'session-1' }
    expect(directory.remembered?.(query)).toBeUndefined()
    await directory.standing(query)
    expect(directory.remembered?.(query)).toBeUndefined()
    await directory.beginSession(sessionOf('session-1', later(1000)))
    const standing = await directory.standing(query)
    const known = directory.remembered?.(query)
    expect(known?.standing).toEqual(standing)
    const seen = seenOf(known?.evidence)
    expect(seen.map((one) => ('key' in one ? one.key : one.index)).sort()).toEqual([query.key, 'session-1', world.hospital.author.key, world.root.author.key, 'doctor-1', hospitalId].sort())
    await store.write({ claims: [{ scope: 'proof', value: 'one', owner: 'a' }], seen })
    await createKeyDirectory(world.restart().store).endSession('session-1')
    await expect(store.write({ claims: [{ scope: 'proof', value: 'two', owner: 'a' }], seen })).rejects.toThrow(expect.objectContaining({ code: 'STORE_STALE' }))
    expect(() => seenOf({})).toThrow(TypeError)
  })

  it('[directory-4] [directory-6] begins and ends a session for every process, ends it again without error, and leaves the others', async () => {
    const world = await createWorld()
    const [one, other] = [createKeyDirectory(world.parts.store), createKeyDirectory(world.restart().store)]
    await one.beginSession(sessionOf('session-1', later(1000)))
    await one.beginSession(sessionOf('session-2', later(1000)))
    expect((await other.standing({ key: world.doctor.author.key, session: 'session-1' })).sessionEnded).toBe(false)
    await Promise.all([one.endSession('session-1'), other.endSession('session-1')])
    await other.endSession('session-1')
    expect((await one.sessionsOf('doctor-1')).map(({ id }) => id)).toEqual(['session-2'])
    expect((await other.standing({ key: world.doctor.author.key, session: 'session-1' })).sessionEnded).toBe(true)
    expect((await other.standing({ key: world.doctor.author.key, session: 'session-2' })).sessionEnded).toBe(false)
    expect((await other.standing({ key: world.doctor.author.key })).sessionEnded).toBe(false)
  })

  it('[directory-5] moves the end of a session that goes on, and of no other', async () => {
    const directory = createKeyDirectory(createInMemoryStore())
    await directory.beginSession(sessionOf('session-1', later(1000)))
    const refresh = (id: string, begunAfter: Date) => directory.refreshSession(id, { refreshed: later(500), ends: later(2000), begunAfter })
    expect([await refresh('session-1', later(-1)), await refresh('session-2', later(-1)), await refresh('session-1', now)]).toEqual([true, false, false])
    expect(await directory.sessionsOf('doctor-1')).toEqual([{ ...sessionOf('session-1', later(2000)), refreshed: later(500) }])
    await directory.endSession('session-1')
    expect(await refresh('session-1', later(-1))).toBe(false)
  })

  it('sweeps claims and sessions that have expired, and no others', async () => {
    const store = createInMemoryStore()
    const directory = createKeyDirectory(store)
    await Promise.all(Array.from({ length: 30 }, (_, index) => directory.beginSession(sessionOf(`session-${index}`, later(index * 1000)))))
    await createReplayStore(store).claim('dpop', 'old', later(9_000))
    await createReplayStore(store).claim('dpop', 'new', later(11_000))
    expect(await sweepExpired(store, later(10_000))).toEqual({ claims: 1, sessions: 10 })
    expect(await createReplayStore(store).claim('dpop', 'new', later(11_000))).toBe(false)
    expect((await directory.standing({ key: 'x', session: 'session-9' })).sessionEnded).toBe(true)
    expect((await directory.standing({ key: 'x', session: 'session-10' })).sessionEnded).toBe(false)
    expect(await sweepExpired(store, later(10_000))).toEqual({ claims: 0, sessions: 0 })
  })

  it('decides nothing when the store cannot be read', async () => {
    const down = () => Promise.reject(new StoreError('STORE_UNAVAILABLE', 'down'))
    const directory = createKeyDirectory({ read: down, write: down })
    await expect(directory.standing({ key: 'x' })).rejects.toThrow(expect.objectContaining({ name: 'LogicError', code: 'UNAVAILABLE' }))
    await expect(directory.endSession('s')).rejects.toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }))
  })
})

describe('the replay store over the store', () => {
  it('[replay-1] lets one of many claims in two processes through', async () => {
    const database = createInMemoryDatabase()
    const stores = [createReplayStore(createInMemoryStore({ database })), createReplayStore(createInMemoryStore({ database }))] as const
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => stores[index % 2 as 0 | 1].claim('dpop', 'jti', later(60_000))))
    expect(results.filter(Boolean)).toHaveLength(1)
  })

  it('[replay-2] remembers across a restart', async () => {
    const database = createInMemoryDatabase()
    expect(await createReplayStore(createInMemoryStore({ database })).claim('dpop', 'jti', later(60_000))).toBe(true)
    expect(await createReplayStore(createInMemoryStore({ database })).claim('dpop', 'jti', later(60_000))).toBe(false)
    expect(await createReplayStore(createInMemoryStore({ database })).claim('challenge', 'jti', later(60_000))).toBe(true)
  })

  it('asks again when the answer was lost, and does not take its own claim for another\'s', async () => {
    const store = createInMemoryStore()
    let lost = 2
    const replay = createReplayStore({
      async write(write) {
        const result = await store.write(write)
        lost -= 1
        if (lost >= 0) throw new StoreError('STORE_OUTCOME_UNKNOWN', 'lost')
        return result
      },
    })
    expect(await replay.claim('dpop', 'jti', later(60_000))).toBe(true)
    expect(await replay.claim('dpop', 'jti', later(60_000))).toBe(false)
  })

  it('[replay-3] rejects when it cannot know', async () => {
    const replay = createReplayStore({ write: () => Promise.reject(new StoreError('STORE_OUTCOME_UNKNOWN', 'lost')) })
    await expect(replay.claim('dpop', 'jti', later(60_000))).rejects.toThrow(expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }))
  })
})
