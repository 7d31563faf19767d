import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readChartFile } from './chart-file.ts'

let directory: string
beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'careledger-chart-')) })
afterEach(() => rmSync(directory, { recursive: true }))
const write = (text: string): void => writeFileSync(join(directory, 'chart.json'), text)

describe('the file of chart sections', () => {
  it('gives each organisation its order, and nothing without a file', () => {
    expect(readChartFile(directory)).toEqual({})
    write('{"sections":{"default":["allergies"],"seoul-general":["medicines","allergies"]}}')
    expect(readChartFile(directory)['seoul-general']).toEqual(['medicines', 'allergies'])
  })

  it('refuses sections that do not exist, naming the place and what there is', () => {
    write('{"sections":{"seoul-general":["allergies","horoscope"]}}')
    expect(() => readChartFile(directory)).toThrow(/sections\.seoul-general\.1: .*allergies, problems/)
    write('{')
    expect(() => readChartFile(directory)).toThrow(/is not JSON/)
  })
})
