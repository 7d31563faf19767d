import { parseScopes } from '@careledger/identity'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEmergency, anyResource, anySharing, number, shareAll } from '../../__fixtures__/any-sharing.ts'
import { createHospitalWorld, type HospitalWorld } from '../__fixtures__/hospital-world.ts'
import { readRecord } from '../records.ts'
import { readEverything, readHistory, readResource } from './read-records.ts'
import { searchRecords, type SearchAnswer } from './search-records.ts'

const scope = fc.constantFrom(undefined, undefined, 'user/*.rs', 'user/Observation.rs', 'user/Observation.r', 'user/Observation.s', 'user/Patient.rs user/Immunization.s')

type Actor = HospitalWorld['people']['doctorB']['actor']
const treatment = 'treatment' as const
const shown = { summary: 'false' as const, purpose: treatment }

async function pages(ask: (page: string | undefined) => Promise<Pick<SearchAnswer, 'entries' | 'next' | 'total'>>) {
  const found: Pick<SearchAnswer, 'entries' | 'total'>[] = []
  for (let page: string | undefined, first = true; first || page !== undefined; first = false) {
    const answer = await ask(page)
    found.push(answer)
    page = answer.next
  }
  const entries = found.flatMap((each) => each.entries)
  return { total: found[0]?.total, matches: entries.filter(({ mode }) => mode === 'match').map(({ version }) => version), all: [...new Set(entries.map(({ version }) => version))] }
}

const search = (world: HospitalWorld, actor: Actor, type: string, ...parameters: [string, string][]) =>
  pages((page) => searchRecords(world.parts, actor, { type, parameters, strict: true, purpose: treatment, page }))

const orNothing = <T>(asked: Promise<T>, nothing: T): Promise<T> => asked.catch((error: { code?: string }) => {
  if (error.code !== 'NOT_ALLOWED') throw error
  return nothing
})

describe('no FHIR interaction goes round read', () => {
  it('each gives exactly the records that a single read gives, counts and includes too, within the scopes of the token', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyResource, { maxLength: 6 }), fc.array(anySharing, { maxLength: 3 }), anyEmergency, fc.integer({ min: 1, max: 4 }), scope, async (resources, sharings, emergency, limit, text) => {
      const world = await createHospitalWorld()
      const { ada, doctorB } = world.people
      const admitted = await world.admit({ person: ada, number, resources })
      await shareAll(world, admitted, sharings, emergency)
      const { parts } = world
      const actor: Actor = text === undefined ? doctorB.actor : { ...doctorB.actor, scopes: parseScopes(text) }
      const types = ['Patient', ...resources.map((each) => each.resourceType)]
      const reach = (action: string, type: string) => actor.scopes === undefined || actor.scopes.some((each) => (each.type === '*' || each.type === type) && each.actions.includes(action))
      const readable: { readonly id: string; readonly type: string }[] = []
      for (const [place, id] of admitted.records.entries()) await readRecord(parts, doctorB.actor, { id, purpose: treatment }).then(() => readable.push({ id, type: types[place] as string }), () => {})
      const newestFirst = (ids: readonly string[]) => [...ids].sort().reverse()
      const found = (type?: string) => newestFirst(readable.filter((each) => (type === undefined || each.type === type) && reach('s', each.type)).map(({ id }) => id))

      for (const [place, id] of admitted.records.entries()) {
        const type = types[place] as string
        const allowed = readable.some((each) => each.id === id) && reach('r', type)
        expect(await readResource(parts, actor, { type, id, ...shown }).then(() => true, () => false)).toBe(allowed)
        expect(await readResource(parts, actor, { type, id, version: id, ...shown }).then(() => true, () => false)).toBe(allowed)
        expect((await orNothing(readHistory(parts, actor, { type, id, count: 10, purpose: treatment }), { entries: [] })).entries.length).toBe(allowed ? 1 : 0)
      }
      for (const type of ['Observation', 'Immunization', 'Patient']) {
        const all = found(type)
        const everybody = await search(world, actor, type, ['_count', String(limit)])
        expect(everybody.matches).toEqual(all)
        const counted = await search(world, actor, type, ['_summary', 'count'])
        expect([counted.total, counted.all]).toEqual([all.length, []])
        const sorted = await search(world, actor, type, ['_sort', '-_lastUpdated'], ['_count', String(limit)], ['_total', 'accurate'])
        expect([newestFirst(sorted.matches), sorted.total]).toEqual([all, all.length])
        expect((await pages((page) => readHistory(parts, actor, { type, count: limit, page, purpose: treatment }))).matches).toEqual(all)
      }
      const ofPatient = await search(world, actor, 'Observation', ['patient', admitted.patient], ['_include', 'Observation:subject'], ['_count', String(limit)], ['_total', 'accurate'])
      expect([ofPatient.matches, ofPatient.total]).toEqual([found('Observation'), found('Observation').length])
      expect(newestFirst(ofPatient.all)).toEqual(newestFirst([...found('Observation'), ...(found('Observation').length > 0 ? found('Patient') : [])]))
      const reverse = await search(world, actor, 'Patient', ['_revinclude', 'Observation:subject'], ['_revinclude', 'Immunization:patient'])
      expect(newestFirst(reverse.all)).toEqual(found('Patient').length === 0 ? [] : newestFirst([...found('Patient'), ...found('Observation'), ...found('Immunization')]))
      expect((await search(world, actor, 'Observation', ['patient.name', 'muster'])).matches).toEqual(found('Patient').length === 0 ? [] : found('Observation'))
      expect((await search(world, actor, 'Patient', ['_has:Observation:subject:status', 'final'])).matches).toEqual(found('Observation').length === 0 ? [] : found('Patient'))
      const everything = await orNothing(pages((page) => readEverything(parts, actor, { id: admitted.patient, count: limit, page, purpose: treatment })), { total: 0, matches: [], all: [] })
      expect([everything.matches, everything.total]).toEqual([found(), found().length])
    }), { numRuns: 25 })
  }, 120_000)
})
