import { getBytes, id, Signature, SigningKey } from 'ethers'
import { describe, expect, it } from 'vitest'
import { RpcError, TransportError } from './rpc/rpc-error.ts'
import { createSequenceIndex } from './sequence-index.ts'
import { checkSettings } from './settings.ts'
import { toLedgerError } from './to-ledger-error.ts'
import { bumpFees } from './transactions/fees.ts'
import { signerFromPrivateKey, toSignature } from './transactions/signer.ts'

const GIVEN = { urls: ['http://127.0.0.1:8545'], chainId: 1n, contract: `0x${'1'.repeat(40)}` }

describe('settings', () => {
  it.each([
    ['urls', { urls: ['ftp://127.0.0.1'] }],
    ['contract', { contract: '0x12' }],
    ['pollMs', { pollMs: 0 }],
    ['recordsMax', { recordsMax: 1_025 }],
    ['dataBytesMax', { dataBytesMax: 1_023 }],
    ['finality', { finality: { confirmationsMin: 0 } }],
  ])('name the member that is wrong: %s', (name, wrong) => {
    expect(() => checkSettings({ ...GIVEN, ...wrong })).toThrow(new RegExp(`^Settings of the Ethereum ledger: ${name}`))
  })
})

describe('signatures', () => {
  const privateKey = `0x${'7'.repeat(64)}`
  const digest = new Uint8Array(32).fill(3)

  it('with a high s are turned, so that they are still of the same account', async () => {
    const low = await signerFromPrivateKey(privateKey).signDigest(digest)
    const { r, s, yParity } = Signature.from(Buffer.from(low).reduce((text, byte) => text + byte.toString(16).padStart(2, '0'), '0x'))
    const high = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n - BigInt(s)
    const given = getBytes(`${r}${high.toString(16).padStart(64, '0')}${yParity === 1 ? '1b' : '1c'}`)
    expect(SigningKey.recoverPublicKey(digest, toSignature(given))).toBe(new SigningKey(privateKey).publicKey)
  })

  it('of another length are refused', () => {
    expect(() => toSignature(new Uint8Array(64))).toThrow(TypeError)
    expect(() => signerFromPrivateKey('0x12')).toThrow(TypeError)
  })
})

describe('fees', () => {
  const caps = { kind: 'auto' as const, maxFeePerGasWei: 100n, maxPriorityFeePerGasWei: 20n, bumpAfterMs: 1 }

  it('rise by more than a tenth, or to the market where that is higher', () => {
    expect(bumpFees({ kind: 'eip1559', maxFeePerGas: 40n, maxPriorityFeePerGas: 8n }, undefined, caps)).toEqual({ kind: 'eip1559', maxFeePerGas: 46n, maxPriorityFeePerGas: 10n })
    expect(bumpFees({ kind: 'legacy', gasPrice: 40n }, { kind: 'legacy', gasPrice: 90n }, caps)).toEqual({ kind: 'legacy', gasPrice: 90n })
  })

  it('stop at the caps', () => {
    expect(bumpFees({ kind: 'legacy', gasPrice: 95n }, undefined, caps)).toBeUndefined()
    expect(bumpFees({ kind: 'eip1559', maxFeePerGas: 40n, maxPriorityFeePerGas: 19n }, undefined, caps)).toBeUndefined()
  })
})

describe('errors', () => {
  const answer = (message: string, code = -32000, data?: unknown) => new RpcError('eth_call', { code, message, data })

  it.each([
    ['insufficient funds for gas * price + value', 'LEDGER_REJECTED'],
    ['gas required exceeds allowance (16777216)', 'LEDGER_REJECTED'],
    ['oversized data: transaction size 140000, limit 131072', 'LEDGER_REJECTED'],
    ['max fee per gas less than block base fee', 'LEDGER_UNAVAILABLE'],
    ['txpool is full', 'LEDGER_UNAVAILABLE'],
    ['invalid sender', 'LEDGER_WRONG_CHAIN'],
  ])('of a node are translated: %s', (message, code) => {
    expect(toLedgerError(answer(message), 'send')?.code).toBe(code)
  })

  it('of the contract are told by their selectors', () => {
    const revert = (name: string) => answer('execution reverted', 3, id(`${name}()`).slice(0, 10))
    expect(['NotWriter', 'NotAdministrator', 'Malformed'].map((name) => toLedgerError(revert(name), 'send')?.code)).toEqual(['LEDGER_UNAUTHORISED', 'LEDGER_UNAUTHORISED', 'LEDGER_REJECTED'])
  })

  it('after the transaction went out say nothing, and before that nothing was sent', () => {
    expect(toLedgerError(new TransportError('away', { sent: true }), 'send')).toBeUndefined()
    expect(toLedgerError(new TransportError('away', { sent: false }), 'send')?.code).toBe('LEDGER_UNAVAILABLE')
    expect(toLedgerError(new Error('what'), 'send')).toBeUndefined()
  })
})

describe('the index of sequences', () => {
  it('forgets the oldest places first', () => {
    const index = createSequenceIndex(2)
    for (const block of [1n, 2n, 3n]) index.set('a', undefined, block, { block, sequence: block })
    expect([1n, 2n, 3n].map((next) => index.get('a', undefined, next)?.block)).toEqual([undefined, 2n, 3n])
  })
})
