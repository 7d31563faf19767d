import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { query } from './contracts/contract.ts'
import { checkAnswer, isPrepared, once, preparedJson, withOwn } from './prepared-answers.ts'

const contract = query({
  name: 'echo.page', summary: 'A page.', rule: 'public', cost: 1, audit: 'none', input: z.strictObject({}),
  output: z.strictObject({ items: z.array(z.string()), decision: z.strictObject({ id: z.string() }).optional() }),
})
const json = (data: unknown): string => Buffer.concat(preparedJson(data as object)).toString()

describe('an answer that is given again', () => {
  it('is made, checked and written once for each of logic\'s answers', () => {
    const given = { items: ['a', 'ü'] }
    let made = 0
    const answer = () => once(given, ({ items }) => (made++, { items: [...items] }))
    const [first, second] = [checkAnswer(contract, answer()), checkAnswer(contract, answer())]
    expect([made, first.success, second.data === first.data]).toEqual([1, true, true])
    expect(preparedJson(first.data as object)[0]).toBe(preparedJson(second.data as object)[0])
    expect(JSON.parse(json(first.data))).toEqual(given)
    expect(checkAnswer(contract, once({ items: ['b'] }, (own) => own)).data).toEqual({ items: ['b'] })
  })

  it('carries what is its own each time beside what is the same', () => {
    const given = { items: ['a'] }
    const answer = (id: string) => checkAnswer(contract, withOwn(once(given, ({ items }) => ({ items: [...items] })), { decision: { id } }))
    const [first, second] = [answer('1'), answer('2')]
    for (const [{ data }, id] of [[first, '1'], [second, '2']] as const) {
      expect([isPrepared(data), data, JSON.parse(json(data))]).toEqual([true, { items: ['a'], decision: { id } }, { items: ['a'], decision: { id } }])
    }
    expect(json(checkAnswer(contract, withOwn(once({ items: [] }, (own) => own), {})).data)).toBe('{"items":[]}')
  })

  it('is refused where it breaks its contract, the first time and later, in either part', () => {
    const wrong = { items: [1] }
    for (let n = 0; n < 2; n++) expect(checkAnswer(contract, once(wrong, (own) => own)).success).toBe(false)
    const right = { items: ['a'] }
    const answer = (own: object) => checkAnswer(contract, withOwn(once(right, ({ items }) => ({ items })), own as Record<string, unknown>)).success
    expect([answer({ decision: { id: '1' } }), answer({ decision: { id: 1 } }), answer({ other: 1 }), answer({ decision: { id: '2' } })]).toEqual([true, false, false, true])
  })

  it('is checked anew under another contract, and every time where nothing said that it is the same', () => {
    const given = { items: ['a'] }
    expect(checkAnswer(contract, once(given, (own) => own)).success).toBe(true)
    expect(checkAnswer({ ...contract, output: z.strictObject({}) }, once(given, (own) => own)).success).toBe(false)
    const { data } = checkAnswer(contract, { items: ['a'] })
    expect([isPrepared(data), isPrepared('text'), isPrepared(undefined)]).toEqual([false, false, false])
  })
})
