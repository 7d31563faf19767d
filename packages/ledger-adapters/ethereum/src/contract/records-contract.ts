import { AbiCoder, encodeBytes32String, getAddress, Interface, keccak256, type InterfaceAbi } from 'ethers'
import type { NewRecord, StreamName } from '@careledger/ledger-spec'
import modern from './care-ledger.json' with { type: 'json' }
import tagged from './tagged-care-ledger.json' with { type: 'json' }

/** A batch log: one append, as the contract's documentation has it. */
export interface Batch {
  /** The writer's address with the checksum of EIP-55. */
  readonly writer: string
  readonly first: bigint
  readonly count: bigint
  /** Seconds since 1970 by the block's clock. */
  readonly time: bigint
}

/** The second topic of a batch log, in the place where records have their id. */
export const BATCH_TOPIC = `0x${'f'.repeat(64)}`

const abi = new Interface(modern.abi as InterfaceAbi)
const coder = AbiCoder.defaultAbiCoder()

/** One compiled contract: what it takes to create and to recognise it. */
export interface ContractBuild {
  readonly bytecode: string
  /** keccak-256 of the code at its address. */
  readonly codeHash: string
  /** Whether keys are found by logs of their own, and records only go in by `appendItems`. */
  readonly tagged: boolean
}

export const modernBuild: ContractBuild = { bytecode: modern.bytecode, codeHash: keccak256(modern.runtime), tagged: false }
export const taggedBuild: ContractBuild = { bytecode: tagged.bytecode, codeHash: keccak256(tagged.runtime), tagged: true }

export function toStreamTopic(stream: StreamName): string {
  return encodeBytes32String(stream)
}

export function toIdTopic(id: string): string {
  return `0x${id}${'0'.repeat(32)}`
}

/** First topic of the log that a tagged contract keeps for each key. */
export function toTagTopic(stream: StreamName, key: string): string {
  return keccak256(`${toStreamTopic(stream)}${key}`)
}

export function decodeBatch(data: string): Batch {
  const [writer, first, count, time] = coder.decode(['address', 'uint64', 'uint64', 'uint64'], data) as unknown as readonly [string, bigint, bigint, bigint]
  return { writer: getAddress(writer), first, count, time }
}

/** Input of the call that appends `records` at `size`: packed where they all have a key and no data and the contract takes it, else as items. */
export function encodeAppend(build: ContractBuild, stream: StreamName, size: bigint, records: readonly NewRecord[]): string {
  const packable = !build.tagged && records.every(({ key, data }) => key !== undefined && data === undefined)
  return packable
    ? abi.encodeFunctionData('append', [toStreamTopic(stream), size, `0x${records.map(({ id, key, digest }) => id + (key ?? '') + digest).join('')}`])
    : abi.encodeFunctionData('appendItems', [toStreamTopic(stream), size, records.length, `0x${records.map(toItem).join('')}`])
}

function toItem({ id, key, digest, data }: NewRecord): string {
  const content = data === undefined ? '' : `01${Buffer.from(data).toString('hex')}`
  const length = (content.length / 2).toString(16).padStart(6, '0')
  return `${key === undefined ? '00' : '01'}${length}${id}${key ?? ''}${digest}${content}`
}

/** The contract's functions that change nothing. */
export type ContractView = 'sizeOf' | 'locate' | 'writers' | 'createdAt' | 'administrator'

/** Input of a call of one of the other functions. */
export function encodeCall(name: ContractView | 'grant' | 'revoke', values: readonly unknown[] = []): string {
  return abi.encodeFunctionData(name, values)
}

export function decodeResult(name: ContractView, data: string): readonly unknown[] {
  return [...abi.decodeFunctionResult(name, data)]
}

/** Name and arguments of one of the contract's errors; `undefined` when `data` is none. */
export function decodeRevert(data: unknown): { readonly name: string; readonly values: readonly unknown[] } | undefined {
  if (typeof data !== 'string') return undefined
  const found = abi.parseError(data)
  return found === null ? undefined : { name: found.name, values: [...found.args] }
}
