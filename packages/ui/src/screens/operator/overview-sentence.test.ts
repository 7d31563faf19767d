import { describe, expect, it } from 'vitest'
import { createTranslate } from '../../i18n/translate.ts'
import type { Overview } from '../../session/shapes.ts'
import { overviewSentences } from './overview-sentence.ts'

const ledger: Overview['ledgers'][number] = { name: 'hospital-ledger', kind: 'in-memory', ledgerId: 'l', append: 'ordered', finalWithinMs: 1000, networks: [{ network: 'hospital', way: 'indexed', whole: true }], health: { ok: true, problems: [] }, capabilities: [], outbox: { final: 9 }, minutes: Array.from({ length: 60 }, () => 'final' as const) }
const well: Overview = {
  at: '2026-11-22T05:05:00.000Z', log: { origin: 'o', size: 1, waiting: 0, witnesses: 1, witnessThreshold: 1 }, store: { ok: true, durability: 'process-death', problems: [] }, ledgers: [ledger], networks: [],
}

describe("the operator's sentence", () => {
  it('says that all is well only when nothing is down, parked or waiting', () => {
    expect(overviewSentences(createTranslate('en'), well)).toEqual(['1 ledger: reachable, and nothing waits.'])
    expect(overviewSentences(createTranslate('ko'), well)).toEqual(['원장 1개가 연결되어 있고 기다리는 것이 없습니다.'])
  })

  it('names what is down before what waits', () => {
    const bad: Overview = { ...well, ledgers: [{ ...ledger, health: { ok: false, problems: [] }, outbox: { waiting: 2, sent: 1, blocked: 1 } }] }
    const [down, parked, waiting] = overviewSentences(createTranslate('en'), bad)
    expect(down).toContain('hospital-ledger')
    expect(parked).toContain('1 row')
    expect(waiting).toContain('3 rows')
  })
})
