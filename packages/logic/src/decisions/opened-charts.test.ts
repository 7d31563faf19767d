import { createInMemoryVault } from '@careledger/identity'
import { describe, expect, it } from 'vitest'
import { createOpenedCharts } from './opened-charts.ts'

const whose = { custodian: 'hospital-a', patient: 'ada' }
const mark = (n: number): Uint8Array => new Uint8Array(16).fill(n)
const opening = (bytes: number) => ({ salt: new Uint8Array(32), mediaType: 'application/fhir+json', payload: new Uint8Array(bytes) })

describe('opened charts', () => {
  it('belong to one mark: another one finds nothing, and what held the old one adds nothing any more', () => {
    const charts = createOpenedCharts()
    const old = charts.of(whose, mark(1))
    old.keepOpening('a', opening(10))
    expect(charts.of(whose, mark(1)).opening('a')).toBeDefined()
    expect(charts.of(whose, mark(2)).opening('a')).toBeUndefined()
    const { bytes } = charts.figures()
    old.keepOpening('b', opening(10_000))
    expect(charts.figures()).toMatchObject({ charts: 1, bytes })
    expect(charts.of(whose, mark(1)).opening('a')).toBeUndefined()
    expect(charts.of({ ...whose, custodian: 'hospital-b' }, mark(1)).opening('a')).toBeUndefined()
  })

  it('never hold more bytes than they may, drop the one used longest ago, and leave one chart a quarter at most', () => {
    const bytesMax = 1_000_000
    const charts = createOpenedCharts({ bytesMax })
    for (let n = 0; n < 200; n++) {
      charts.of({ ...whose, patient: 'used' }, mark(1)).keepOpening('kept', opening(100))
      charts.of({ ...whose, patient: `p${n}` }, mark(1)).keepOpening('a', opening(5_000))
      expect(charts.figures().bytes).toBeLessThanOrEqual(bytesMax)
    }
    expect(charts.figures().charts).toBeLessThan(30)
    expect(charts.of({ ...whose, patient: 'used' }, mark(1)).opening('kept')).toBeDefined()
    expect(charts.of({ ...whose, patient: 'p0' }, mark(1)).opening('a')).toBeUndefined()
    const large = charts.of({ ...whose, patient: 'large' }, mark(1))
    for (let n = 0; n < 100; n++) large.keepOpening(String(n), opening(5_000))
    expect(Array.from({ length: 100 }, (_, n) => large.opening(String(n))).filter((one) => one !== undefined)).toHaveLength(6)
  })

  it('hold nothing where nothing may be held', () => {
    const charts = createOpenedCharts({ bytesMax: 0 })
    charts.of(whose, mark(1)).keepOpening('a', opening(1))
    charts.of(whose, mark(1)).keepRow('a', { type: 'Observation' } as never, 1)
    expect([charts.of(whose, mark(1)).opening('a'), charts.of(whose, mark(1)).row('a'), charts.figures().bytes]).toEqual([undefined, undefined, 0])
  })

  it('go when nobody used them for five minutes, and when their keys are gone', async () => {
    let elapsed = 0
    const charts = createOpenedCharts({ elapsedMs: () => elapsed })
    const vault = createInMemoryVault({ custodian: 'hospital-a' })
    const vaults = new Map([['hospital-a', vault]])
    for (const patient of ['ada', 'bob', 'eve']) {
      await vault.createPatient(patient)
      charts.of({ ...whose, patient }, mark(1)).keepOpening('a', opening(10))
    }
    elapsed = 200_000
    charts.of({ ...whose, patient: 'ada' }, mark(1))
    charts.of({ ...whose, patient: 'bob' }, mark(1))
    await vault.destroy('bob')
    elapsed = 300_001
    await charts.sweep(vaults)
    expect(charts.figures().charts).toBe(1)
    expect(charts.of(whose, mark(1)).opening('a')).toBeDefined()
  })
})
