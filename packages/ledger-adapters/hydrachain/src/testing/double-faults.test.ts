import { findAnvil } from '@careledger/ledger-ethereum/testing'
import { SigningKey, Transaction } from 'ethers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startHydraChainDouble, type HydraChainDouble } from './hydrachain-double.ts'

const key = new SigningKey(`0x${'53'.repeat(32)}`)
const NONCE_FIRST = 1_048_576

describe.skipIf(findAnvil() === undefined)('faults of the double (skipped where npm has no anvil for the platform)', () => {
  let double: HydraChainDouble
  beforeEach(async () => { double = await startHydraChainDouble({ blockTimeMs: 1 }) })
  afterEach(() => double.close())

  it('loses a transaction, and does not take the same one again', async () => {
    double.lose(1)
    const lost = transaction({})
    expect(await ask('eth_sendRawTransaction', [lost.serialized])).toBe(lost.hash)
    expect(await ask('eth_sendRawTransaction', [lost.serialized])).toBe(lost.hash)
    await double.makeBlock()
    expect(await ask('eth_getTransactionReceipt', [lost.hash])).toBeNull()
    const other = transaction({ gasLimit: 21_001 })
    await ask('eth_sendRawTransaction', [other.serialized])
    await double.makeBlock()
    expect(await ask('eth_getTransactionReceipt', [other.hash])).toMatchObject({ gasUsed: '0x5208' })
  })

  it('makes no block while it is stalled', async () => {
    double.stall(true)
    const waiting = transaction({})
    await ask('eth_sendRawTransaction', [waiting.serialized])
    await double.makeBlock()
    expect(await ask('eth_getTransactionReceipt', [waiting.hash])).toBeNull()
    double.stall(false)
    await double.makeBlock()
    expect(await ask('eth_getTransactionReceipt', [waiting.hash])).not.toBeNull()
  })

  it('forgets what is pending when it is restarted, and keeps its blocks', async () => {
    const first = transaction({})
    await ask('eth_sendRawTransaction', [first.serialized])
    await double.makeBlock()
    double.stall(true)
    const second = transaction({ nonce: NONCE_FIRST + 1 })
    await ask('eth_sendRawTransaction', [second.serialized])
    await double.restart()
    double.stall(false)
    await double.makeBlock()
    expect(await ask('eth_getTransactionReceipt', [first.hash])).not.toBeNull()
    expect(await ask('eth_getTransactionReceipt', [second.hash])).toBeNull()
    expect(await ask('eth_nonce', [second.from, 'pending'])).toBe('0x100001')
  })

  it('carries out what it does not answer', async () => {
    double.cutAnswers('eth_sendRawTransaction', 1)
    const unanswered = transaction({})
    await expect(ask('eth_sendRawTransaction', [unanswered.serialized])).rejects.toThrow()
    await double.makeBlock()
    expect(await ask('eth_getTransactionReceipt', [unanswered.hash])).not.toBeNull()
  })

  it('is not there while it is offline', async () => {
    double.offline(true)
    await expect(ask('eth_blockNumber')).rejects.toThrow()
    double.offline(false)
    expect(await ask('eth_blockNumber')).toBe('0xa')
  })

  it('takes requests and does not answer while it hangs', async () => {
    double.hang(true)
    await expect(ask('eth_blockNumber', [], 200)).rejects.toThrow(expect.objectContaining({ name: 'TimeoutError' }))
    double.hang(false)
    expect(await ask('eth_blockNumber')).toBe('0xa')
  })

  async function ask(method: string, params: readonly unknown[] = [], withinMs = 10_000): Promise<unknown> {
    const response = await fetch(double.url, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }), signal: AbortSignal.timeout(withinMs) })
    return (await response.json() as { result?: unknown }).result
  }
})

function transaction({ nonce = NONCE_FIRST, gasLimit = 21_000 }: { readonly nonce?: number; readonly gasLimit?: number }): Transaction {
  const made = Transaction.from({ type: 0, chainId: 0n, nonce, gasLimit, gasPrice: 0, to: `0x${'cd'.repeat(20)}` })
  made.signature = key.sign(made.unsignedHash)
  return made
}
