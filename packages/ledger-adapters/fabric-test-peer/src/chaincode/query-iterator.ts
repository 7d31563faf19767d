import { ledger, peer } from '@hyperledger/fabric-protos'

/** Most results in one message; the rest is asked for (core/chaincode/chaincode_support.go, `MaxResultLimit`). */
const RESULTS_MAX = 100

export type QueryResult = ledger.queryresult.KV | ledger.queryresult.KeyModification

/** A query that the chaincode has open: results in pages of 100, in the order of the source. */
export class QueryIterator {
  readonly #id: string
  readonly #source: Iterator<QueryResult>
  #next: IteratorResult<QueryResult>

  constructor(id: string, source: Iterator<QueryResult>) {
    this.#id = id
    this.#source = source
    this.#next = source.next()
  }

  page(): peer.QueryResponse {
    const results: QueryResult[] = []
    while (this.#next.done !== true && results.length < RESULTS_MAX) {
      results.push(this.#next.value)
      this.#next = this.#source.next()
    }
    return toResponse(this.#id, results, this.#next.done !== true)
  }
}

/** One page of a paginated query: at most `pageSize` results and the key at which the next page starts. */
export function toPage(id: string, source: Iterator<ledger.queryresult.KV>, pageSize: number): peer.QueryResponse {
  const results: ledger.queryresult.KV[] = []
  let next = source.next()
  while (next.done !== true && results.length < pageSize) {
    results.push(next.value)
    next = source.next()
  }
  const metadata = new peer.QueryResponseMetadata()
  metadata.setFetchedRecordsCount(results.length)
  metadata.setBookmark(next.done === true ? '' : next.value.getKey())
  const response = toResponse(id, results, false)
  response.setMetadata(metadata.serializeBinary())
  return response
}

function toResponse(id: string, results: readonly QueryResult[], more: boolean): peer.QueryResponse {
  const response = new peer.QueryResponse()
  response.setId(id)
  response.setHasMore(more)
  response.setResultsList(
    results.map((result) => {
      const bytes = new peer.QueryResultBytes()
      bytes.setResultbytes(result.serializeBinary())
      return bytes
    }),
  )
  return response
}
