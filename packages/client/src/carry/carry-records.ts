import { Problem } from '@careledger/api/contracts'
import { fromBase64url } from '@careledger/proof'
import type { CareLedgerClient } from '../client-types.ts'
import { attachmentsIn, fetchDocuments } from './carried-documents.ts'
import { CARRY_FORMAT, CARRY_RECORDS_MAX, type CarryFile } from './carry-file.ts'

export interface CarryChoice {
  readonly patient: string
  readonly custodian: { readonly party: string; readonly name: string }
  /** Resource types; absent: all. The Patient resource always comes along: without it nobody could tell whose records these are. */
  readonly types?: readonly string[] | undefined
  /** Clinical days, both included. Records without a date come along unless a time is chosen. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export interface CarryOptions {
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Fetches the proofs, with their records inside, of what the patient chose, newest versions only, and the attachments that they lead to as far as they fit. Each is a reading that the patient's own
 * access list shows. Errors: Problem INPUT_TOO_LARGE over 4,096 records; NOT_ALLOWED; UNAVAILABLE while one is not in a checkpoint yet.
 */
export async function fetchCarried(client: CareLedgerClient, choice: CarryChoice, options: CarryOptions = {}): Promise<CarryFile> {
  const { signal } = options
  const ids = await idsOf(client, choice, signal)
  const proofs: string[] = []
  const proofOf = async (id: string): Promise<string> => (await patiently(() => client.hospital.records.proof.query({ id, purpose: 'patient-request' }, { signal }), signal)).proof
  for (let from = 0; from < ids.length; from += 10) {
    proofs.push(...(await Promise.all(ids.slice(from, from + 10).map(proofOf))))
    options.onProgress?.(proofs.length, ids.length)
  }
  const leading = new Map(proofs.flatMap((proof, place) => [...attachmentsIn(payloadOf(proof)).keys()].map((id) => [id, ids[place] as string] as const)))
  const found = await fetchDocuments(client, leading, proofOf, signal)
  const { origin } = await client.platform.trust.query({}, { signal })
  return { format: CARRY_FORMAT, made: client.now().toISOString(), origin, custodian: choice.custodian, proofs: [...proofs, ...found.proofs], ...(found.documents.length > 0 && { documents: found.documents }), ...(found.left.length > 0 && { left: found.left }) }
}

/** Empty where the proof opens nothing: whether it is a proof at all is for whoever opens the file to check. */
function payloadOf(proof: string): Uint8Array {
  try {
    const { opening } = JSON.parse(proof) as { readonly opening?: { readonly payload?: string } }
    return opening?.payload === undefined ? new Uint8Array() : fromBase64url(opening.payload)
  } catch {
    return new Uint8Array()
  }
}

/** Waits that one call is asked again after, when it comes faster than the instance lets a key ask. */
const waitsMax = 20

/** A long record takes more calls than a key has at once: each waits as long as it is told to. Errors: those of the call; the signal's reason. */
async function patiently<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let waits = 0; ; waits++) {
    try {
      return await call()
    } catch (thrown) {
      if (!(thrown instanceof Problem) || thrown.code !== 'RATE_LIMITED' || waits === waitsMax) throw thrown
      const seconds = Number(thrown.details['retryAfterSeconds'] ?? 1)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
      signal?.throwIfAborted()
    }
  }
}

async function idsOf(client: CareLedgerClient, { patient, types, from, to }: CarryChoice, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const ids: string[] = []
  const asked = types === undefined ? {} : { types: [...new Set(['Patient', ...types])] }
  let after: string | undefined
  do {
    const page = await client.hospital.records.list.query({ patient, ...asked, purpose: 'patient-request', limit: 100, ...(after === undefined ? {} : { after }) }, { signal })
    ids.push(...page.items.filter((item) => item.replacedBy === undefined && (item.type === 'Patient' || isWithin(item.date, from, to))).map(({ id }) => id))
    if (ids.length > CARRY_RECORDS_MAX) throw new Problem('INPUT_TOO_LARGE', 'That is more than one file carries. Choose fewer kinds or a shorter time.', { details: { limit: CARRY_RECORDS_MAX } })
    after = page.next
  } while (after !== undefined)
  return ids
}

function isWithin(date: string | undefined, from: string | undefined, to: string | undefined): boolean {
  if (from === undefined && to === undefined) return true
  const day = date?.slice(0, 10)
  return day !== undefined && (from === undefined || day >= from.slice(0, day.length)) && (to === undefined || day <= to)
}
