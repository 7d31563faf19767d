import { Problem } from '@careledger/api/contracts'
import { canonicalBytes, openingFromJson, parseProof, proofBytes, sha256, toBase64url, utf8, verifyProof } from '@careledger/proof'
import type { CanonicalValue, ProofFile, Trust } from '@careledger/proof'
import { authorOf, buildEntry, signBuiltEntries } from './build-entry.ts'
import type { BuiltEntry, EntryDraft } from './build-entry.ts'
import { signAs, type WriteOptions } from './consents.ts'
import type { CareLedgerClient } from './client-types.ts'
import { downloadAttachment } from './download-attachment.ts'
import { bundledBytes, type CustodyBundle } from './governance/custody-bundle.ts'
import { splitBundle } from './split-bundle.ts'
import { uploadAttachment } from './upload-attachment.ts'

export interface TransferOptions {
  /** Client of the instance that holds the record, signed in as somebody of the new custodian whom the patient's consent reaches; may be another instance (`signInAway`). Or a bundle that came by another way. */
  readonly from: CareLedgerClient | CustodyBundle
  /** Client of the new custodian's own instance, signed in as one of its people who write records. */
  readonly to: CareLedgerClient
  /** The patient's handle at the former custodian. */
  readonly patient: string
  /** What proofs of the former instance are checked against, pinned. */
  readonly trust: Trust
  /** Party of the patient at the new custodian's instance, to join the two when the patient is new there. */
  readonly linkTo?: string | undefined
  /** Only counts what would be brought over; of a bundle, every proof is checked. */
  readonly dryRun?: boolean | undefined
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface TransferResult {
  /** The patient's handle at the new custodian; absent after a dry run. */
  readonly patient?: string | undefined
  readonly total: number
  /** Brought over by this call; the rest was there already, byte for byte. */
  readonly written: number
  readonly attachments?: number | undefined
  /** The `custody-received` entry: its proof file is what the former custodian keeps. */
  readonly receipt?: string | undefined
}

/** Records written at once; a call cut short goes on behind the last of them. */
const batchSize = 50

/**
 * Brings a patient's record over to another custodian: reads each record under the patient's consent (purpose `patient-request`) with its proof,
 * checks the proof, and writes the same bytes sealed under the new custodian's keys, each with a `record-received` that carries the old proof.
 * Nothing at the former custodian changes. Cut short, the same call goes on where it was: what is there byte for byte is not written again.
 * Errors: Problem NOT_ALLOWED without a consent, CORRUPTION where a proof does not hold, and those of reading and importing.
 */
export async function transferCustody(options: TransferOptions): Promise<TransferResult> {
  const { from, to, patient, signal } = options
  const { actor, signer } = to
  if (actor === undefined || signer === undefined) throw new Problem('NOT_SIGNED_IN', 'Sign in first.')
  const ids = isBundle(from) ? from.proofs.map((_, place) => String(place)) : await recordsOf(from, patient, signal)
  if (options.dryRun === true && !isBundle(from)) return { total: ids.length, written: 0 }
  const records: Received[] = []
  for (const id of ids) {
    records.push(await receive(options, id))
    options.onProgress?.({ done: records.length, total: ids.length * 2 })
  }
  if (options.dryRun === true) return { total: ids.length, written: 0 }
  const identifiers = identifiersOf(records)
  const place = await to.hospital.imports.prepare.mutate({ identifiers, digests: records.map(({ digest }) => digest) }, { signal })
  const here = new Map(place.present.map(({ index, id }) => [(records[index] as Received).file.entry.id, id]))
  const fresh = records.filter(({ file }) => !here.has(file.entry.id))
  const common = { network: 'hospital', custodian: place.custodian, subject: place.subject }
  for (const batch of batchesOf(fresh, place.known)) {
    const drafts: EntryDraft[] = []
    if (!place.known && batch[0] === fresh[0]) drafts.push(...registration(common, place.patient, identifiers, options.linkTo))
    const built: BuiltEntry[] = drafts.map((draft) => buildEntry(draft, authorOf(actor), to.now()))
    for (const { file, bytes } of batch) {
      const replaces = file.entry.replaces === undefined ? undefined : here.get(file.entry.replaces)
      const own = buildEntry({ ...common, type: 'record-created', payload: { mediaType: 'application/fhir+json', bytes }, ...(replaces === undefined ? {} : { replaces }) }, authorOf(actor), to.now())
      here.set(file.entry.id, own.entry.id)
      built.push(own, buildEntry({ ...common, type: 'record-received', payload: { mediaType: 'application/careledger-record-origin+json', bytes: originBytes(own.entry.id, file) } }, authorOf(actor), to.now()))
    }
    await to.hospital.imports.commit.mutate({ patient: place.patient, entries: [...(await signBuiltEntries(built, signer))], wait: 'stored' }, { signal })
    options.onProgress?.({ done: ids.length + here.size, total: ids.length * 2 })
  }
  const attachments = await bringAttachments(options, { ...common, patient: place.patient }, records)
  const receipt = await writeReceipt(options, records, { ...common, patient: place.patient })
  return { patient: place.patient, total: ids.length, written: fresh.length, attachments, ...(receipt === undefined ? {} : { receipt }) }
}

interface Place { readonly network: string; readonly custodian: string; readonly subject: string }

/** Attachments that are not here yet, each with the id that the records name it by: of a bundle all, else those that a record read leads to. Gives how many came. */
async function bringAttachments(options: TransferOptions, { patient, ...common }: Place & { readonly patient: string }, records: readonly Received[]): Promise<number> {
  const { from, to, signal } = options
  const custodian = records[0]?.file.entry.custodian ?? ''
  const offered = isBundle(from) ? from.attachments.map((item) => ({ id: item.id, read: () => Promise.resolve<Blob | undefined>(new Blob([bundledBytes(item) as Uint8Array<ArrayBuffer>], { type: item.mediaType })) })) : ledTo(records).map(({ id, record }) => ({ id, read: () => reachable(from, id, record, signal) }))
  if (offered.length === 0) return 0
  const known = new Set((await to.hospital.custody.attachments.query({ patient }, { signal })).items.map((item) => item.former))
  let brought = 0
  for (const { id: former, read } of offered) {
    const blob = known.has(former) ? undefined : await read()
    if (blob === undefined) continue
    const { id } = await uploadAttachment(to, blob, { patient, signal })
    const bytes = canonicalBytes({ v: 1, attachment: id, former: { custodian, entry: former } })
    const entry = await signAs(to, { ...common, type: 'attachment-received', payload: { mediaType: 'application/careledger-attachment-origin+json', bytes } })
    await to.hospital.imports.commit.mutate({ patient, entries: [entry], wait: 'stored' }, { signal })
    brought++
  }
  return brought
}

/** Each attachment that a record names, once, with a record that leads to it. */
function ledTo(records: readonly Received[]): readonly { readonly id: string; readonly record: string }[] {
  const found = new Map<string, string>()
  for (const { file, bytes } of records) for (const [, id] of new TextDecoder().decode(bytes).matchAll(/"url"\s*:\s*"urn:uuid:([0-9a-f-]{36})"/g)) found.set(id as string, file.entry.id)
  return [...found].map(([id, record]) => ({ id, record }))
}

/** `undefined`: what the record names is no attachment there, or is not shared. */
async function reachable(from: CareLedgerClient, id: string, record: string, signal: AbortSignal | undefined): Promise<Blob | undefined> {
  try {
    return await downloadAttachment(from, id, { record, purpose: 'patient-request', signal })
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === 'NOT_ALLOWED') return undefined
    throw thrown
  }
}

/** The receipt, once for each state of the record: who gave it, how many records, and one hash over what they hold. */
async function writeReceipt({ to, signal }: TransferOptions, records: readonly Received[], { patient, ...common }: Place & { readonly patient: string }): Promise<string | undefined> {
  const from = records[0]?.file.entry.custodian
  if (from === undefined) return undefined
  const { received } = await to.hospital.custody.state.query({ patient, purpose: 'operations' }, { signal })
  if (received?.from === from && received.records === records.length) return received.entry
  const digests = records.map(({ digest }) => digest).sort()
  const payload = { mediaType: 'application/careledger-custody-receipt+json', bytes: canonicalBytes({ v: 1, from, records: records.length, digest: toBase64url(sha256(utf8(digests.join('')))) }) }
  const entry = await signAs(to, { ...common, type: 'custody-received', payload })
  const { receipts } = await to.hospital.imports.commit.mutate({ patient, entries: [entry], wait: 'stored' }, { signal })
  return receipts[0]?.id
}

function isBundle(from: TransferOptions['from']): from is CustodyBundle {
  return 'proofs' in from && Array.isArray(from.proofs)
}

/**
 * The former custodian's closing entry: from then on it writes nothing more of this patient. `consent`: the one the transfer rested on; or
 * the confirmed `order` of a custodian that closes, with the SHA-256 (base64url) of the new custodian's receipt. Errors:
 * Problem NOT_ALLOWED where the patient has not agreed or has taken it back, ENTRY_CONFLICT where it was closed before.
 */
export async function closeCustody(client: CareLedgerClient, at: { readonly subject: string; readonly custodian: string }, transfer: { readonly to: string } & ({ readonly consent: string } | { readonly order: string; readonly receipt?: string | undefined }), options: WriteOptions = {}) {
  const { to, ...ground } = transfer
  const said = 'consent' in ground ? { v: 1, to, consent: ground.consent } : { v: 2, to, order: ground.order, ...(ground.receipt === undefined ? {} : { receipt: ground.receipt }) }
  const payload = { mediaType: 'application/careledger-custody+json', bytes: canonicalBytes(said as unknown as CanonicalValue) }
  const entry = await signAs(client, { network: 'hospital', type: 'custody-transferred', subject: at.subject, custodian: at.custodian, payload })
  return client.hospital.custody.close.mutate({ entry, wait: options.wait ?? 'stored' }, { signal: options.signal })
}

interface Received { readonly file: ProofFile; readonly bytes: Uint8Array; readonly digest: string }

/** Oldest first, so that what is amended comes before what amends it. */
async function recordsOf(from: CareLedgerClient, patient: string, signal: AbortSignal | undefined): Promise<readonly string[]> {
  const ids: string[] = []
  let after: string | undefined
  do {
    const page = await from.hospital.records.list.query({ patient, purpose: 'patient-request', limit: 100, ...(after === undefined ? {} : { after }) }, { signal })
    ids.push(...page.items.map(({ id }) => id))
    after = page.next
  } while (after !== undefined)
  return ids.sort()
}

async function receive({ from, trust, signal }: TransferOptions, id: string): Promise<Received> {
  const proof = isBundle(from) ? (from.proofs[Number(id)] as string) : (await from.hospital.records.proof.query({ id, purpose: 'patient-request' }, { signal })).proof
  const bytes = new TextEncoder().encode(proof)
  const { steps } = await verifyProof(bytes, trust)
  const failed = steps.find(({ name, outcome }) => outcome === 'fail' && name !== 'superseded')
  if (failed !== undefined) throw new Problem('CORRUPTION', 'The proof of a record does not hold. Nothing of it was brought over.', { details: { id, step: failed.name } })
  const file = parseProof(bytes)
  const opening = openingFromJson(file.opening as never)
  if (!('payload' in opening)) throw new Problem('CORRUPTION', 'A record came without its payload.', { details: { id } })
  return { file, bytes: opening.payload, digest: toBase64url(sha256(opening.payload)) }
}

/** The first Patient resource goes with the registration; the rest in batches. */
function batchesOf(fresh: readonly Received[], known: boolean): readonly (readonly Received[])[] {
  const first = fresh.findIndex(isPatient)
  const ordered = known || first < 0 ? fresh : [fresh[first] as Received, ...fresh.filter((_, place) => place !== first)]
  const rest = known ? ordered : ordered.slice(1)
  const batches = Array.from({ length: Math.ceil(rest.length / batchSize) }, (_, place) => rest.slice(place * batchSize, (place + 1) * batchSize))
  return known || ordered.length === 0 ? batches : [ordered.slice(0, 1), ...batches]
}

function isPatient({ bytes }: Received): boolean {
  return (JSON.parse(new TextDecoder().decode(bytes)) as { readonly resourceType?: unknown }).resourceType === 'Patient'
}

function identifiersOf(records: readonly Received[]): { system?: string; value: string }[] {
  const patient = records.findLast(isPatient)
  if (patient === undefined) throw new Problem('NOT_ALLOWED', 'The record is shared without the Patient resource: nobody can be registered.')
  const resource = new TextDecoder().decode(patient.bytes)
  return splitBundle(new TextEncoder().encode(`{"resourceType":"Bundle","type":"collection","entry":[{"resource":${resource}}]}`)).identifiers.map((identifier) => ({ ...identifier })) as { system?: string; value: string }[]
}

function registration(common: { readonly network: string; readonly custodian: string; readonly subject: string }, patient: string, identifiers: readonly { system?: string; value: string }[], linkTo: string | undefined): readonly EntryDraft[] {
  const registered: EntryDraft = { ...common, type: 'patient-registered', payload: { mediaType: 'application/careledger-patient+json', bytes: canonicalBytes({ v: 1, patient, identifiers } as unknown as CanonicalValue) } }
  if (linkTo === undefined) return [registered]
  return [registered, { ...common, type: 'patient-linked', payload: { mediaType: 'application/careledger-link+json', bytes: canonicalBytes({ v: 1, patient, party: linkTo }) } }]
}

/** The proof with the payload's hash in the place of its bytes, which the record itself holds. What replaced it is left out: that came over too. */
function originBytes(record: string, file: ProofFile): Uint8Array {
  const opening = openingFromJson(file.opening as never)
  if (!('payload' in opening)) throw new TypeError('The proof shows no payload.')
  const { status, ...rest } = file
  const kept = status?.revocations === undefined ? {} : { status: { revocations: status.revocations } }
  const proof = proofBytes({ ...rest, ...kept, opening: { salt: toBase64url(opening.salt), mediaType: opening.mediaType, sha256: toBase64url(sha256(opening.payload)) } })
  return canonicalBytes({ v: 1, record, proof: new TextDecoder().decode(proof) })
}

