import { StoreError } from '@careledger/data-spec'
import { describe, expect, it } from 'vitest'
import { mayRepeat, toStoreError, type Phase } from './to-store-error.ts'

const server = (code: string, severity = 'ERROR'): Error => Object.assign(new Error(`server says ${code}`), { code, severity, detail: 'Key (id)=(secret) already exists.' })
const node = (code: string): Error => Object.assign(new Error(`connect ${code} 127.0.0.1:5432`), { code })

describe('the error of the driver becomes the error of the port', () => {
  it.each([
    ['08006', 'before-commit', 'STORE_UNAVAILABLE'], ['08006', 'commit', 'STORE_OUTCOME_UNKNOWN'],
    ['53100', 'before-commit', 'STORE_UNAVAILABLE'], ['53100', 'commit', 'STORE_UNAVAILABLE'],
    ['53300', 'connect', 'STORE_UNAVAILABLE'], ['57014', 'before-commit', 'STORE_UNAVAILABLE'], ['58030', 'before-commit', 'STORE_UNAVAILABLE'],
    ['28P01', 'connect', 'STORE_UNAVAILABLE'], ['3D000', 'connect', 'STORE_UNAVAILABLE'], ['25006', 'before-commit', 'STORE_UNAVAILABLE'],
    ['40P01', 'before-commit', 'STORE_BUSY'], ['40001', 'before-commit', 'STORE_BUSY'], ['55P03', 'before-commit', 'STORE_BUSY'],
    ['XX001', 'before-commit', 'STORE_CORRUPTION'], ['XX002', 'before-commit', 'STORE_CORRUPTION'], ['99999', 'before-commit', 'STORE_UNAVAILABLE'],
  ] as const)('SQLSTATE %s %s: %s', (code, phase, expected) => {
    expect(toStoreError(server(code), phase as Phase)).toMatchObject({ name: 'StoreError', code: expected })
  })

  it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])('%s: nothing stands, but after COMMIT nobody knows', (code) => {
    expect(toStoreError(node(code), 'before-commit').code).toBe('STORE_UNAVAILABLE')
    expect(toStoreError(node(code), 'commit').code).toBe('STORE_OUTCOME_UNKNOWN')
  })

  it('a server that is being stopped while it commits has perhaps committed', () => {
    expect(toStoreError(server('57P01', 'FATAL'), 'commit').code).toBe('STORE_OUTCOME_UNKNOWN')
    expect(toStoreError(server('57P01', 'FATAL'), 'before-commit').code).toBe('STORE_UNAVAILABLE')
  })

  it('only what the server undid for the sake of others is repeated', () => {
    expect(['40P01', '40001', '55P03', '53100', '23505', '08006'].map((code) => mayRepeat(server(code)))).toEqual([true, true, true, false, false, false])
  })

  it('an error of the port passes, and no row value gets out', () => {
    const own = new StoreError('STORE_FENCED', 'fenced')
    expect(toStoreError(own, 'before-commit')).toBe(own)
    const error = toStoreError(server('23505'), 'before-commit')
    expect(JSON.stringify([error.message, error.details, String(error.cause), Object.keys(error.cause as object)])).not.toContain('secret')
  })
})
