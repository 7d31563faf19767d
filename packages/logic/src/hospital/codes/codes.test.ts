import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CodeList } from './code-list.ts'
import { parseCodeList } from './parse-code-list.ts'
import { parseCsv } from './parse-csv.ts'
import { searchCodes } from './search-codes.ts'

const codes = (text: string) => parseCodeList(text).map(({ system, code, display, also }) => [system, code, display, ...also])

describe('a list of codes', () => {
  it('is read from CSV, a CodeSystem, and a ValueSet that lists or expands its codes', () => {
    expect(codes('\uFEFFsystem,code,display,also\r\nurn:kcd,E11,"Diabetes, type 2",당뇨병;T2DM\r\n\r\n,X1,Other\n')).toEqual([['urn:kcd', 'E11', 'Diabetes, type 2', '당뇨병', 'T2DM'], [undefined, 'X1', 'Other']])
    expect(codes(JSON.stringify({ resourceType: 'CodeSystem', url: 'urn:s', concept: [{ code: 'a', display: 'A', concept: [{ code: 'b', designation: [{ value: '비' }] }] }] }))).toEqual([['urn:s', 'a', 'A'], ['urn:s', 'b', 'b', '비']])
    expect(codes(JSON.stringify({ resourceType: 'ValueSet', compose: { include: [{ system: 'urn:s', concept: [{ code: 'a', display: 'A' }] }] } }))).toEqual([['urn:s', 'a', 'A']])
    expect(codes(JSON.stringify({ resourceType: 'ValueSet', expansion: { contains: [{ abstract: true, code: 'g', contains: [{ system: 'urn:s', code: 'c', display: 'C' }] }] } }))).toEqual([['urn:s', 'c', 'C']])
  })

  it.each([['code,name\na,b', /column/], ['code,display\na,', /Line 2/], ['{"resourceType":"Patient"}', /neither/], ['{"resourceType":"ValueSet","compose":{"include":[{"system":"urn:s"}]}}', /expanded/], ['{', /JSON/]])('says what is wrong with %j', (text, message) => {
    expect(() => parseCodeList(text)).toThrow(message)
  })

  it('keeps every cell of CSV that was written by the rules', () => {
    const row = fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '병', ' ') }), { minLength: 2, maxLength: 4 })
    fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
      const text = rows.map((cells) => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n')
      expect(parseCsv(text)).toEqual(rows)
    }))
  })

  it('finds by the beginnings of all words asked for, the shorter name first, by other names and by the code', () => {
    const list: CodeList = { name: 'ours', uses: ['condition'], codes: parseCodeList('code,display,also\nE11,Type 2 diabetes mellitus,당뇨병\nE10,Type 1 diabetes mellitus\nE11.9,Type 2 diabetes,\nI10,Hypertension') }
    const find = (text: string) => searchCodes([list], text, 3).map(({ code }) => code)
    expect([find('diab 2'), find('TYPE 2'), find('당뇨'), find('e11'), find('mell type 1'), find('xyz'), find(' ')]).toEqual([['E11.9', 'E11'], ['E11.9', 'E11'], ['E11'], ['E11.9', 'E11'], ['E10'], [], []])
  })
})
