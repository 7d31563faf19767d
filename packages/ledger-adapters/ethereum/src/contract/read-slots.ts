import { concat, getAddress, keccak256, toBeHex } from 'ethers'
import type { Rpc } from '../rpc/create-rpc.ts'
import { quantitySchema } from '../rpc/schemas.ts'
import { toHex } from '../rpc/chain.ts'
import type { ContractView } from './records-contract.ts'

/** Slots of the contract's variables, by Solidity's rules of layout; a test compares them with what the compiler says. */
export const CONTRACT_SLOTS = { administrator: 0n, members: 2n, streams: 4n, marks: 5n } as const

const UINT64 = (1n << 64n) - 1n
const ADDRESS = (1n << 160n) - 1n

/**
 * What the contract's functions would answer in the state of block `at`, read from its storage: for nodes that execute the
 * block's transactions again for each eth_call, and cannot where one of them failed.
 */
export async function readSlots(rpc: Rpc, contract: string, name: ContractView, values: readonly unknown[], at: string, signal?: AbortSignal): Promise<readonly unknown[]> {
  const [stream, sequence] = values as readonly [string, bigint]

  async function slots(indexes: readonly bigint[]): Promise<readonly bigint[]> {
    if (indexes.length === 0) return []
    const answers = await rpc.batch(indexes.map((index) => ({ method: 'eth_getStorageAt', params: [contract, toHex(index), at] })), signal)
    return answers.map((answer) => quantitySchema.parse(answer))
  }
  const slot = async (index: bigint): Promise<bigint> => (await slots([index]))[0] ?? 0n
  const size = async (): Promise<bigint> => (await slot(inMapping(CONTRACT_SLOTS.streams, stream))) & UINT64

  async function writers(): Promise<readonly string[]> {
    const length = await slot(inMapping(CONTRACT_SLOTS.members, stream))
    const first = ofArray(inMapping(CONTRACT_SLOTS.members, stream))
    return (await slots(Array.from({ length: Number(length) }, (_, index) => first + BigInt(index)))).map(toAddress)
  }

  /** The block of the last mark at or before `sequence`; the contract's `locate`. */
  async function locate(): Promise<bigint> {
    const marks = inMapping(CONTRACT_SLOTS.marks, stream)
    let [low, high, number] = [0n, await slot(marks), 0n]
    while (low < high) {
      const middle = (low + high) / 2n
      const mark = await slot(ofArray(marks) + middle)
      if ((mark & UINT64) > sequence) high = middle
      else [low, number] = [middle + 1n, (mark >> 64n) & UINT64]
    }
    return number
  }

  switch (name) {
    case 'administrator': return [toAddress(await slot(CONTRACT_SLOTS.administrator))]
    case 'createdAt': return [((await slot(CONTRACT_SLOTS.administrator)) >> 160n) & UINT64]
    case 'sizeOf': return [await size()]
    case 'writers': return [await writers()]
    case 'locate': return [await locate(), await size()]
  }
}

function inMapping(mapping: bigint, key: string): bigint {
  return BigInt(keccak256(concat([key, toBeHex(mapping, 32)])))
}

function ofArray(slot: bigint): bigint {
  return BigInt(keccak256(toBeHex(slot, 32)))
}

function toAddress(value: bigint): string {
  return getAddress(toBeHex(value & ADDRESS, 20))
}
