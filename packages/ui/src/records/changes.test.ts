import { utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { changesBetween } from './changes.ts'
import { readResource, type Resource } from './resource.ts'

const read = (value: object | string): Resource => readResource(utf8(typeof value === 'string' ? value : JSON.stringify(value))) as Resource
const potassium = { resourceType: 'Observation', id: 'o', meta: { versionId: '1' }, status: 'final', code: { text: 'Potassium' }, valueQuantity: { value: 3.9, unit: 'mmol/L' }, effectiveDateTime: '2026-11-02' }

describe('what changed between two versions of a record', () => {
  it('is said field by field in the words of the record, with what is new and what is gone', () => {
    const { effectiveDateTime: _gone, ...rest } = potassium
    const after = { ...rest, status: 'corrected', valueQuantity: { value: 5.9, unit: 'mmol/L' }, note: [{ text: 'Read again' }] }
    expect(changesBetween(read(potassium), read(after))).toEqual({
      changes: [
        { label: 'field.value', before: '3.9 mmol/L', after: '5.9 mmol/L', date: undefined },
        { label: 'field.when', before: '2026-11-02', after: undefined, date: true },
        { label: 'field.status', before: 'final', after: 'corrected', date: undefined },
        { label: 'field.note', before: undefined, after: 'Read again', date: undefined },
      ],
      silent: [],
    })
  })

  it('tells 1.10 from 1.1, and names members that have no line of their own by the standard', () => {
    expect(changesBetween(read('{"resourceType":"Observation","valueQuantity":{"value":1.10,"unit":"g"}}'), read('{"resourceType":"Observation","valueQuantity":{"value":1.1,"unit":"g"}}')).changes).toMatchObject([{ before: '1.10 g', after: '1.1 g' }])
    expect(changesBetween(read(potassium), read({ ...potassium, method: { text: 'Ion-selective electrode' } }))).toEqual({ changes: [{ label: { standard: 'method' }, before: undefined, after: 'Ion-selective electrode' }], silent: [] })
  })

  it('hides nothing: what only machines read is named', () => {
    expect(changesBetween(read(potassium), read({ ...potassium, meta: { versionId: '2' }, text: { status: 'generated', div: '<div/>' } }))).toEqual({ changes: [], silent: ['meta', 'text'] })
    expect(changesBetween(read(potassium), read({ ...potassium, meta: { versionId: '2' }, valueQuantity: { value: 4, unit: 'mmol/L' } })).silent).toEqual(['meta'])
    expect(changesBetween(read(potassium), read(potassium))).toEqual({ changes: [], silent: [] })
  })
})
