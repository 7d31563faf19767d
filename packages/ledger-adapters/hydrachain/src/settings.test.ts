import { describe, expect, it } from 'vitest'
import { checkSettings, toEthereumSettings, type HydraChainLedgerSettings } from './settings.ts'

const base: HydraChainLedgerSettings = { urls: ['http://127.0.0.1:4000'], firstBlock: `0x${'ab'.repeat(32)}`, contract: `0x${'cd'.repeat(20)}` }

describe('settings', () => {
  it('keep appends below a kilobyte unless there is one validator', () => {
    expect(toEthereumSettings(checkSettings(base))).toMatchObject({ recordsMax: 4, appendBytesMax: 2_048 })
    expect(toEthereumSettings(checkSettings({ ...base, validators: 'one' }))).toMatchObject({ recordsMax: 250, appendBytesMax: 24_000 })
  })

  it('let a record of any declared size into an append', () => {
    expect(toEthereumSettings(checkSettings({ ...base, dataBytesMax: 16_384 })).appendBytesMax).toBeGreaterThanOrEqual(16_384 + 96)
  })

  it('have one transaction in flight, final in its block, without a fee', () => {
    expect(toEthereumSettings(checkSettings(base))).toMatchObject({ inFlightMax: 1, finality: { confirmationsMin: 1 }, fees: { kind: 'legacy', maxFeePerGasWei: 0n }, balanceForAppendsMin: 0 })
  })

  it('look after the account\'s money where fees are paid', () => {
    expect(toEthereumSettings(checkSettings({ ...base, gasPriceMaxWei: 1n })).balanceForAppendsMin).toBeGreaterThan(0)
  })

  it.each([
    ['firstBlock', { firstBlock: '0x12' }],
    ['contract', { contract: 'somewhere' }],
    ['recordsMax', { recordsMax: 251 }],
    ['urls', { urls: ['ftp://node'] }],
    ['chainId', { chainId: 1n } as object],
  ])('name %s when it is wrong', (name, changes) => {
    expect(() => toEthereumSettings(checkSettings({ ...base, ...changes }))).toThrow(name)
  })
})
