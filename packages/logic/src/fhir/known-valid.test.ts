import { utf8 } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { unlessKnownValid } from './known-valid.ts'

describe('bytes that passed before', () => {
  it('are not checked twice; those that failed are, and so are others', () => {
    let runs = 0
    const check = (problems: readonly string[]) => () => {
      runs++
      return problems
    }
    expect(unlessKnownValid(utf8('a'), check(['wrong']))).toEqual(['wrong'])
    expect(unlessKnownValid(utf8('a'), check([]))).toEqual([])
    expect(unlessKnownValid(utf8('a'), check(['never looked at']))).toEqual([])
    expect(unlessKnownValid(utf8('b'), check(['wrong']))).toEqual(['wrong'])
    expect(unlessKnownValid(undefined, check([]))).toEqual([])
    expect(runs).toBe(4)
  })
})
