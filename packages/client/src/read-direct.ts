import { equalBytes, fromHex, isProofError, leafHash, leafInput, ledgerBlind, ledgerKey, ledgerRecordId, recordDigest, entryHash, fromBase64url, signatureHash, toHex, verifyProof } from '@careledger/proof'
import type { ProofFile, ProofResult, Trust } from '@careledger/proof'
import type { CareLedgerClient } from './client-types.ts'
import type { OpenEpoch } from './epoch-keys.ts'
import { isProblem } from './to-client-problem.ts'

/** What is asked of a ledger: the reading part of the Ledger port, which every adapter has. */
export interface LedgerReader {
  list(stream: string, query: { readonly key: string; readonly after?: string | undefined; readonly limit: number }): Promise<{
    readonly records: readonly { readonly id: string; readonly digest: string }[]
    readonly next?: string | undefined
  }>
}

export interface DirectReadOptions {
  readonly ledger: LedgerReader
  /** The network's stream on that ledger. */
  readonly stream: string
  readonly epochs: readonly OpenEpoch[]
  /** Asks the custodian for the record behind a ledger record: its proof file; `undefined` where the custodian refuses. */
  readonly fetchProof: (recordId: string) => Promise<string | undefined>
  /** Pinned, from somewhere else than the custodian. */
  readonly trust: Trust
  /** Records in one page of the ledger; 100 by default. */
  readonly pageSize?: number | undefined
}

/** One record found on the ledger, in the ledger's own order. */
export interface DirectRecord {
  readonly recordId: string
  readonly epoch: number
  /**
   * `not-shared`: the custodian gives no record for it. It is none (the registration, a consent), or it is kept back; the ledger cannot say
   * which. `mismatch`: what was given is not what the ledger holds.
   */
  readonly outcome: 'verified' | 'invalid' | 'mismatch' | 'not-shared'
  readonly proof?: ProofResult | undefined
}

/**
 * Lists a patient's records on a member's own ledger with the epoch keys that a consent handed out, asks the custodian for each, and checks
 * that it gives exactly what the ledger holds: the record id and the blinded digest are computed again from the proof. What the custodian
 * leaves out shows as `not-shared`.
 * Errors: those of the ledger and of `fetchProof`.
 */
export async function* readDirect(options: DirectReadOptions): AsyncGenerator<DirectRecord> {
  for (const epoch of options.epochs) {
    const key = toHex(ledgerKey(epoch.key))
    let after: string | undefined
    do {
      const page = await options.ledger.list(options.stream, { key, limit: options.pageSize ?? 100, ...(after === undefined ? {} : { after }) })
      for (const record of page.records) yield await checkRecord(record, epoch, options)
      after = page.next
    } while (after !== undefined)
  }
}

/**
 * `fetchProof` for the instance that a client is signed in to: asks for the record behind a ledger record of `ledger` (a grant's). What stands
 * on the ledger but is no record, a consent for example, is refused like a record that may not be read.
 */
export function proofFetcher(client: CareLedgerClient, ledger: string): DirectReadOptions['fetchProof'] {
  return async (recordId) => {
    try {
      return (await client.hospital.records.readByLedgerId.query({ ledger, recordId })).proof
    } catch (thrown) {
      if (isProblem(thrown) && thrown.code === 'NOT_ALLOWED') return undefined
      throw thrown
    }
  }
}

async function checkRecord(record: { readonly id: string; readonly digest: string }, epoch: OpenEpoch, options: DirectReadOptions): Promise<DirectRecord> {
  const found = { recordId: record.id, epoch: epoch.epoch }
  const text = await options.fetchProof(record.id)
  if (text === undefined) return { ...found, outcome: 'not-shared' }
  const proof = await verifyProof(new TextEncoder().encode(text), options.trust)
  if (!proof.valid || proof.file === undefined) return { ...found, outcome: 'invalid', proof }
  return { ...found, outcome: isOnLedger(proof.file, record, epoch.key) ? 'verified' : 'mismatch', proof }
}

/** Whether the entry of a proof is the one that a ledger record with this id and digest stands for, under this epoch key. */
export function isOnLedger(file: ProofFile, record: { readonly id: string; readonly digest: string }, epochKey: Uint8Array): boolean {
  try {
    const leaf = leafHash(leafInput({
      entryHash: entryHash(file.entry),
      signatureHash: signatureHash(file.signature),
      chainSequence: file.leaf.chainSequence,
      ...(file.leaf.chainPrevious === undefined ? {} : { chainPrevious: fromBase64url(file.leaf.chainPrevious) }),
    }))
    const digest = recordDigest(leaf, ledgerBlind(epochKey, leaf))
    return equalBytes(fromHex(record.id), ledgerRecordId(epochKey, file.entry.id)) && equalBytes(fromHex(record.digest), digest)
  } catch (thrown) {
    if (isProofError(thrown)) return false
    throw thrown
  }
}
