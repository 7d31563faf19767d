import { LedgerError } from '@careledger/ledger-spec'
import type { StreamName } from '@careledger/ledger-spec'
import type { z } from 'zod'
import { answers, parseAnswer } from './chaincode-answers.ts'
import type { ChaincodeRequest, EndorsedTransaction, FabricClient } from './fabric-client.ts'
import type { CheckedSettings } from './settings.ts'

/** One open ledger: its client, and what it knows of its streams. */
export interface Fabric {
  readonly client: FabricClient
  readonly settings: CheckedSettings
  /** MSP id of the signer. */
  readonly mspId: string
  /** Calls a function of the chaincode that writes nothing. */
  query<T>(schema: z.ZodType<T>, name: string, args: readonly string[]): Promise<T>
  endorse(call: Pick<ChaincodeRequest, 'name' | 'args' | 'transient' | 'collection'>): Promise<EndorsedTransaction>
  /** Name of a stream on the ledger: with the space of the settings before it. */
  nameOf(stream: StreamName): string
  /** Collection of a private stream; `undefined` for a public one, and for one that nobody may write yet. */
  collectionOf(stream: StreamName): Promise<string | undefined>
  /** Remembers the size that an append of this object has made, and wakes its watchers. */
  noteSize(stream: StreamName, size: number): void
  /** LEDGER_UNAVAILABLE when the peer that answered stands before an append of this object (get-2): it is asked again. */
  checkSize(stream: StreamName, size: number): void
  /** Calls `listener` after the next append of this object to the stream; gives what takes it back. */
  onAppend(stream: StreamName, listener: () => void): () => void
}

export function createFabric(client: FabricClient, settings: CheckedSettings, mspId: string): Fabric {
  const { chaincode } = settings
  const sizes = new Map<StreamName, number>()
  const listeners = new Map<StreamName, Set<() => void>>()
  const collections = new Map<StreamName, string | undefined>()

  const fabric: Fabric = {
    client,
    settings,
    mspId,
    async query(schema, name, args) {
      return parseAnswer(schema, await client.evaluate({ chaincode, name, args }))
    },
    endorse: (call) => client.endorse({ chaincode, ...call }),
    nameOf: (stream) => (settings.space === undefined ? stream : `${settings.space}.${stream}`),
    async collectionOf(stream) {
      if (collections.has(stream)) return collections.get(stream)
      const { private: place, rights } = await fabric.query(answers.stream, 'stream', [fabric.nameOf(stream)])
      if (place !== undefined || rights.length > 0) collections.set(stream, place?.collection)
      return place?.collection
    },
    noteSize(stream, size) {
      sizes.set(stream, Math.max(size, sizes.get(stream) ?? 0))
      for (const listener of [...listeners.get(stream) ?? []]) listener()
    },
    checkSize(stream, size) {
      if (size < (sizes.get(stream) ?? 0)) throw new LedgerError('LEDGER_UNAVAILABLE', 'The peer has not yet what was appended here', { details: { stream } })
    },
    onAppend(stream, listener) {
      const waiting = listeners.get(stream) ?? new Set()
      listeners.set(stream, waiting.add(listener))
      return () => {
        waiting.delete(listener)
        if (waiting.size === 0) listeners.delete(stream)
      }
    },
  }
  return fabric
}
