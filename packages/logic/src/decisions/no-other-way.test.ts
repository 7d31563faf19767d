import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEmergency, anyResource, anySharing, number, shareAll } from '../__fixtures__/any-sharing.ts'
import { createHospitalWorld, dayMs, type HospitalWorld, type Member } from '../hospital/__fixtures__/hospital-world.ts'
import { listPatients, readPatientBanner } from '../hospital/patients.ts'
import { readRecordStates } from '../hospital/record-states.ts'
import { listRecords, readRecord, type RecordItem } from '../hospital/records.ts'

async function pages(world: HospitalWorld, member: Member, query: { readonly patient: string; readonly types?: readonly string[]; readonly limit: number }) {
  const items: RecordItem[] = []
  let after: string | undefined
  let counts: Readonly<Record<string, number>> | undefined
  do {
    const { value } = await listRecords(world.parts, member.actor, { ...query, purpose: 'treatment', after })
    counts ??= value.counts
    items.push(...value.items)
    expect(value.items.length === query.limit || value.next === undefined).toBe(true)
    after = value.next
  } while (after !== undefined)
  return { items, counts }
}

describe('no way round read', () => {
  it('lists, counts, states and banners show exactly the records that a single read gives', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyResource, { maxLength: 8 }), fc.array(anySharing, { maxLength: 3 }), anyEmergency, fc.integer({ min: 1, max: 4 }), fc.boolean(), async (resources, sharings, emergency, limit, later) => {
      const world = await createHospitalWorld()
      const { ada, doctorB } = world.people
      const admitted = await world.admit({ person: ada, number, resources })
      await shareAll(world, admitted, sharings, emergency)
      if (later) world.clock.now = new Date(world.clock.now.getTime() + 2 * dayMs)

      const { patient } = admitted
      const readable: string[] = []
      for (const id of admitted.records) await readRecord(world.parts, doctorB.actor, { id, purpose: 'treatment' }).then(() => readable.push(id), () => {})
      const listed = await pages(world, doctorB, { patient, limit }).catch(() => ({ items: [] as RecordItem[], counts: undefined }))
      expect(listed.items.map(({ id }) => id)).toEqual([...readable].sort().reverse())
      const byType: Record<string, number> = {}
      for (const { type } of listed.items) byType[type] = (byType[type] ?? 0) + 1
      expect(listed.counts ?? {}).toEqual(byType)
      for (const types of [['Observation'], ['Patient', 'Immunization']]) {
        const filtered = await pages(world, doctorB, { patient, limit, types }).catch(() => ({ items: [] as RecordItem[] }))
        expect(filtered.items.map(({ id }) => id)).toEqual(listed.items.filter(({ type }) => types.includes(type)).map(({ id }) => id))
      }
      const named = readable.includes(admitted.records[0] as string)
      const banner = await readPatientBanner(world.parts, doctorB.actor, { patient, purpose: 'treatment' }).then(({ value }) => value, () => undefined)
      expect(banner?.name !== undefined).toBe(named)
      const states = await readRecordStates(world.parts, doctorB.actor, admitted.records)
      // States may also be seen under a consent for another purpose; never without one.
      for (const id of readable) expect(states.map((state) => state.id)).toContain(id)
      const inList = (await listPatients(world.parts, doctorB.actor, { limit: 5 })).items.map(({ value }) => value.patient)
      if (banner !== undefined) expect(inList).toEqual([patient])
      if (inList.length === 0) expect(states).toEqual([])
    }), { numRuns: 40 })
  }, 120_000)
})
