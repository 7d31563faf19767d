import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allowedMove, chainSteps, checkText, checkWrite, compareTexts, createReadGuard, isUuid, newerNote } from './index.ts'

describe('the kit of data stores', () => {
  it('orders texts as their UTF-8 bytes are ordered', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (left, right) => {
      expect(Math.sign(compareTexts(left, right))).toBe(Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right))))
    }))
  })

  it('counts bytes of a text as UTF-8 does', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (text, max) => {
      const fits = Buffer.byteLength(text) <= max && !text.includes('\0')
      const check = () => { checkText('text', text, max) }
      if (fits) check()
      else expect(check).toThrow(expect.objectContaining({ code: 'STORE_INVALID' }))
    }))
  })

  it('keeps signatures of a note, takes more, and sees another body', () => {
    const note = (...signatures: readonly string[]): string => `log\n1\nroot\n\n${signatures.map((signature) => `— ${signature}\n`).join('')}`
    expect(newerNote(note('a'), note('a', 'b'))).toBe('replace')
    expect(newerNote(note('a', 'b'), note('b'))).toBe('keep')
    expect(newerNote(note('a'), note('a').replace('root', 'toor'))).toBe('corruption')
  })

  it('says what a batch does to each chain, and refuses a gap within it', () => {
    const leaf = (chain: string, chainSequence: number) => ({ id: '', leafInput: new Uint8Array(), leafHash: new Uint8Array([chainSequence]), chain, chainSequence })
    expect(chainSteps([leaf('b', 3), leaf('a', 0), leaf('b', 4)])).toEqual([{ chain: 'a', first: 0, last: 0, leafHash: new Uint8Array([0]) }, { chain: 'b', first: 3, last: 4, leafHash: new Uint8Array([4]) }])
    expect(() => chainSteps([leaf('b', 3), leaf('b', 5)])).toThrow(expect.objectContaining({ code: 'STORE_CORRUPTION' }))
  })

  it('refuses a call from inside a read and none after it, also of work that the read left running', async () => {
    const guard = createReadGuard()
    let later: Promise<void> | undefined
    await guard.run(async () => {
      expect(() => { guard.check() }).toThrow(expect.objectContaining({ code: 'STORE_INVALID' }))
      later = new Promise((resolve) => { setTimeout(resolve, 5) }).then(() => { guard.check() })
    })
    guard.check()
    await later
  })

  it('knows UUIDs in lower case, the ways of the outbox, and gives a Write without absent parts', () => {
    expect(['01890a5d-ac96-774b-bcce-b302099a8057', '01890A5D-ac96-774b-bcce-b302099a8057', 'x'].map(isUuid)).toEqual([true, false, false])
    expect([allowedMove('waiting', 'final'), allowedMove('final', 'waiting'), allowedMove('blocked', 'sent')]).toEqual([true, false, false])
    expect(checkWrite({}, 10)).toEqual({ entries: [], projections: [], guards: [], seen: [], claims: [], decisions: [], rows: 0 })
  })
})
