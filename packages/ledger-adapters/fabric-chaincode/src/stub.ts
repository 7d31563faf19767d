/** What the chaincode uses of a `ChaincodeStub` of fabric-shim; a test gives one of its own. */
export interface Stub {
  getStringArgs(): string[]
  /** Bytes that go to the endorsers and into no transaction. */
  getTransient(): Map<string, Uint8Array>
  getCreator(): { readonly mspid: string; readonly idBytes: Uint8Array }
  getChannelID(): string
  getTxID(): string
  /** Time of the proposal by the client's clock, which peers accept within their window only. The same on every endorser. */
  getDateTimestamp(): Date
  setEvent(name: string, payload: Uint8Array): void
  getState(key: string): Promise<Uint8Array>
  putState(key: string, value: Uint8Array): Promise<void>
  getStateByRange(start: string, end: string): AsyncIterable<KeyValue>
  getPrivateData(collection: string, key: string): Promise<Uint8Array>
  putPrivateData(collection: string, key: string, value: Uint8Array): Promise<void>
  getPrivateDataByRange(collection: string, start: string, end: string): AsyncIterable<KeyValue>
}

export interface KeyValue {
  readonly key: string
  readonly value: Uint8Array
}
