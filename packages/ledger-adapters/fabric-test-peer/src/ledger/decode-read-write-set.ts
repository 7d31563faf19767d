import { ledger } from '@hyperledger/fabric-protos'
import type { Version } from './keyed-state.ts'
import type { RangeRead, Write } from './simulator.ts'

export interface DecodedCollection {
  readonly name: string
  readonly reads: readonly { readonly keyHash: string; readonly version: Version | undefined }[]
  readonly writes: readonly { readonly keyHash: string; readonly valueHash: Uint8Array | undefined }[]
  readonly privateHash: string
}

/** One namespace's part of a read-write set. */
export interface DecodedReadWriteSet {
  readonly namespace: string
  readonly reads: readonly { readonly key: string; readonly version: Version | undefined }[]
  readonly ranges: readonly RangeRead[]
  readonly writes: ReadonlyMap<string, Uint8Array | undefined>
  readonly collections: readonly DecodedCollection[]
}

export function decodeReadWriteSet(set: ledger.rwset.TxReadWriteSet): DecodedReadWriteSet[] {
  return set.getNsRwsetList().map((part) => {
    const open = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(part.getRwset_asU8())
    return {
      namespace: part.getNamespace(),
      reads: open.getReadsList().map((read) => ({ key: read.getKey(), version: toVersion(read.getVersion()) })),
      ranges: open.getRangeQueriesInfoList().map(toRange),
      writes: toWrites(open),
      collections: part.getCollectionHashedRwsetList().map(toCollection),
    }
  })
}

export function decodePrivateWrites(bytes: Uint8Array): Map<string, Write> {
  const writes = toWrites(ledger.rwset.kvrwset.KVRWSet.deserializeBinary(bytes))
  return new Map([...writes].map(([key, value]) => [key, { value, purge: false }]))
}

function toWrites(set: ledger.rwset.kvrwset.KVRWSet): Map<string, Uint8Array | undefined> {
  return new Map(set.getWritesList().map((write) => [write.getKey(), write.getIsDelete() ? undefined : write.getValue_asU8()]))
}

function toCollection(set: ledger.rwset.CollectionHashedReadWriteSet): DecodedCollection {
  const hashed = ledger.rwset.kvrwset.HashedRWSet.deserializeBinary(set.getHashedRwset_asU8())
  return {
    name: set.getCollectionName(),
    reads: hashed.getHashedReadsList().map((read) => ({ keyHash: toHex(read.getKeyHash_asU8()), version: toVersion(read.getVersion()) })),
    writes: hashed
      .getHashedWritesList()
      .map((write) => ({ keyHash: toHex(write.getKeyHash_asU8()), valueHash: write.getIsDelete() ? undefined : write.getValueHash_asU8() })),
    privateHash: toHex(set.getPvtRwsetHash_asU8()),
  }
}

function toRange(info: ledger.rwset.kvrwset.RangeQueryInfo): RangeRead {
  const reads = info.getRawReads()?.getKvReadsList() ?? []
  return {
    start: info.getStartKey(),
    end: info.getEndKey(),
    exhausted: info.getItrExhausted(),
    reads: reads.map((read) => ({ key: read.getKey(), version: toVersion(read.getVersion())! })),
  }
}

function toVersion(version: ledger.rwset.kvrwset.Version | undefined): Version | undefined {
  return version === undefined ? undefined : { block: version.getBlockNum(), transaction: version.getTxNum() }
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
