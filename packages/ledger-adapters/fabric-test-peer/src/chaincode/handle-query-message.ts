import { randomUUID } from 'node:crypto'
import { common, ledger, peer } from '@hyperledger/fabric-protos'
import { checkCollectionAccess } from './check-collection-access.ts'
import { QueryIterator, toPage, type QueryResult } from './query-iterator.ts'
import type { TransactionContext } from './transaction-context.ts'

/** Most results of one query (core.yaml, `ledger.state.totalQueryLimit`). */
const QUERY_LIMIT = 100_000

/** GET_STATE_BY_RANGE, with or without page size and bookmark. Collections have no pagination. */
export function getStateByRange(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const request = peer.GetStateByRange.deserializeBinary(payload)
  const [start, end, collection] = [request.getStartkey(), request.getEndkey(), request.getCollection()]
  const metadata = request.getMetadata_asU8().length === 0 ? undefined : peer.QueryMetadata.deserializeBinary(request.getMetadata_asU8())
  const { simulator } = context
  if (collection !== '') {
    checkCollectionAccess(context, collection, 'read')
    return open(context, toPairs(context, simulator.privateRange(collection, start, end)))
  }
  if (metadata === undefined || (metadata.getPagesize() === 0 && metadata.getBookmark() === '')) {
    return open(context, toPairs(context, simulator.range(start, end)))
  }
  const from = metadata.getBookmark() === '' ? start : metadata.getBookmark()
  const source = toPairs(context, simulator.pagedRange(from, end))
  return toPage(randomUUID(), source, Math.min(metadata.getPagesize() || QUERY_LIMIT, QUERY_LIMIT)).serializeBinary()
}

/** GET_HISTORY_FOR_KEY: newest first. */
export function getHistoryForKey(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const key = peer.GetHistoryForKey.deserializeBinary(payload).getKey()
  const entries = context.ledger.state.history.get(key) ?? []
  const modifications = entries.toReversed().map((entry) => {
    const modification = new ledger.queryresult.KeyModification()
    modification.setTxId(entry.txId)
    modification.setIsDelete(entry.value === undefined)
    if (entry.value !== undefined) modification.setValue(entry.value)
    modification.setTimestamp(common.ChannelHeader.deserializeBinary(entry.header).getTimestamp())
    return modification
  })
  return open(context, modifications.values())
}

export function queryStateNext(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const id = peer.QueryStateNext.deserializeBinary(payload).getId()
  const iterator = context.iterators.get(id)
  if (iterator === undefined) throw new Error('query iterator not found')
  return answer(context, id, iterator)
}

export function queryStateClose(context: TransactionContext, payload: Uint8Array): Uint8Array {
  const id = peer.QueryStateClose.deserializeBinary(payload).getId()
  context.iterators.delete(id)
  const response = new peer.QueryResponse()
  response.setId(id)
  return response.serializeBinary()
}

function open(context: TransactionContext, source: Iterator<QueryResult>): Uint8Array {
  const id = randomUUID()
  const iterator = new QueryIterator(id, source)
  context.iterators.set(id, iterator)
  return answer(context, id, iterator)
}

function answer(context: TransactionContext, id: string, iterator: QueryIterator): Uint8Array {
  const response = iterator.page()
  if (!response.getHasMore()) context.iterators.delete(id)
  return response.serializeBinary()
}

function* toPairs(context: TransactionContext, source: Iterable<readonly [string, Uint8Array]>): Generator<ledger.queryresult.KV> {
  for (const [key, value] of source) {
    const pair = new ledger.queryresult.KV()
    pair.setNamespace(context.settings.chaincode.name)
    pair.setKey(key)
    pair.setValue(value)
    yield pair
  }
}
