import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { instantText, toBase64url, utf8, type P256Jwk } from '@careledger/proof'
import type { Permit } from '../../decisions/authorize.ts'
import { decide, type Decided } from '../../decisions/decide.ts'
import { readRow, rowBytes } from '../../entries/rows.ts'
import type { RowValue } from '../../entries/network-definition.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import { partyNames } from '../party-names.ts'
import { ownPatients } from '../patients.ts'
import { openResources, permittedRecord, permittedResources } from '../permitted-records.ts'
import { CARD_TYPES, cardBundle, isLaboratory } from './card-content.ts'
import { cardKeyTable, type CardKeyRow } from './card-key-entries.ts'
import { enrolledSigner } from './issuing-key.ts'
import { decideAndWrite } from './decide-and-write.ts'
import { carryTables, openCarried, sealedWrite, type CardRow } from './rows.ts'

/** Longest text of a card that fits one QR code (SMART Health Cards: single chunk, version 22). */
export const CARD_LENGTH_MAX = 1195

export interface NewCard {
  readonly patient: string
  /** Entry ids of immunizations and laboratory results. */
  readonly records: readonly string[]
  /** A card ends by itself, after 366 days at the latest. */
  readonly days: number
  /** The instance's own origin as the caller addressed it. */
  readonly origin: string
}

export interface IssuedCard {
  /** Compact JWS, ES256, `zip: DEF`. */
  readonly jws: string
  readonly kid: string
  readonly rid: string
  readonly expires: string
}

/** Where a custodian's keys and revocations are published (`iss` of its cards). */
export const issuerUrl = (origin: string, custodian: string): string => `${origin}/issuers/${custodian}`

/**
 * Issues a SMART Health Card of chosen records, signed by the custodian's issuing key, to the patient or at their request to the
 * custodian's people. Errors: NOT_ALLOWED; INPUT_MALFORMED with `problems` for other kinds of records; INPUT_TOO_LARGE where it does not
 * fit one QR code; UNAVAILABLE while the custodian has enrolled no issuing key.
 */
export function issueCard(parts: Parts, actor: Actor, input: NewCard): Promise<Decided<IssuedCard>> {
  return decideAndWrite(parts, { actor, operation: 'hospital.cards.issue', patient: input.patient, rules: ['self', 'custodian-staff'] }, async ({ view, keys, patient, custodian }, permit) => {
    const content = await cardContent(parts, permit, input.records)
    if (content === undefined) return undefined
    const signer = await enrolledSigner(parts, view, custodian)
    const now = parts.now()
    const expires = new Date(now.getTime() + input.days * 86_400_000)
    const iss = issuerUrl(input.origin, custodian)
    const rid = toBase64url(randomBytes(12))
    const payload = `{"iss":${JSON.stringify(iss)},"nbf":${seconds(now)},"exp":${seconds(expires)},"vc":{"type":${JSON.stringify(vcTypes(content.types))},"credentialSubject":{"fhirVersion":"4.0.1","fhirBundle":${content.bundle}},"rid":"${rid}"}}`
    const jws = signCard(signer, payload)
    if (jws.length > CARD_LENGTH_MAX) throw new LogicError('INPUT_TOO_LARGE', 'The card does not fit one QR code. Choose fewer records.', { details: { limit: CARD_LENGTH_MAX } })
    const row: CardRow = { kid: signer.key, rid, iss, issued: instantText(now), expires: instantText(expires), types: content.types, records: input.records }
    return {
      value: { jws, kid: signer.key, rid, expires: row.expires },
      projections: [sealedWrite(keys, { table: carryTables.card, key: `${signer.key}/${rid}`, value: row, indexes: { patient } })],
      types: { Patient: 1, ...content.types },
    }
  })
}

/** The patient, or the custodian's people, take a card back: whoever asks the issuer refuses it from then on. Errors: NOT_ALLOWED. */
export function revokeCard(parts: Parts, actor: Actor, input: { readonly patient: string; readonly kid: string; readonly rid: string }): Promise<Decided<{ readonly rid: string }>> {
  return decideAndWrite(parts, { actor, operation: 'hospital.cards.revoke', patient: input.patient, rules: ['self', 'custodian-staff'] }, async ({ view, keys, patient, custodian }) => {
    const key = `${input.kid}/${input.rid}`
    const projection = await view.projection(carryTables.card, key)
    const row = projection?.indexes['patient'] === patient ? await openCarried<CardRow>(parts, projection, custodian) : undefined
    if (projection === undefined || row === undefined) return undefined
    if (row.revoked !== undefined) return { value: { rid: input.rid }, projections: [] }
    const revoked = instantText(parts.now())
    return {
      value: { rid: input.rid },
      projections: [
        sealedWrite(keys, { table: carryTables.card, key, expected: projection.version, value: { ...row, revoked }, indexes: { patient } }),
        { table: carryTables.revoked, key, next: rowBytes({ kid: input.kid, rid: input.rid, at: revoked } as RowValue), indexes: { kid: input.kid } },
      ],
    }
  })
}

/** One record that a card can be made of. */
export interface CardChoice {
  readonly id: string
  readonly type: string
  readonly title: string
  readonly date?: string | undefined
}

/** Records looked at, and shown, when a card is put together; the newest. */
const choicesLookedAtMax = 500
const choicesMax = 100

/** What a card of this patient could carry: immunizations and laboratory results that stand, the newest 100. Errors: NOT_ALLOWED. */
export function listCardChoices(parts: Parts, actor: Actor, query: { readonly patient: string }): Promise<Decided<readonly CardChoice[]>> {
  return decide(parts, { actor, operation: 'hospital.cards.choices', purpose: 'patient-request', patient: query.patient }, async (permit) => {
    const choices: CardChoice[] = []
    const types: Record<string, number> = {}
    let looked = 0
    for await (const { id, row, opening } of permittedResources(parts, permit, { types: CARD_TYPES })) {
      if (row.status !== 'entered-in-error' && (row.type !== 'Observation' || isLaboratory(opening.payload))) {
        choices.push({ id, type: row.type, title: row.title, ...(row.date === undefined ? {} : { date: row.date }) })
        types[row.type] = (types[row.type] ?? 0) + 1
      }
      if (++looked === choicesLookedAtMax || choices.length === choicesMax) break
    }
    return { value: choices, types }
  })
}

export interface CardItem extends CardRow {
  readonly patient: string
  readonly custodian: string
  readonly custodianName: string
}

/** The caller's cards at all custodians of this instance, newest first, at most 200. The cards themselves are not kept. */
export async function listCards(parts: Parts, actor: Actor): Promise<readonly CardItem[]> {
  return parts.store.read(async (view) => {
    const own = await ownPatients(view, actor.party)
    const names = await partyNames(view, own.map((row) => row.indexes['custodian'] as string))
    const items = await Promise.all(own.map(async ({ key: patient, indexes }) => {
      const custodian = indexes['custodian'] as string
      const { rows } = await view.find({ table: carryTables.card, index: 'patient', equals: patient, limit: 1000 })
      const opened = await Promise.all(rows.map((row) => openCarried<CardRow>(parts, row, custodian)))
      return opened.flatMap((row) => (row === undefined ? [] : [{ ...row, patient, custodian, custodianName: names.of(custodian) }]))
    }))
    return items.flat().sort((a, b) => (a.issued < b.issued ? 1 : -1)).slice(0, 200)
  }).catch(rethrow)
}

export interface IssuerKey extends P256Jwk {
  readonly kid: string
  readonly enrolled: string
  /** From then on nothing that it signed holds. */
  readonly revoked?: string | undefined
}

/** One issuer of this instance with what a verifier needs. */
export interface CardIssuer {
  readonly iss: string
  readonly custodian: string
  readonly name: string
  /** Every key that it ever enrolled, the newest first: the one it issues with now, those that cards still rest on, and revoked ones. */
  readonly keys: readonly IssuerKey[]
  /** Revocation lists by key; `ctr` grows with each revocation. */
  readonly crls: readonly { readonly kid: string; readonly ctr: number; readonly rids: readonly string[] }[]
}

/** Revocations listed for one key. */
const ridsMax = 10_000

/** The custodians of this instance that have enrolled an issuing key; `custodian` chooses one. Public facts only. */
export async function readIssuers(parts: Parts, origin: string, custodian?: string): Promise<readonly CardIssuer[]> {
  return parts.store.read(async (view) => {
    const custodians = [...parts.vaults.keys()].filter((one) => custodian === undefined || one === custodian)
    const names = await partyNames(view, custodians)
    const issuers = await Promise.all(custodians.map(async (one) => {
      const { rows } = await view.find({ table: cardKeyTable, index: 'custodian', equals: one, limit: 100 })
      const keys = rows.map((row): IssuerKey => toIssuerKey(row.key, readRow(row) as unknown as CardKeyRow)).toSorted((a, b) => (a.enrolled < b.enrolled ? 1 : -1))
      return { iss: issuerUrl(origin, one), custodian: one, name: names.of(one), keys, crls: await Promise.all(keys.map(({ kid }) => revocationsOf(view, kid))) }
    }))
    return issuers.filter(({ keys }) => keys.length > 0)
  }).catch(rethrow)
}

const toIssuerKey = (kid: string, { jwk, enrolled, revoked }: CardKeyRow): IssuerKey => ({ ...jwk, kid, enrolled, ...(revoked === undefined ? {} : { revoked: revoked.at }) })

async function revocationsOf(view: ReadView, kid: string): Promise<CardIssuer['crls'][number]> {
  const rids: string[] = []
  let after: string | undefined
  do {
    const page = await view.find({ table: carryTables.revoked, index: 'kid', equals: kid, after, limit: 1000 })
    rids.push(...page.rows.map((row) => (readRow(row) as { readonly rid: string }).rid))
    after = page.next
  } while (after !== undefined && rids.length < ridsMax)
  return { kid, ctr: rids.length, rids }
}

interface CardContent {
  readonly bundle: string
  readonly types: Readonly<Record<string, number>>
}

/** `undefined`: one of them is not within the permit. */
async function cardContent(parts: Parts, permit: Permit, ids: readonly string[]): Promise<CardContent | undefined> {
  const records = await Promise.all([...new Set(ids)].map((id) => permittedRecord(permit, id)))
  if (records.some((one) => one === undefined)) return undefined
  const opened = await openResources(parts, permit, records.flatMap((one) => one ?? []))
  for (const [n, { row, opening }] of opened.entries()) {
    const suits = CARD_TYPES.includes(row.type) && (row.type !== 'Observation' || isLaboratory(opening.payload)) && row.replacedBy === undefined && row.status !== 'entered-in-error'
    if (!suits) throw new LogicError('INPUT_MALFORMED', 'A card carries immunizations and laboratory results, in their newest version.', { details: { problems: [{ path: `records[${n}]`, code: 'kind', message: 'Not an immunization or laboratory result that stands.' }] } })
  }
  let patient: Uint8Array | undefined
  for await (const { opening } of permittedResources(parts, permit, { types: ['Patient'] })) {
    patient = opening.payload
    break
  }
  if (patient === undefined) return undefined
  const types: Record<string, number> = {}
  for (const { row } of opened) types[row.type] = (types[row.type] ?? 0) + 1
  return { bundle: cardBundle(patient, opened.map(({ row, opening }) => ({ type: row.type, payload: opening.payload }))), types }
}

function vcTypes(types: Readonly<Record<string, number>>): readonly string[] {
  return ['https://smarthealth.cards#health-card', ...('Immunization' in types ? ['https://smarthealth.cards#immunization'] : []), ...('Observation' in types ? ['https://smarthealth.cards#laboratory'] : [])]
}

/** Raw DEFLATE before signing (SMART Health Cards), ES256 over the compressed bytes. */
function signCard(signer: { readonly key: string; signSync(message: Uint8Array): Uint8Array }, payload: string): string {
  const header = toBase64url(utf8(`{"zip":"DEF","alg":"ES256","kid":"${signer.key}"}`))
  const body = toBase64url(new Uint8Array(deflateRawSync(payload, { level: 9 })))
  return `${header}.${body}.${toBase64url(signer.signSync(utf8(`${header}.${body}`)))}`
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000)


function rethrow(error: unknown): never {
  throw toLogicError(error)
}
