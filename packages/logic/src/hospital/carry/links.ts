import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { fromBase64url, fromUtf8, instantText, utf8 } from '@careledger/proof'
import { merged, type PageSource } from '../../decisions/merged.ts'
import type { Decided } from '../../decisions/decide.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { ownPatients } from '../patients.ts'
import { decideAndWrite } from './decide-and-write.ts'
import { hashPasscode } from './passcode.ts'
import { carryTables, openCarried, sealedWrite, type LinkContentType, type LinkRow, type LinkUseRow } from './rows.ts'

/** Longest life of a link: it always ends by itself. */
export const LINK_DAYS_MAX = 30
/** Wrong passcodes over the whole life of a link (SMART Health Links: a limited number for its lifetime). */
export const LINK_ATTEMPTS = 5
const linksMax = 50

export interface LinkFile {
  readonly contentType: LinkContentType
  /** Compact JWE, `dir` and A256GCM, made by the patient's device; this instance never has the key. */
  readonly jwe: string
}

export interface NewLink {
  readonly patient: string
  /** SHA-256 of the id in the link's address, base64url: the id itself comes here only when somebody opens the link. */
  readonly link: string
  readonly label: string
  readonly passcode?: string | undefined
  readonly expires: string
  /** The content may be renewed while the link lives (flag L). */
  readonly longTerm: boolean
  /** One file, got by GET (flag U); never with a passcode. */
  readonly single: boolean
  readonly types: Readonly<Record<string, number>>
  readonly files: readonly LinkFile[]
}

/** Keeps the ciphertext of a link that the patient made. Errors: NOT_ALLOWED; INPUT_MALFORMED with `problems`. */
export async function createLink(parts: Parts, actor: Actor, input: NewLink): Promise<Decided<{ readonly link: string; readonly flags: string }>> {
  checkLink(input, parts.now())
  const passcode = input.passcode === undefined ? undefined : await hashPasscode(input.passcode)
  const flags = `${input.longTerm ? 'L' : ''}${passcode === undefined ? '' : 'P'}${input.single ? 'U' : ''}`
  return decideAndWrite(parts, { actor, operation: 'hospital.links.create', patient: input.patient, rules: ['self'] }, async ({ view, keys, patient }) => {
    const present = await view.find({ table: carryTables.link, index: 'patient', equals: patient, limit: 1000 })
    if (present.rows.filter(({ indexes }) => indexes['ends'] !== undefined).length >= linksMax) throw problem('links', 'too-many', `At most ${linksMax} links stand at a time. Stop some first.`)
    const now = instantText(parts.now())
    const row: LinkRow = {
      label: input.label, flags, made: now, expires: input.expires, state: 'active', opened: 0, types: input.types, files: input.files.map((file) => describe(file, now)),
      ...(passcode === undefined ? {} : { passcode, attemptsLeft: LINK_ATTEMPTS }),
    }
    return {
      value: { link: input.link, flags },
      projections: [
        sealedWrite(keys, { table: carryTables.link, key: input.link, value: row, indexes: { patient, ends: row.expires.slice(0, 10) } }),
        ...input.files.map(({ jwe }, n) => ({ table: carryTables.file, key: fileKey(input.link, n), next: utf8(jwe), indexes: { patient, link: input.link } })),
      ],
    }
  })
}

/** Puts new content behind a long-term link. Errors: NOT_ALLOWED for one that is not long-term, over, or not the caller's. */
export async function updateLink(parts: Parts, actor: Actor, input: { readonly patient: string; readonly link: string; readonly types: Readonly<Record<string, number>>; readonly files: readonly LinkFile[] }): Promise<Decided<{ readonly link: string }>> {
  checkFiles(input.files)
  return decideAndWrite(parts, { actor, operation: 'hospital.links.update', patient: input.patient, rules: ['self'] }, async ({ view, keys, patient, custodian }) => {
    const found = await readLink(parts, view, input.link, { patient, custodian })
    if (found === undefined || found.row.state !== 'active' || !found.row.flags.includes('L') || Date.parse(found.row.expires) <= parts.now().getTime()) return undefined
    if (found.row.flags.includes('U') && input.files.length !== 1) throw problem('files', 'single', 'A link of one file keeps one file.')
    const files = await view.find({ table: carryTables.file, index: 'link', equals: input.link, limit: 100 })
    const now = instantText(parts.now())
    const row: LinkRow = { ...found.row, types: input.types, files: input.files.map((file) => describe(file, now)) }
    const versions = new Map(files.rows.map(({ key, version }) => [key, version]))
    const fresh = input.files.map(({ jwe }, n) => ({ key: fileKey(input.link, n), jwe }))
    return {
      value: { link: input.link },
      projections: [
        sealedWrite(keys, { table: carryTables.link, key: input.link, expected: found.version, value: row, indexes: { patient, ends: row.expires.slice(0, 10) } }),
        ...fresh.map(({ key, jwe }) => ({ table: carryTables.file, key, ...(versions.has(key) ? { expected: versions.get(key) } : {}), next: utf8(jwe), indexes: { patient, link: input.link } })),
        ...files.rows.filter(({ key }) => !fresh.some((file) => file.key === key)).map(({ key, version }) => ({ table: carryTables.file, key, expected: version, next: null })),
      ],
    }
  })
}

/** Ends a link at once and deletes its files. Ending one that is over changes nothing. Errors: NOT_ALLOWED. */
export function stopLink(parts: Parts, actor: Actor, input: { readonly patient: string; readonly link: string }): Promise<Decided<{ readonly link: string }>> {
  return decideAndWrite(parts, { actor, operation: 'hospital.links.stop', patient: input.patient, rules: ['self'] }, async ({ view, keys, patient, custodian }) => {
    const found = await readLink(parts, view, input.link, { patient, custodian })
    if (found === undefined) return undefined
    if (found.row.state !== 'active') return { value: { link: input.link }, projections: [] }
    return { value: { link: input.link }, projections: [sealedWrite(keys, { table: carryTables.link, key: input.link, expected: found.version, value: { ...found.row, state: 'stopped' }, indexes: { patient } }), ...(await filesRemoved(view, input.link))] }
  })
}

export interface LinkItem extends Omit<LinkRow, 'passcode' | 'files'> {
  readonly link: string
  readonly patient: string
  readonly custodian: string
  readonly hasPasscode: boolean
  /** The newest openings and refusals, at most 20. */
  readonly uses: readonly (LinkUseRow & { readonly id: string })[]
}

/** The caller's links at all custodians of this instance, newest first, at most 200; nobody else can list them. */
export async function listLinks(parts: Parts, actor: Actor): Promise<readonly LinkItem[]> {
  return parts.store.read(async (view) => {
    const items: LinkItem[] = []
    for (const { key: patient, indexes } of await ownPatients(view, actor.party)) {
      const custodian = indexes['custodian'] as string
      const { rows } = await view.find({ table: carryTables.link, index: 'patient', equals: patient, limit: 1000 })
      for (const projection of rows) {
        const row = await openCarried<LinkRow>(parts, projection, custodian)
        if (row === undefined) continue
        const { passcode, files: _files, ...shown } = row
        const over = row.state === 'active' && Date.parse(row.expires) <= parts.now().getTime()
        items.push({ ...shown, ...(over ? { state: 'expired' as const } : {}), link: projection.key, patient, custodian, hasPasscode: passcode !== undefined, uses: await usesOf(parts, view, projection.key, custodian) })
      }
    }
    return items.sort((a, b) => (a.made < b.made ? 1 : -1)).slice(0, 200)
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

async function usesOf(parts: Parts, view: ReadView, link: string, custodian: string): Promise<LinkItem['uses']> {
  const source: PageSource<{ readonly key: string; readonly row: LinkUseRow | undefined }> = async (after) => {
    const page = await view.find({ table: carryTables.use, index: 'link', equals: link, after, limit: 20, newestFirst: true })
    return { rows: await Promise.all(page.rows.map(async (row) => ({ key: row.key, row: await openCarried<LinkUseRow>(parts, row, custodian) }))), next: page.next }
  }
  const uses: (LinkUseRow & { readonly id: string })[] = []
  for await (const { key, row } of merged([source], { keyOf: ({ key }) => key, after: undefined })) {
    if (row !== undefined) uses.push({ ...row, id: key })
    if (uses.length === 20) break
  }
  return uses
}

export interface FoundLink {
  readonly row: LinkRow
  readonly version: number
}

/** A link row of this patient; `undefined`: another's, or none. */
export async function readLink(parts: Pick<Parts, 'vaults'>, view: ReadView, link: string, of: { readonly patient: string; readonly custodian: string }): Promise<FoundLink | undefined> {
  const projection = await view.projection(carryTables.link, link)
  if (projection === undefined || projection.indexes['patient'] !== of.patient) return undefined
  const row = await openCarried<LinkRow>(parts, projection, of.custodian)
  return row === undefined ? undefined : { row, version: projection.version }
}

export async function filesRemoved(view: ReadView, link: string) {
  const { rows } = await view.find({ table: carryTables.file, index: 'link', equals: link, limit: 100 })
  return rows.map(({ table, key, version }) => ({ table, key, expected: version, next: null }))
}

export const fileKey = (link: string, n: number): string => `${link}/${n}`

function describe({ contentType, jwe }: LinkFile, lastUpdated: string): LinkRow['files'][number] {
  return { contentType, lastUpdated, length: jwe.length }
}

function checkLink(input: NewLink, now: Date): void {
  const lifeMs = Date.parse(input.expires) - now.getTime()
  if (!(lifeMs > 0)) throw problem('expires', 'past', 'A link ends in the future.')
  if (lifeMs > LINK_DAYS_MAX * 86_400_000 + 60_000) throw problem('expires', 'too-long', `A link lives at most ${LINK_DAYS_MAX} days.`)
  if (input.single && (input.passcode !== undefined || input.files.length !== 1)) throw problem('single', 'single', 'A link of one file has no passcode and one file.')
  checkFiles(input.files)
}

/** What is kept is ciphertext of the one form that the IG knows; nothing readable is taken. */
function checkFiles(files: readonly LinkFile[]): void {
  for (const [n, { contentType, jwe }] of files.entries()) {
    const [header, key, ...rest] = jwe.split('.')
    let members: Readonly<Record<string, unknown>> = {}
    try {
      members = JSON.parse(fromUtf8(fromBase64url(header ?? ''))) as Readonly<Record<string, unknown>>
    } catch {
      // Refused below.
    }
    const sealed = members['alg'] === 'dir' && members['enc'] === 'A256GCM' && members['cty'] === contentType && key === '' && rest.length === 3 && rest.every((part) => part !== '')
    if (!sealed) throw problem(`files[${n}].jwe`, 'jwe', 'A file is a compact JWE with dir, A256GCM and its content type.')
  }
}

function problem(path: string, code: string, message: string): LogicError {
  return new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path, code, message }] } })
}
