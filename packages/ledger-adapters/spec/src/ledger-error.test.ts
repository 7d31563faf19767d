import { describe, expect, it } from 'vitest'
import { LEDGER_ERROR_CODES, LedgerError } from './index.ts'

describe('LedgerError.is', () => {
  it('knows every code, and asks for the ones that are named', () => {
    for (const code of LEDGER_ERROR_CODES) {
      const error = new LedgerError(code, 'text', { details: { ids: ['a'] } })
      expect(LedgerError.is(error)).toBe(true)
      expect(LedgerError.is(error, code)).toBe(true)
      expect(LedgerError.is(error, ...LEDGER_ERROR_CODES.filter((other) => other !== code))).toBe(false)
    }
  })

  it('knows the error of another copy of the package, and nothing else', () => {
    expect(LedgerError.is(Object.assign(new Error('text'), { name: 'LedgerError', code: 'LEDGER_CLOSED', details: {} }), 'LEDGER_CLOSED')).toBe(true)
    for (const other of [undefined, null, 'LEDGER_CLOSED', new Error('text'), { name: 'LedgerError', code: 'LEDGER_CLOSED' }, Object.assign(new Error('text'), { name: 'LedgerError', code: 'OTHER' })]) {
      expect(LedgerError.is(other)).toBe(false)
    }
  })
})
