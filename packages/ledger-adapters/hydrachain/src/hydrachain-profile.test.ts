import { RpcError } from '@careledger/ledger-ethereum/legacy'
import { describe, expect, it } from 'vitest'
import { createHydraChainProfile } from './hydrachain-profile.ts'

type Rpc = Parameters<ReturnType<typeof createHydraChainProfile>['estimateGas']>[0]

const LIMIT = 3_141_592n
const call = { from: `0x${'ab'.repeat(20)}`, to: `0x${'cd'.repeat(20)}`, data: '0x' }
const profile = createHydraChainProfile({ pollMs: 1, waitMs: 10_000 })

describe('the gas of a call', () => {
  it('is what the node says it uses, with room', async () => {
    const gas = await profile.estimateGas(node(['0x10000']), call)
    expect(gas).toBeGreaterThan(0x10000n)
    expect(gas).toBeLessThan(0x10000n * 2n)
  })

  it('is a failure when the node says that it uses all of a block\'s', async () => {
    await expect(profile.estimateGas(node(['0x2fefd8']), call)).rejects.toMatchObject({ name: 'CallFailure' })
  })

  it('is asked again while the block has no room or a pending transaction fails', async () => {
    const asked = node(['0x0', new RpcError('eth_estimateGas', { code: -32_000, message: '' }), '0x5208'])
    expect(await profile.estimateGas(asked, call)).toBeGreaterThan(0x5208n)
  })

  it('is LEDGER_UNAVAILABLE when others are pending for too long', async () => {
    const impatient = createHydraChainProfile({ pollMs: 1, waitMs: 0 })
    await expect(impatient.estimateGas(node(['0x0']), call)).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })

  it('leaves room in the block for sending again with more', async () => {
    expect(await profile.estimateGas(node([`0x${(LIMIT - 1n).toString(16)}`]), call)).toBe(LIMIT - 1_000n)
  })
})

describe('the chain', () => {
  it('is named by its first block', async () => {
    const hash = `0x${'12'.repeat(32)}`
    const block = { number: '0x1', hash, timestamp: '0x1', gasLimit: '0x1' }
    expect(await profile.readChainName({ ...node([]), call: async () => block })).toBe(hash)
  })

  it('is LEDGER_UNAVAILABLE before it has one', async () => {
    await expect(profile.readChainName({ ...node([]), call: async () => null })).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' })
  })
})

describe('an error to a raw transaction', () => {
  it.each([
    ['Startgas too low', true],
    ['Invalid signature values!', true],
    ['RLP string ends with 104 superfluous bytes', true],
    ['unhashable type: \'bytearray\'', false],
    ['', false],
  ])('"%s" is a refusal: %s', (message, refusal) => {
    expect(profile.refuses(new RpcError('eth_sendRawTransaction', { code: -32_000, message }))).toBe(refusal)
  })
})

/** A node with an empty pending block that gives `estimates` one after the other. */
function node(estimates: readonly (string | Error)[]): Rpc {
  const left = [...estimates]
  return {
    async call(method) {
      if (method === 'eth_getBlockByNumber') return { gasLimit: `0x${LIMIT.toString(16)}` }
      const next = left.length > 1 ? left.shift() : left[0]
      if (next instanceof Error) throw next
      return next
    },
    batch: () => Promise.reject(new Error('not asked for')),
  }
}
