import { peer } from '@hyperledger/fabric-protos'
import { checkCollectionAccess } from './check-collection-access.ts'
import type { TransactionContext } from './transaction-context.ts'

const EMPTY = new Uint8Array()

/** GET_STATE. An absent key is an empty answer. */
export function getState(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const request = peer.GetState.deserializeBinary(payload)
  return readKey(context, request.getCollection(), request.getKey())
}

/** GET_STATE_MULTIPLE, of Fabric 3.1: one value for each key, in order. */
export function getStateMultiple(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const request = peer.GetStateMultiple.deserializeBinary(payload)
  const result = new peer.GetStateMultipleResult()
  result.setValuesList(request.getKeysList().map((key) => readKey(context, request.getCollection(), key)))
  return result.serializeBinary()
}

/** GET_PRIVATE_DATA_HASH, which every organisation of the channel may ask. */
export function getPrivateDataHash(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const request = peer.GetState.deserializeBinary(payload)
  return context.simulator.getPrivateHash(request.getCollection(), request.getKey())
}

export function putState(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const request = peer.PutState.deserializeBinary(payload)
  writeKey(context, request.getCollection(), request.getKey(), request.getValue_asU8())
  return EMPTY
}

export function deleteState(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const request = peer.DelState.deserializeBinary(payload)
  writeKey(context, request.getCollection(), request.getKey(), undefined)
  return EMPTY
}

export function purgePrivateData(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const request = peer.PurgePrivateState.deserializeBinary(payload)
  purgeKey(context, request.getCollection(), request.getKey())
  return EMPTY
}

/** WRITE_BATCH_STATE, of Fabric 3.1: many writes in one message. */
export function writeBatch(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const { PUT_STATE, DEL_STATE, PURGE_PRIVATE_DATA } = peer.WriteRecord.Type
  for (const record of peer.WriteBatchState.deserializeBinary(payload).getRecList()) {
    const type = record.getType()
    if (type === PUT_STATE) writeKey(context, record.getCollection(), record.getKey(), record.getValue_asU8())
    else if (type === DEL_STATE) writeKey(context, record.getCollection(), record.getKey(), undefined)
    else if (type === PURGE_PRIVATE_DATA) purgeKey(context, record.getCollection(), record.getKey())
    else throw new Error('unknown operation type')
  }
  return EMPTY
}

function readKey(context: TransactionContext, collection: string, key: string): Uint8Array {
  if (collection === '') return context.simulator.get(key)
  checkCollectionAccess(context, collection, 'read')
  return context.simulator.getPrivate(collection, key)
}

function writeKey(context: TransactionContext, collection: string, key: string, value: Uint8Array | undefined): void {
  if (collection === '') return context.simulator.write(key, value)
  checkCollectionAccess(context, collection, 'write')
  context.simulator.writePrivate(collection, key, { value, purge: false })
}

function purgeKey(context: TransactionContext, collection: string, key: string): void {
  if (collection === '') throw new Error('only applicable for private data')
  checkCollectionAccess(context, collection, 'write')
  context.simulator.writePrivate(collection, key, { value: undefined, purge: true })
}
