import { createInMemoryStore } from '@careledger/data-in-memory'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHospitalWorld, observation, type HospitalWorld } from '../hospital/__fixtures__/hospital-world.ts'
import { listRecords } from '../hospital/records.ts'
import { createSequencer } from '../log/sequencer.ts'
import { createKnownRows } from '../entries/known-rows.ts'
import { createNotices } from '../log/notices.ts'
import type { Parts } from '../parts.ts'
import { feedEnd, readFeed, type FeedItem, type FeedPosition } from './feed.ts'
import { eventsChanged, readEvents } from './read-events.ts'

/** The same instance in another process: a store of its own on one database, and nothing else in common. */
function otherProcess(world: HospitalWorld): Parts {
  return { ...world.parts, store: createInMemoryStore({ database: world.database }), notices: createNotices(), knownRows: createKnownRows() }
}

async function sequence(world: HospitalWorld): Promise<void> {
  const sequencer = createSequencer(world.parts)
  while ((await sequencer.round()).assigned > 0);
  await sequencer.release()
}

describe('events', () => {
  it('that one process writes reach a reader who waits at another, and are decided there', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, number: 'E-1' })
    await sequence(world)
    const elsewhere = otherProcess(world)
    const [ada, doctorB] = [world.people.ada.actor, world.people.doctorB.actor]
    const start = await readEvents(elsewhere, ada, {})
    const waiting = eventsChanged(elsewhere, start.next, 20_000, new AbortController().signal)
    const consent = await world.give(world.people.ada, admitted, {})
    await sequence(world)
    await waiting
    expect((await readEvents(elsewhere, ada, { after: start.next })).items).toMatchObject([{ kind: 'consent-given', id: consent.id }])
    const told = await readEvents(elsewhere, doctorB, { after: start.next })
    expect(told.items).toMatchObject([{ kind: 'consent-given', id: consent.id }])
    await world.withdraw(world.people.ada, admitted, consent.id)
    await sequence(world)
    // What was told may not be told again: it is decided anew.
    expect((await readEvents(elsewhere, doctorB, { after: start.next, patient: admitted.patient })).items).toEqual([])
  })

  it('come once each and in one order, whatever place a reader goes on from', async () => {
    const world = await createHospitalWorld()
    const { doctorA, ada } = world.people
    const from = await world.parts.store.read((view) => feedEnd(world.parts, view))
    const admitted = await world.admit({ person: ada, number: 'E-2', resources: [observation('E-2', '2020-01-01'), observation('E-2', '2021-01-01')] })
    for (let n = 0; n < 5; n++) await listRecords(world.parts, doctorA.actor, { patient: admitted.patient, purpose: 'treatment', limit: 1 })
    await sequence(world)
    world.clock.now = new Date(world.clock.now.getTime() + 5000)
    const after = async (position: FeedPosition): Promise<readonly FeedItem[]> => (await world.parts.store.read((view) => readFeed(world.parts, view, position))).items
    const all = await after(from)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(all.filter(({ kind }) => kind === 'decision').length).toBeGreaterThanOrEqual(5)
    await fc.assert(fc.asyncProperty(fc.nat(all.length - 1), async (place) => {
      expect((await after(all[place]!.position)).map(({ id }) => id)).toEqual(all.slice(place + 1).map(({ id }) => id))
    }), { numRuns: 20 })
  })

  it('tell nobody of a decision before it has settled, and nobody of their own reading', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, number: 'E-3' })
    await sequence(world)
    world.clock.now = new Date(world.clock.now.getTime() + 5000)
    const { next } = await readEvents(world.parts, world.people.ada.actor, {})
    const read = (member: keyof HospitalWorld['people']) => listRecords(world.parts, world.people[member].actor, { patient: admitted.patient, purpose: 'treatment', limit: 1 })
    await read('ada')
    const { decision } = await read('doctorA')
    expect((await readEvents(world.parts, world.people.ada.actor, { after: next })).items).toEqual([])
    world.clock.now = new Date(world.clock.now.getTime() + 5000)
    expect((await readEvents(world.parts, world.people.ada.actor, { after: next })).items).toMatchObject([{ kind: 'decision', id: decision.id }])
  })
})
