import { describe, expect, it } from 'vitest'
import { createTranslate } from '../../i18n/translate.ts'
import type { LedgerOverview, Move } from '../../session/shapes.ts'
import { byUrgency, copiedShare, ledgerStatus, lengthWords, moveSteps } from './ledger-facts.ts'

const minutes = (last: LedgerOverview['minutes'][number], before = last): LedgerOverview['minutes'] => [...Array.from({ length: 58 }, () => 'unknown' as const), before, last]
const ledger: LedgerOverview = {
  name: 'a', kind: 'in-memory', ledgerId: 'l', capabilities: [], append: 'ordered', finalWithinMs: 1000, networks: [], health: { ok: true, problems: [] }, outbox: {}, minutes: minutes('final'),
}
const move: Move = { id: '01890a5d-ac96-774b-bcce-b302099a8057', network: 'hospital', from: 'a', to: 'b', way: 'indexed', state: 'copying', paused: false, startedAt: '2026-11-26T05:05:00.000Z', looked: 50, total: 200, copied: 40, checked: 0, waiting: 3, switched: false, findings: [], findingsTotal: 0, proven: false }

describe('a ledger', () => {
  it('is unknown when nobody looked, and then stands above those that are well', () => {
    const unknown = { ...ledger, name: 'z', minutes: minutes('unknown') }
    const parked = { ...ledger, name: 'y', outbox: { blocked: 1 } }
    const down = { ...ledger, name: 'x', health: { ok: false, problems: [] } }
    expect([ledgerStatus(unknown), ledgerStatus(parked), ledgerStatus(down), ledgerStatus({ ...ledger, minutes: minutes('slow') })]).toEqual(['unknown', 'parked', 'bad', 'slow'])
    expect(byUrgency([ledger, unknown, parked, down]).map(({ name }) => name)).toEqual(['x', 'y', 'z', 'a'])
  })

  it('keeps its state over the turn of a minute', () => {
    expect(ledgerStatus({ ...ledger, minutes: minutes('unknown', 'final') })).toBe('good')
  })
})

describe('a length of time', () => {
  it('is told in one unit', () => {
    const t = createTranslate('en')
    expect([3, 1500, 119_000, 121_000, 7_300_000, 200_000_000].map((ms) => lengthWords(t, ms))).toEqual(['3 ms', '1 s', '119 s', '2 min', '2 h', '2 d'])
  })
})

describe('the steps of a move', () => {
  it('show what is done, what is under way and what is to come', () => {
    const steps = (changes: Partial<Move>) => moveSteps({ ...move, ...changes }).map(({ status }) => status)
    expect(steps({})).toEqual(['underWay', 'notReached', 'notReached', 'notReached', 'notReached'])
    expect(steps({ paused: true })).toEqual(['paused', 'notReached', 'notReached', 'notReached', 'notReached'])
    expect(steps({ state: 'halted' })).toEqual(['finished', 'finished', 'bad', 'notReached', 'notReached'])
    expect(steps({ state: 'closing', switched: true })).toEqual(['finished', 'finished', 'finished', 'finished', 'underWay'])
    expect(steps({ state: 'done', switched: true })).toEqual(['finished', 'finished', 'finished', 'finished', 'finished'])
    expect(steps({ state: 'cancelled' })).toEqual(['notReached', 'notReached', 'notReached', 'notReached', 'notReached'])
    expect([copiedShare(move), copiedShare({ looked: 0, total: 0 }), copiedShare({ looked: 0 })]).toEqual([25, 100, 0])
  })
})
