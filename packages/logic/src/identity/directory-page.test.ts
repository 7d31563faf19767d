import { createInMemoryStore } from '@careledger/data-in-memory'
import type { PartyRecord } from '@careledger/identity'
import { describe, expect, it } from 'vitest'
import { rowBytes } from '../entries/rows.ts'
import { readDirectory } from './directory-page.ts'
import { partyRow } from './identity-rows.ts'

async function storeOf(parties: readonly PartyRecord[]) {
  const store = createInMemoryStore()
  for (let from = 0; from < parties.length; from += 1000) {
    const rows = parties.slice(from, from + 1000).map((party) => partyRow(party))
    await store.write({ projections: rows.map(({ table, key, value, indexes }) => ({ table, key, next: rowBytes(value), indexes })) })
  }
  return store
}
const person = (party: string, name: string, organisation = 'hospital-a'): PartyRecord => ({ party, kind: 'person', name, organisation, roles: ['doctor'] })
const parties: readonly PartyRecord[] = [
  { party: 'platform', kind: 'platform', name: 'Platform', roles: ['platform'] },
  { party: 'hospital-a', kind: 'organisation', name: 'Seoul General Hospital', roles: ['admin'] },
  { party: 'patient-1', kind: 'person', roles: ['patient'] },
  { party: 'patient-2', kind: 'person', organisation: 'hospital-a', roles: ['patient'] },
  { party: 'operator', kind: 'person', name: 'Kim Operator', roles: ['operator'] },
  person('doctor-1', '김민수'), person('doctor-2', 'Kim Minsu'), person('doctor-3', 'Anna Kimberly Seol'), person('doctor-4', 'Lee'),
]
const found = async (text?: string) => (await readDirectory(await storeOf(parties), { text, limit: 50 })).items.map((item) => item.party)

describe('the directory', () => {
  it('lists organisations, people and systems; never patients, never the platform or its own people', async () => {
    expect(await found()).toEqual(['doctor-1', 'doctor-2', 'doctor-3', 'doctor-4', 'hospital-a'])
  })

  it.each([['kim', ['doctor-2', 'doctor-3']], ['KIM MIN', ['doctor-2']], ['min kim', ['doctor-2']], ['seo', ['doctor-3', 'hospital-a']], ['김민', ['doctor-1']], ['김', ['doctor-1']], ['hospital', ['hospital-a']], ['imin', []], ['patient', []], ['l', ['doctor-4']], ['  ', ['doctor-1', 'doctor-2', 'doctor-3', 'doctor-4', 'hospital-a']]])('finds by the beginnings of words: %j', async (text, expected) => {
    expect(await found(text)).toEqual(expected)
  })

  it('names the organisation of each person', async () => {
    const { items } = await readDirectory(await storeOf(parties), { text: 'lee', limit: 50 })
    expect(items[0]).toMatchObject({ name: 'Lee', organisationName: 'Seoul General Hospital' })
  })

  it('gives every match once over pages of any size', async () => {
    const many = Array.from({ length: 1200 }, (_, index) => person(`doctor-${String(index).padStart(4, '0')}`, index % 3 === 0 ? `Kim Kimberly ${index}` : `Park ${index}`))
    const store = await storeOf(many)
    for (const [text, expected] of [['kim', 400], [undefined, 1200]] as const) {
      const keys: string[] = []
      let after: string | undefined
      do {
        const page = await readDirectory(store, { text, after, limit: 37 })
        keys.push(...page.items.map((item) => item.party))
        after = page.next
      } while (after !== undefined)
      expect([keys.length, new Set(keys).size]).toEqual([expected, expected])
      expect(keys).toEqual([...keys].sort())
    }
  })

  it('looks at 5,000 rows at most for one page, and says where to go on', async () => {
    const store = await storeOf(Array.from({ length: 6000 }, (_, index) => person(`doctor-${String(index).padStart(4, '0')}`, `Park ${index}`)))
    const first = await readDirectory(store, { text: 'x', limit: 10 })
    expect(first).toEqual({ items: [], next: 'doctor-4999' })
    expect(await readDirectory(store, { text: 'x', after: first.next, limit: 10 })).toEqual({ items: [] })
  })
})
