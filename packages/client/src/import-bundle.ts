import { Problem } from '@careledger/api/contracts'
import { BATCH_COUNT_MAX, canonicalBytes, sha256, toBase64url } from '@careledger/proof'
import type { Signer } from '@careledger/proof'
import { authorOf, buildEntry, signBuiltEntries } from './build-entry.ts'
import type { BuiltEntry, EntryDraft, SignedEntry } from './build-entry.ts'
import type { CareLedgerClient } from './client-types.ts'
import { splitBundle } from './split-bundle.ts'
import type { SplitBundle } from './split-bundle.ts'

/** Steps of an import, in their order. */
export const IMPORT_STEPS = ['reading', 'checking', 'preparing', 'sealing', 'signing', 'sending', 'done'] as const

export interface ImportProgress {
  readonly step: (typeof IMPORT_STEPS)[number]
  /** Resources done in this step, of `total`. */
  readonly done: number
  readonly total: number
}

export interface ImportOptions {
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
  /** Party of the person whom a newly registered patient is: joins the two, so that this person may see and share the records. */
  readonly linkTo?: string | undefined
  /** The bundle has been looked at by `imports.check` or `imports.preview` already; the commit checks each resource in any case. */
  readonly checked?: boolean | undefined
  /** The patient that an attempt cut short was given, and what is told of it before anything is written: who keeps it can go on. */
  readonly patient?: string | undefined
  readonly onPrepared?: ((patient: string) => Promise<void>) | undefined
  /** Signs the entries; the session's key by default. */
  readonly signer?: Signer | undefined
}

export interface ImportResult {
  /** Handle of the patient. */
  readonly patient: string
  /** False: the patient was registered by this import. */
  readonly known: boolean
  readonly receipts: Awaited<ReturnType<CareLedgerClient['hospital']['imports']['commit']['mutate']>>['receipts']
  /** Entry id of each resource, in the order of the Bundle. */
  readonly ids: readonly string[]
  /** Resources that the patient's record held already, byte for byte; nothing was written for them. */
  readonly alreadyThere: number
}

/**
 * Imports a Bundle: cut into resources, checked by the server, one entry each with its exact bytes, all signed here under one signature, and
 * written all or none. What the record holds already, byte for byte, is left out, so that a bundle brought again doubles nothing. Interrupted anywhere, nothing is half-imported; a lost answer is repeated with the same entries.
 *
 * Errors: Problem, as `splitBundle`; FHIR_INVALID with `problems` from the check; whatever the commit refuses.
 */
export async function importBundle(client: CareLedgerClient, bytes: Uint8Array, options: ImportOptions = {}): Promise<ImportResult> {
  if (client.actor === undefined || (options.signer ?? client.signer) === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  options.onProgress?.({ step: 'reading', done: 0, total: 0 })
  const bundle = splitBundle(bytes)
  options.onProgress?.({ step: 'checking', done: 0, total: bundle.resources.length })
  if (options.checked !== true) await check(client, bytes, options.signal)
  return importResources(client, bundle, options)
}

/** The same from resources that were cut out before, without the check of a bundle as a whole; the commit still checks each of them. */
export async function importResources(client: CareLedgerClient, bundle: SplitBundle, options: ImportOptions = {}): Promise<ImportResult> {
  const { signal } = options
  const [actor, signer] = [client.actor, options.signer ?? client.signer]
  if (actor === undefined || signer === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  const report = (step: ImportProgress['step'], done: number, total: number) => options.onProgress?.({ step, done, total })
  const total = bundle.resources.length
  report('preparing', 0, total)
  const digests = bundle.resources.map((resource) => toBase64url(sha256(resource.bytes)))
  const place = await client.hospital.imports.prepare.mutate({ identifiers: bundle.identifiers.map((identifier) => ({ ...identifier })), digests, ...(options.patient === undefined ? {} : { patient: options.patient }) }, { signal })
  await options.onPrepared?.(place.patient)
  const present = new Map(place.present.map(({ index, id }) => [index, id]))
  const fresh = bundle.resources.filter((_, at) => !present.has(at))
  const drafts = toDrafts({ ...bundle, resources: fresh }, place, options.linkTo)
  if (drafts.length === 0) {
    report('done', total, total)
    return { patient: place.patient, known: place.known, receipts: [], ids: idsInOrder(bundle, present, []), alreadyThere: total }
  }
  if (drafts.length > BATCH_COUNT_MAX) throw new Problem('INPUT_TOO_LARGE', 'With the registration of its patient the bundle has more than 4,096 entries. Split it.', { details: { limit: BATCH_COUNT_MAX } })
  const built = await buildAll(drafts, authorOf(actor), client, (done) => report('sealing', Math.min(done, total), total))
  report('signing', 0, total)
  const entries = await signBuiltEntries(built, signer)
  report('sending', 0, total)
  const { receipts } = await commit(client, { patient: place.patient, entries: [...entries], wait: options.wait ?? 'stored' }, signal)
  report('done', total, total)
  return { patient: place.patient, known: place.known, receipts, ids: idsInOrder(bundle, present, built.slice(built.length - fresh.length)), alreadyThere: present.size }
}

async function check(client: CareLedgerClient, bytes: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
  const found = await client.hospital.imports.check.query({ bundle: toBase64url(bytes) }, { signal })
  if (found.ok) return
  throw new Problem('FHIR_INVALID', 'The bundle is not valid FHIR R4. Mend the places listed.', { details: { problems: found.problems, more: found.more } })
}

interface Place {
  readonly patient: string
  readonly subject: string
  readonly custodian: string
  readonly known: boolean
}

function toDrafts(bundle: SplitBundle, place: Place, linkTo: string | undefined): readonly EntryDraft[] {
  const common = { network: 'hospital', custodian: place.custodian, subject: place.subject }
  const drafts: EntryDraft[] = []
  if (!place.known) {
    const registration = canonicalBytes({ v: 1, patient: place.patient, identifiers: bundle.identifiers.map((identifier) => ({ ...identifier })) })
    drafts.push({ ...common, type: 'patient-registered', payload: { mediaType: 'application/careledger-patient+json', bytes: registration } })
    if (linkTo !== undefined) {
      const link = canonicalBytes({ v: 1, patient: place.patient, party: linkTo })
      drafts.push({ ...common, type: 'patient-linked', payload: { mediaType: 'application/careledger-link+json', bytes: link } })
    }
  }
  for (const { bytes } of bundle.resources) drafts.push({ ...common, type: 'record-created', payload: { mediaType: 'application/fhir+json', bytes } })
  return drafts
}

/** Builds in slices and lets others run in between, so that a page stays alive. */
async function buildAll(drafts: readonly EntryDraft[], author: BuiltEntry['entry']['author'], client: CareLedgerClient, onDone: (done: number) => void): Promise<readonly BuiltEntry[]> {
  const built: BuiltEntry[] = []
  for (let start = 0; start < drafts.length; start += 128) {
    for (const draft of drafts.slice(start, start + 128)) built.push(buildEntry(draft, author, client.now()))
    onDone(built.length)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }
  return built
}

/** A repeat carries the same ids, so it can double nothing. */
async function commit(client: CareLedgerClient, input: { patient: string; entries: SignedEntry[]; wait: 'stored' | 'sequenced' | 'anchored' }, signal: AbortSignal | undefined) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.hospital.imports.commit.mutate(input, { signal })
    } catch (thrown) {
      if (attempt === 3 || !(thrown instanceof Problem) || !REPEAT.has(thrown.code)) throw thrown
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt))
    }
  }
}

const REPEAT: ReadonlySet<string> = new Set(['OUTCOME_UNKNOWN', 'BUSY', 'UNAVAILABLE'])

/** `built` are the entries of the resources that are not `present`, in the same order. */
function idsInOrder(bundle: SplitBundle, present: ReadonlyMap<number, string>, built: readonly BuiltEntry[]): readonly string[] {
  const ids: string[] = []
  let next = 0
  for (const [at, resource] of bundle.resources.entries()) ids[resource.index] = present.get(at) ?? (built[next++] as BuiltEntry).entry.id
  return ids
}
