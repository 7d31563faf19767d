/** One call of a chaincode. */
export interface ChaincodeRequest {
  readonly chaincode: string
  readonly name: string
  readonly args: readonly string[]
  /** Goes to the endorsers only, and into no transaction. */
  readonly transient?: Readonly<Record<string, Uint8Array>> | undefined
  /** Collection that the call reads or writes: its organisations endorse. */
  readonly collection?: string | undefined
}

/** A transaction that endorsers have signed and nobody else has seen. */
export interface EndorsedTransaction {
  readonly transactionId: string
  /** What the chaincode answered. */
  readonly result: Uint8Array
  /** Payload of the envelope (common/common.proto): question, answer and the endorsers' signatures. */
  readonly payload: Uint8Array
  /** Gives the envelope to the orderer. Again and again it is the same envelope: a second copy is marked as a duplicate and changes nothing. */
  submit(): Promise<void>
  /** Validation code once a block has it, by the own organisation's peer; waits for it at most `commitTimeoutMs`. */
  status(signal: AbortSignal): Promise<number>
}

/**
 * What the adapter needs of a Fabric client, so that either library fits behind it. Rejects with whatever the library throws: `to-ledger-error`
 * reads it. Nothing is given to an orderer but by `submit`.
 */
export interface FabricClient {
  /** Asks a peer of the own organisation. */
  evaluate(request: ChaincodeRequest): Promise<Uint8Array>
  endorse(request: ChaincodeRequest): Promise<EndorsedTransaction>
  /** Idempotent. */
  close(): void
}
