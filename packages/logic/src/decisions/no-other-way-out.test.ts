import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEmergency, anyResource, anySharing, number, shareAll } from '../__fixtures__/any-sharing.ts'
import type { Purpose } from '../consent/consent-terms.ts'
import { feedEnd, feedPositionText } from '../events/feed.ts'
import { readEvents } from '../events/read-events.ts'
import { readExportPart, readExportStatus, startExport } from '../exports/index.ts'
import { workOnce } from '../exports/run-export.ts'
import { createHospitalWorld, type HospitalWorld } from '../hospital/__fixtures__/hospital-world.ts'
import { listAttachments } from '../hospital/attachments/index.ts'
import { readSummary } from '../hospital/carry/summary.ts'
import { readNews } from '../hospital/chart/news.ts'
import { listMergedRecords } from '../hospital/mpi/merged-records.ts'
import { findPatients } from '../hospital/patients.ts'
import { readRecordProof } from '../hospital/record-proofs.ts'
import { readRecordStates } from '../hospital/record-states.ts'
import { readRecord } from '../hospital/records.ts'
import { createSequencer } from '../log/sequencer.ts'

async function sequence(world: HospitalWorld): Promise<void> {
  const sequencer = createSequencer(world.parts)
  while ((await sequencer.round()).assigned > 0);
  await sequencer.release()
}

const orNothing = <T, N>(asked: Promise<T>, nothing: N): Promise<T | N> => asked.catch((error: { code?: string }) => {
  if (error.code !== 'NOT_ALLOWED') throw error
  return nothing
})

/** Lines of an export that the caller asks for, by type. */
async function exported(world: HospitalWorld): Promise<Readonly<Record<string, number>>> {
  const { parts, people: { doctorB } } = world
  const id = await startExport(parts, doctorB.actor, { scope: 'readable', url: 'http://careledger.test/fhir/$export' })
  while (await workOnce(parts, 'worker', { ended: () => false, pace: async () => {} }));
  const { files, state } = await readExportStatus(parts, doctorB.actor, id)
  expect(state).toBe('done')
  const lines: Record<string, number> = {}
  for (const file of files) {
    for (let part = 0; part < file.parts; part++) lines[file.type] = (lines[file.type] ?? 0) + new TextDecoder().decode(await readExportPart(parts, doctorB.actor, { id, type: file.type, part })).split('\n').filter((line) => line !== '').length
  }
  return lines
}

const counted = (types: readonly string[]): Readonly<Record<string, number>> => Object.fromEntries([...Map.groupBy(types, (type) => type)].map(([type, all]) => [type, all.length]))

describe('no way out goes round read', () => {
  it('proofs, states, news, merged records, summaries, attachments, finding, exports and live events give what a single read gives', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyResource, { maxLength: 6 }), fc.array(anySharing, { maxLength: 3 }), anyEmergency, async (resources, sharings, emergency) => {
      const world = await createHospitalWorld()
      const { parts } = world
      const { ada, doctorB: { actor } } = world.people
      const start = feedPositionText(await parts.store.read((view) => feedEnd(parts, view)))
      const admitted = await world.admit({ person: ada, number, resources })
      await shareAll(world, admitted, sharings, emergency)
      await sequence(world)
      const { patient, records } = admitted
      const types = ['Patient', ...resources.map(({ resourceType }) => resourceType)]
      const readable = async (purpose: Purpose): Promise<readonly string[]> => {
        const found: string[] = []
        for (const id of records) await orNothing(readRecord(parts, actor, { id, purpose }).then(() => found.push(id)), undefined)
        return found
      }
      const [treated, researched] = [await readable('treatment'), await readable('research')]
      const either = records.filter((id) => treated.includes(id) || researched.includes(id))
      const typesOf = (ids: readonly string[]): readonly string[] => ids.map((id) => types[records.indexOf(id)] as string)
      const asked = { patient, purpose: 'treatment' } as const

      for (const id of records) {
        const code = await readRecordProof(parts, actor, { id, purpose: 'treatment', recordAnchor: false }).then(() => 'OK', (error: { code?: string }) => error.code)
        expect([id, code]).toEqual([id, treated.includes(id) ? 'OK' : 'NOT_ALLOWED'])
      }
      expect((await readRecordStates(parts, actor, records)).map(({ id }) => id).sort()).toEqual([...either].sort())
      const merged = await orNothing(listMergedRecords(parts, actor, { ...asked, limit: 100 }).then(({ items }) => items.map(({ id }) => id)), [])
      expect([...merged].sort()).toEqual([...treated].sort())
      const news = await orNothing(readNews(parts, actor, asked).then(({ value }) => JSON.stringify(value)), '')
      expect(records.filter((id) => news.includes(id) && !treated.includes(id))).toEqual([])
      const summary = await orNothing(readSummary(parts, actor, { ...asked, origin: 'http://careledger.test' }).then(({ value }) => value.counts), {})
      const allowed = counted(typesOf(treated))
      for (const [type, count] of Object.entries(summary as Readonly<Record<string, number>>)) expect([type, count <= (allowed[type] ?? 0)]).toEqual([type, true])
      expect(await orNothing(listAttachments(parts, actor, { ...asked, limit: 10 }).then(({ value }) => value.items), [])).toEqual([])
      const found = (await findPatients(parts, actor, { identifier: { system: 'urn:test:mrn', value: number } })).items
      expect(found.filter(({ value }) => value.name !== undefined).length).toBe(typesOf(treated).includes('Patient') ? 1 : 0)
      expect(await exported(world)).toEqual(counted(typesOf(treated.length > 0 ? treated : researched)))
      const events = await readEvents(parts, actor, { after: start, patient })
      expect(events.items.filter(({ kind }) => kind === 'record-created').map(({ id }) => id).sort()).toEqual([...either].sort())
    }), { numRuns: 20 })
  }, 120_000)

  it('tells the patient of an emergency in the very next event', async () => {
    const world = await createHospitalWorld()
    const admitted = await world.admit({ person: world.people.ada, number })
    await sequence(world)
    const start = await readEvents(world.parts, world.people.ada.actor, {})
    await shareAll(world, admitted, [], { opens: 'record', sensitive: ['HIV'] })
    await sequence(world)
    expect((await readEvents(world.parts, world.people.ada.actor, { after: start.next })).items).toMatchObject([{ kind: 'emergency-opened', patient: admitted.patient }])
    expect((await readEvents(world.parts, world.people.bob.actor, { after: start.next })).items).toEqual([])
  })
})
