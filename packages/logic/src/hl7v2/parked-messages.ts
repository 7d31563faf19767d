import type { Projection, ReadView } from '@careledger/data-spec'
import type { KeyVault, OrganisationKeys } from '@careledger/identity'
import { fromBase64url, fromUtf8, newEntryId, toBase64url, utf8 } from '@careledger/proof'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { isStoreError, toLogicError } from '../to-logic-error.ts'

/**
 * Messages that could not be followed: row `hl7-parked`, sealed under the organisation's key, key = UUIDv7 in the order of arrival; indexes
 * `open` (custodian) while it waits and `patient` (keyed token of its first identifier). Row `hl7-control`: keyed token of sender and MSH-10
 * to the parked message, so that a repeat gets the same answer. No entry makes these rows; rebuild and audit leave them out.
 */
export const parkedTable = 'hl7-parked'
export const controlTable = 'hl7-control'

export interface ParkedMessage {
  readonly id: string
  readonly custodian: string
  readonly receivedAt: string
  /** Why: a stable word, for example `visit-unknown`, `fhir`, `merge`, `order`. */
  readonly reason: string
  /** Where in what was made of it, without a value. */
  readonly problems: readonly { readonly path: string; readonly message: string }[]
  readonly trigger: string
  readonly sender: string
  readonly controlId: string
  readonly state: 'parked' | 'replayed' | 'set-aside'
  readonly tries: number
}

interface ParkedRow extends Omit<ParkedMessage, 'id' | 'custodian'> {
  /** base64url; gone once the message was followed. */
  readonly bytes?: string | undefined
  readonly control: string
  readonly patient?: string | undefined
}

/** A parked message with its content and version. */
export interface OpenParked extends ParkedMessage {
  readonly bytes: Uint8Array
  readonly row: ParkedRow
  readonly version: number
}

/** The keyed token that a repeat of this message has too. */
export const controlToken = (keys: Pick<OrganisationKeys, 'token'>, sender: string, controlId: string): string => keys.token('hl7v2-message', `${sender}\n${controlId}`)

export interface NewParked extends Pick<ParkedMessage, 'reason' | 'problems' | 'trigger' | 'sender' | 'controlId'> {
  readonly bytes: Uint8Array
  readonly control: string
  readonly patient?: string | undefined
}

/** Keeps a message; durable when it resolves. A repeat that was parked meanwhile changes nothing. */
export async function park(parts: Parts, vault: KeyVault, message: NewParked): Promise<void> {
  const id = newEntryId(parts.now())
  const { bytes, ...facts } = message
  const row: ParkedRow = { ...facts, bytes: toBase64url(bytes), receivedAt: parts.now().toISOString(), state: 'parked', tries: 1 }
  const keys = await vault.organisation()
  try {
    await parts.store.write({ projections: [toWrite(keys, vault.custodian, id, row, undefined), { table: controlTable, key: message.control, next: utf8(JSON.stringify({ parked: id })), indexes: { custodian: vault.custodian } }] })
  } catch (error) {
    if (!isStoreError(error, 'STORE_STALE')) throw toLogicError(error)
  }
}

/** The state of a message that was parked; `undefined`: this one never was. */
export async function parkedState(parts: Parts, vault: KeyVault, control: string): Promise<ParkedMessage['state'] | undefined> {
  return parts.store.read(async (view) => {
    const found = await view.projection(controlTable, control)
    if (found === undefined) return undefined
    const { parked } = JSON.parse(fromUtf8(found.value)) as { readonly parked: string }
    const row = await view.projection(parkedTable, parked)
    return row === undefined ? undefined : toOpen(await vault.organisation(), row).state
  }).catch(rethrow)
}

/** Parked messages of one patient that still wait, oldest first. */
export function waitingFor(parts: Parts, vault: KeyVault, patient: string): Promise<readonly OpenParked[]> {
  return parts.store.read(async (view) => openAll(await vault.organisation(), await view.find({ table: parkedTable, index: 'patient', equals: patient, limit: 200 }))).catch(rethrow)
}

export async function listParked(view: ReadView, vault: KeyVault, query: { readonly after?: string | undefined; readonly limit: number }): Promise<{ readonly items: readonly OpenParked[]; readonly next?: string | undefined }> {
  const page = await view.find({ table: parkedTable, index: 'open', equals: vault.custodian, after: query.after, limit: query.limit })
  return { items: openAll(await vault.organisation(), page), next: page.next }
}

/** One message that is parked; `undefined`: there is none here. */
export async function openParked(parts: Parts, vault: KeyVault, id: string): Promise<OpenParked | undefined> {
  return parts.store.read(async (view) => {
    const row = await view.projection(parkedTable, id)
    return row?.indexes['custodian'] === vault.custodian ? toOpen(await vault.organisation(), row) : undefined
  }).catch(rethrow)
}

/** Writes how a message stands now; once it was followed or set aside its bytes are gone. Errors: STALE where somebody else did it. */
export async function settleParked(parts: Parts, vault: KeyVault, message: OpenParked, next: { readonly state: ParkedMessage['state']; readonly reason?: string | undefined; readonly problems?: ParkedMessage['problems'] | undefined }): Promise<void> {
  const { bytes, patient, ...row } = message.row
  const open = next.state === 'parked'
  const value: ParkedRow = { ...row, state: next.state, reason: next.reason ?? row.reason, problems: next.problems ?? row.problems, tries: row.tries + 1, ...(open ? { bytes, patient } : {}) }
  await parts.store.write({ projections: [toWrite(await vault.organisation(), vault.custodian, message.id, value, message.version)] }).catch(rethrow)
}

function openAll(keys: OrganisationKeys, page: { readonly rows: readonly Projection[] }): readonly OpenParked[] {
  return page.rows.map((row) => toOpen(keys, row)).filter(({ state }) => state === 'parked')
}

function toWrite(keys: OrganisationKeys, custodian: string, id: string, row: ParkedRow, expected: number | undefined) {
  const indexes = { custodian, ...(row.state === 'parked' ? { open: custodian, ...(row.patient === undefined ? {} : { patient: row.patient }) } : {}) }
  return { table: parkedTable, key: id, expected, next: keys.seal(utf8(JSON.stringify(row)), utf8(`${parkedTable}|${id}`)), indexes }
}

function toOpen(keys: OrganisationKeys, { key, value, version, indexes }: Projection): OpenParked {
  let row: ParkedRow
  try {
    row = JSON.parse(fromUtf8(keys.open(value, utf8(`${parkedTable}|${key}`)))) as ParkedRow
  } catch (cause) {
    throw new LogicError('CORRUPTION', 'A parked message does not open in its place.', { cause, details: { table: parkedTable, id: key } })
  }
  const { receivedAt, reason, problems, trigger, sender, controlId, state, tries } = row
  return { id: key, custodian: indexes['custodian'] ?? '', receivedAt, reason, problems, trigger, sender, controlId, state, tries, bytes: row.bytes === undefined ? new Uint8Array() : fromBase64url(row.bytes), row, version }
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
