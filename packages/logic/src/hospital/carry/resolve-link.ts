import type { Projection } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { fromUtf8, hmacSha256, instantText, toBase64url, utf8 } from '@careledger/proof'
import { timingSafeEqual } from 'node:crypto'
import { newDecision, toStoredDecision, type DecisionRecord } from '../../decisions/decision-record.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { isStoreError, toLogicError } from '../../to-logic-error.ts'
import { fileKey, filesRemoved } from './links.ts'
import { isPasscode } from './passcode.ts'
import { carryTables, openCarried, sealedWrite, type LinkContentType, type LinkRow, type LinkUseRow } from './rows.ts'

export interface OpenLink {
  /** SHA-256 of the id in the link's address, base64url. */
  readonly link: string
  /** The opener's own name, for the patient to see; 1 to 120 characters. */
  readonly recipient: string
  readonly passcode?: string | undefined
  /** Whether the one file is asked for directly (flag U), and not a manifest. */
  readonly single: boolean
  /** Files up to this many characters travel inside the manifest. Default 65,536. */
  readonly embeddedLengthMax?: number | undefined
}

export interface ManifestFile {
  readonly contentType: LinkContentType
  readonly lastUpdated: string
  readonly embedded?: string | undefined
  /** Place and ticket to fetch it with, for five minutes. */
  readonly place?: { readonly n: number; readonly ticket: string } | undefined
}

export interface OpenedLink {
  readonly status: 'finalized' | 'can-change'
  readonly files: readonly ManifestFile[]
}

/** Wrong passcode: `remainingAttempts` over the life of the link. Also NOT_ALLOWED when there is none left. */
export const PASSCODE_WRONG = 'passcode'

const embeddedDefault = 65_536
const ticketMs = 5 * 60_000
const attemptsMax = 8

/**
 * Opens a link for whoever holds it: a decision that the patient sees, under the name the opener gave. A wrong passcode is counted before it
 * is compared, so that no number of callers at once gets more tries. A link that is stopped, over, unknown or used up gives the same answer.
 * Errors: NOT_ALLOWED, with `details.remainingAttempts` where a passcode is missing or wrong; STALE.
 */
export async function openLink(parts: Parts, request: OpenLink): Promise<OpenedLink> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const found = await findLink(parts, request.link)
    if (found === undefined || found.row.flags.includes('U') !== request.single) throw gone()
    const { row } = found
    if (!isOpen(row, parts.now())) {
      await recordRefusal(parts, found, request, 'no-longer-shared')
      throw gone()
    }
    if (row.passcode !== undefined) {
      const left = row.attemptsLeft ?? 0
      if (left <= 0) throw gone()
      if (request.passcode === undefined) throw wrongPasscode(left)
      const counted = { ...row, attemptsLeft: left - 1 }
      if (!(await put(parts, found, counted))) continue
      const taken = { ...found, row: counted, version: found.version + 1 }
      if (!(await isPasscode(request.passcode, row.passcode))) {
        await recordRefusal(parts, taken, request, 'wrong-passcode')
        throw wrongPasscode(left - 1)
      }
      return finish(parts, taken, request, 1)
    }
    const opened = await tryOpen(parts, found, request, 0)
    if (opened !== undefined) return opened
  }
  throw new LogicError('STALE', 'The link keeps changing.')
}

/** One file of a link that was opened within the last five minutes, as its JWE. Errors: NOT_ALLOWED. */
export async function readLinkFile(parts: Parts, { link, n, ticket }: { readonly link: string; readonly n: number; readonly ticket: string }): Promise<string> {
  const found = await findLink(parts, link)
  if (found === undefined || !isOpen(found.row, parts.now())) throw gone()
  const [until = '', mac = ''] = ticket.split('.')
  const expected = utf8(await ticketMac(parts, found, n, until))
  const given = utf8(mac)
  if (expected.length !== given.length || !timingSafeEqual(expected, given) || Number(until) < parts.now().getTime()) throw gone()
  const file = await parts.store.read((view) => view.projection(carryTables.file, fileKey(link, n))).catch(rethrow)
  if (file === undefined) throw gone()
  return fromUtf8(file.value)
}

interface Found {
  readonly row: LinkRow
  readonly version: number
  readonly projection: Projection
  readonly patient: string
  readonly custodian: string
}

async function findLink(parts: Parts, link: string): Promise<Found | undefined> {
  return parts.store.read(async (view) => {
    const projection = await view.projection(carryTables.link, link)
    const patient = projection?.indexes['patient']
    const custodian = patient === undefined ? undefined : (await view.projection('patient', patient))?.indexes['custodian']
    if (projection === undefined || patient === undefined || custodian === undefined) return undefined
    const row = await openCarried<LinkRow>(parts, projection, custodian)
    return row === undefined ? undefined : { row, version: projection.version, projection, patient, custodian }
  }).catch(rethrow)
}

const isOpen = (row: LinkRow, now: Date): boolean => row.state === 'active' && Date.parse(row.expires) > now.getTime()

/** The passcode was right: its counted try is given back with the write that records the opening. */
async function finish(parts: Parts, found: Found, request: OpenLink, giveBack: number): Promise<OpenedLink> {
  let current: Found | undefined = found
  for (let attempt = 0; attempt < attemptsMax && current !== undefined && isOpen(current.row, parts.now()); attempt++) {
    const opened = await tryOpen(parts, current, request, giveBack)
    if (opened !== undefined) return opened
    current = await findLink(parts, request.link)
  }
  throw gone()
}

async function tryOpen(parts: Parts, found: Found, request: OpenLink, giveBack: number): Promise<OpenedLink | undefined> {
  const { row } = found
  const opened: LinkRow = { ...row, opened: row.opened + 1, lastOpened: instantText(parts.now()), ...(row.attemptsLeft === undefined ? {} : { attemptsLeft: row.attemptsLeft + giveBack }) }
  const files = await parts.store.read((view) => view.projections(carryTables.file, row.files.map((_, n) => fileKey(request.link, n)))).catch(rethrow)
  if (files.some((file) => file === undefined)) return undefined
  if (!(await write(parts, found, request, 'opened', opened))) return undefined
  const until = String(parts.now().getTime() + ticketMs)
  const max = request.single ? Infinity : (request.embeddedLengthMax ?? embeddedDefault)
  return {
    status: row.flags.includes('L') ? 'can-change' : 'finalized',
    files: await Promise.all(row.files.map(async ({ contentType, lastUpdated, length }, n) => (length <= max
      ? { contentType, lastUpdated, embedded: fromUtf8((files[n] as Projection).value) }
      : { contentType, lastUpdated, place: { n, ticket: `${until}.${await ticketMac(parts, found, n, until)}` } }))),
  }
}

/** Bound to link, file and end; the key is the custodian's own, so that any process of the instance can check it. */
async function ticketMac(parts: Parts, { projection, custodian }: Found, n: number, until: string): Promise<string> {
  const keys = await parts.vaults.get(custodian)?.organisation()
  if (keys === undefined) throw gone()
  return toBase64url(hmacSha256(keys.slotKey('health-link-tickets'), utf8(`${projection.key}/${n}/${until}`)))
}

/** The refusal stands in the patient's list even where others change the link at the same moment. */
async function recordRefusal(parts: Parts, found: Found, request: OpenLink, outcome: LinkUseRow['outcome']): Promise<void> {
  let current: Found | undefined = found
  for (let attempt = 0; attempt < attemptsMax && current !== undefined; attempt++) {
    if (await write(parts, current, request, outcome)) return
    current = await findLink(parts, request.link)
  }
}

/** Records what came of it, with the link row if given; `false`: the link changed meanwhile and nothing was written. */
async function write(parts: Parts, found: Found, request: OpenLink, outcome: LinkUseRow['outcome'], row: LinkRow = found.row): Promise<boolean> {
  const { patient } = found
  const decision = linkDecision(parts, patient, outcome)
  const use: LinkUseRow = { link: request.link, at: decision.at, recipient: request.recipient, outcome }
  return put(parts, found, row, { use, decision })
}

async function put(parts: Parts, found: Found, row: LinkRow, recorded?: { readonly use: LinkUseRow; readonly decision: DecisionRecord }): Promise<boolean> {
  const { patient, custodian, projection, version } = found
  const keys = await parts.vaults.get(custodian)?.patient(patient)
  if (keys === undefined) throw gone()
  const changed = sealedWrite(keys, { table: carryTables.link, key: projection.key, expected: version, value: row, indexes: projection.indexes })
  const use = recorded === undefined ? [] : [sealedWrite(keys, { table: carryTables.use, key: recorded.decision.id, value: recorded.use, indexes: { patient, link: projection.key } })]
  try {
    await parts.store.write({ projections: [changed, ...use], ...(recorded === undefined ? {} : { decisions: [toStoredDecision(recorded.decision)] }) })
    return true
  } catch (error) {
    if (isStoreError(error, 'STORE_STALE')) return false
    throw toLogicError(error)
  }
}

/** Whoever holds a link has no party here; their name stands in the sealed use row alone. */
export const LINK_HOLDER: Actor = { party: 'link-holder', kind: 'person', displayName: '', roles: [], key: '', credential: '' }

function linkDecision(parts: Parts, about: string, outcome: LinkUseRow['outcome']): DecisionRecord {
  return newDecision({ actor: LINK_HOLDER, operation: 'hospital.links.open', purpose: 'patient-request', about, rule: outcome === 'opened' ? 'link' : 'none' }, parts.now())
}

/** Deletes the files of links that ended by themselves; gives how many links. Looks at links that ended in the last 33 days only. */
export async function sweepLinks(parts: Parts): Promise<number> {
  let swept = 0
  const now = parts.now().getTime()
  for (let day = 0; day <= 33; day++) {
    const ends = new Date(now - day * 86_400_000).toISOString().slice(0, 10)
    const { rows } = await parts.store.read((view) => view.find({ table: carryTables.link, index: 'ends', equals: ends, limit: 1000 })).catch(rethrow)
    for (const { key } of rows) if (await sweepLink(parts, key)) swept++
  }
  return swept
}

async function sweepLink(parts: Parts, link: string): Promise<boolean> {
  const found = await findLink(parts, link)
  if (found === undefined || isOpen(found.row, parts.now())) return false
  const removed = await parts.store.read((view) => filesRemoved(view, link)).catch(rethrow)
  const keys = await parts.vaults.get(found.custodian)?.patient(found.patient)
  if (keys === undefined) return false
  const row: LinkRow = { ...found.row, state: found.row.state === 'active' ? 'expired' : found.row.state }
  const changed = sealedWrite(keys, { table: carryTables.link, key: link, expected: found.version, value: row, indexes: { patient: found.patient } })
  return parts.store.write({ projections: [changed, ...removed] }).then(() => true, (error: unknown) => {
    if (isStoreError(error, 'STORE_STALE')) return false
    throw toLogicError(error)
  })
}

const gone = (): LogicError => new LogicError('NOT_ALLOWED', 'This link is no longer shared, or never was.')
const wrongPasscode = (remainingAttempts: number): LogicError => new LogicError('NOT_ALLOWED', 'The passcode is missing or wrong.', { details: { check: PASSCODE_WRONG, limit: remainingAttempts } })

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
