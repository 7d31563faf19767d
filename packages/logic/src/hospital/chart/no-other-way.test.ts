import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEmergency, anyResource, anySharing, number, shareAll } from '../../__fixtures__/any-sharing.ts'
import { createHospitalWorld } from '../__fixtures__/hospital-world.ts'
import { readRecord } from '../records.ts'
import { readChartDetail } from './detail.ts'
import { reconcileMedications } from './medications.ts'
import { readChartSummary } from './summary.ts'
import { readTimeline } from './timeline.ts'
import { readTrends } from './trends.ts'

describe('no way round read, in a chart', () => {
  it('every view shows exactly the records that a single read gives, and opens no other', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyResource, { maxLength: 8 }), fc.array(anySharing, { minLength: 1, maxLength: 2 }), anyEmergency, async (resources, sharings, emergency) => {
      const world = await createHospitalWorld()
      const { ada, doctorB } = world.people
      const admitted = await world.admit({ person: ada, number, resources })
      await shareAll(world, admitted, sharings, emergency)
      const { patient } = admitted
      const asked = { patient, purpose: 'treatment' } as const
      const readable = new Map<string, string>()
      for (const id of admitted.records) await readRecord(world.parts, doctorB.actor, { id, purpose: 'treatment' }).then(({ value }) => readable.set(id, value.item.type), () => {})
      const ofType = (type: string): readonly string[] => [...readable].filter(([, one]) => one === type).map(([id]) => id).sort()

      // Nothing holds for the caller and purpose: every view is refused, as `read` is.
      if (await readTimeline(world.parts, doctorB.actor, { ...asked, limit: 1 }).then(() => false, () => true)) {
        expect(readable.size).toBe(0)
        for (const view of [readChartSummary(world.parts, doctorB.actor, asked), readTrends(world.parts, doctorB.actor, { ...asked, code: 'Body Weight' })]) await expect(view).rejects.toMatchObject({ code: 'NOT_ALLOWED' })
        return
      }
      const timeline = await readTimeline(world.parts, doctorB.actor, { ...asked, limit: 200 })
      const shown = timeline.value.visits.flatMap(({ items }) => items.map(({ id }) => id)).sort()
      expect(shown).toEqual([...readable].filter(([, type]) => type !== 'Patient').map(([id]) => id).sort())
      expect(Object.values(timeline.value.counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(readable.size)
      const summary = await readChartSummary(world.parts, doctorB.actor, asked)
      const named = [...summary.value.vitals.items, ...summary.value.sections.flatMap(({ items }) => items)].map(({ id }) => id)
      expect(named.filter((id) => !readable.has(id))).toEqual([])
      expect(summary.value.banner.name !== undefined).toBe(ofType('Patient').length === 1)
      const trends = await readTrends(world.parts, doctorB.actor, { ...asked, code: 'Body Weight' })
      expect((trends.value.trend?.lines ?? []).flatMap(({ points }) => points.map(({ id }) => id)).sort()).toEqual(ofType('Observation'))
      const medicines = await reconcileMedications(world.parts, doctorB.actor, asked)
      expect(medicines.groups.flatMap(({ entries }) => entries).reduce((sum, { earlier }) => sum + 1 + earlier, 0)).toBe(ofType('MedicationRequest').length)
      for (const id of admitted.records) {
        const opened = await readChartDetail(world.parts, doctorB.actor, { id, purpose: 'treatment' }).then(() => true, () => false)
        expect([id, opened]).toEqual([id, readable.has(id)])
      }
    }), { numRuns: 25 })
  }, 60_000)
})
