import { ledger } from '@hyperledger/fabric-protos'
import { sha256 } from '../hash.ts'
import type { Version } from './keyed-state.ts'
import type { CollectionSimulation, RangeRead, Simulator, Write } from './simulator.ts'

const { kvrwset } = ledger.rwset

/** The public read-write set of a simulation: plain keys and values, and only hashes of what stands in collections. */
export function encodeReadWriteSet(namespace: string, simulator: Simulator): Uint8Array {
  const open = new kvrwset.KVRWSet()
  open.setReadsList(sorted(simulator.reads).map(([key, version]) => toRead(key, version)))
  open.setRangeQueriesInfoList(simulator.ranges.map(toRangeInfo))
  open.setWritesList(sorted(simulator.writes).map(([key, write]) => toWrite(key, write)))

  const part = new ledger.rwset.NsReadWriteSet()
  part.setNamespace(namespace)
  part.setRwset(open.serializeBinary())
  part.setCollectionHashedRwsetList(sorted(simulator.collections).map(([name, collection]) => toHashedSet(name, collection)))

  const set = new ledger.rwset.TxReadWriteSet()
  set.setDataModel(ledger.rwset.TxReadWriteSet.DataModel.KV)
  set.setNsRwsetList([part])
  return set.serializeBinary()
}

/** The private write set of one collection, whose SHA-256 stands in the public set. */
export function encodePrivateWrites(writes: ReadonlyMap<string, Write>): Uint8Array {
  const set = new kvrwset.KVRWSet()
  set.setWritesList(sorted(writes).map(([key, write]) => toWrite(key, write)))
  return set.serializeBinary()
}

function toHashedSet(name: string, collection: CollectionSimulation) {
  const hashed = new kvrwset.HashedRWSet()
  hashed.setHashedReadsList(
    sorted(collection.reads).map(([keyHash, version]) => {
      const read = new kvrwset.KVReadHash()
      read.setKeyHash(Buffer.from(keyHash, 'hex'))
      read.setVersion(toVersion(version))
      return read
    }),
  )
  hashed.setHashedWritesList(
    sorted(collection.writes).map(([key, { value, purge }]) => {
      const write = new kvrwset.KVWriteHash()
      write.setKeyHash(sha256(key))
      write.setIsDelete(value === undefined)
      write.setIsPurge(purge)
      if (value !== undefined) write.setValueHash(sha256(value))
      return write
    }),
  )
  const set = new ledger.rwset.CollectionHashedReadWriteSet()
  set.setCollectionName(name)
  set.setHashedRwset(hashed.serializeBinary())
  if (collection.writes.size > 0) set.setPvtRwsetHash(sha256(encodePrivateWrites(collection.writes)))
  return set
}

function toRead(key: string, version: Version | undefined) {
  const read = new kvrwset.KVRead()
  read.setKey(key)
  read.setVersion(toVersion(version))
  return read
}

function toWrite(key: string, { value }: Write) {
  const write = new kvrwset.KVWrite()
  write.setKey(key)
  write.setIsDelete(value === undefined)
  if (value !== undefined) write.setValue(value)
  return write
}

function toRangeInfo(range: RangeRead) {
  const reads = new kvrwset.QueryReads()
  reads.setKvReadsList(range.reads.map(({ key, version }) => toRead(key, version)))
  const info = new kvrwset.RangeQueryInfo()
  info.setStartKey(range.start)
  info.setEndKey(range.end)
  info.setItrExhausted(range.exhausted)
  info.setRawReads(reads)
  return info
}

function toVersion(version: Version | undefined) {
  if (version === undefined) return undefined
  const encoded = new kvrwset.Version()
  encoded.setBlockNum(version.block)
  encoded.setTxNum(version.transaction)
  return encoded
}

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1))
}
