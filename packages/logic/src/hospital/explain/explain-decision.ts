import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import type { ConsentTerms } from '../../consent/consent-terms.ts'
import { fromStoredDecision, toDecisionView, type DecisionRecord, type DecisionView } from '../../decisions/decision-record.ts'
import { openRow } from '../../entries/rows.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import type { EmergencyRow } from '../emergency/emergency-row.ts'
import { partyNames } from '../party-names.ts'
import { delegationKey, delegationTable, type DelegationRow } from '../delegation/delegation-entries.ts'
import type { SealedFor } from '../../entries/network-definition.ts'
import type { ActedBy, ConsentRow } from '../tables.ts'

/** Why one decision was made: what it rested on, by the ids of the entries that say so. */
export interface Explanation {
  readonly decision: DecisionView
  readonly at: string
  readonly operation: string
  readonly party: string
  readonly name: string
  readonly kind: DecisionRecord['kind']
  readonly organisationName?: string | undefined
  readonly custodian: string
  readonly custodianName: string
  readonly types: Readonly<Record<string, number>>
  /** Whether the caller is the patient, or the one who asked for it. */
  readonly reader: 'patient' | 'asker'
  /** The consent it rested on. An entry is never altered, so its id is its version. */
  readonly consent?: { readonly entry: string; readonly granteeName: string; readonly given: string; readonly terms: ConsentTerms; readonly withdrawnBy?: string | undefined; readonly actedBy?: { readonly name: string; readonly basis: ActedBy['basis'] } | undefined; readonly passedOn?: { readonly consent: string; readonly name: string } | undefined } | undefined
  /** Under rule `delegate`: the entry, and what it says while it stands. */
  readonly delegation?: { readonly entry: string; readonly basis?: ActedBy['basis'] | undefined; readonly until?: string | undefined } | undefined
  /** The emergency that it rested on. */
  readonly emergency?: Pick<EmergencyRow, 'opens' | 'sensitive' | 'reason' | 'at' | 'until'> & { readonly entry: string; readonly review: 'open' | 'justified' | 'misuse' } | undefined
}

/**
 * Explains one decision to the patient it is about, or, where it was permitted, to whoever asked. Anybody else is told what a decision that does
 * not exist is answered with; so is whoever was refused, who would learn by it whether there is such a patient. Errors: NOT_ALLOWED.
 */
export async function explainDecision(parts: Parts, actor: Actor, id: string): Promise<Explanation> {
  return parts.store.read(async (view) => {
    const record = await findDecision(view, id)
    const patientRow = await view.projection('patient', record?.about ?? '')
    const custodian = patientRow?.indexes['custodian']
    const patient = patientRow?.indexes['party'] === actor.party
    if (record === undefined || patientRow === undefined || custodian === undefined || !(patient || (record.party === actor.party && record.outcome === 'permitted'))) throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    const sealedFor = { custodian, patient: patientRow.key }
    const consent = await readRestsOn<ConsentRow>(parts, view, 'consent', record.consent, sealedFor)
    const emergency = consent === undefined ? await readRestsOn<EmergencyRow>(parts, view, 'emergency', record.consent, sealedFor) : undefined
    const acted = await readRow(parts, view, delegationTable, delegationKey(patientRow.key, record.party), sealedFor)
    const passer = consent?.passedOn?.organisation ?? consent?.passedOn?.party
    const names = await partyNames(view, [record.party, custodian, record.organisation, consent?.terms.grantee, consent?.actedBy?.party, passer].filter((party) => party !== undefined))
    return {
      decision: toDecisionView(record), at: record.at, operation: record.operation, party: record.party, name: names.of(record.party), kind: record.kind, custodian, custodianName: names.of(custodian), types: record.types, reader: patient ? 'patient' : 'asker',
      ...(record.organisation === undefined ? {} : { organisationName: names.of(record.organisation) }),
      ...(consent === undefined ? {} : { consent: { entry: record.consent as string, ...toConsent(consent, names.of) } }),
      ...(record.delegation === undefined ? {} : { delegation: toDelegation(record.delegation, acted) }),
      ...(emergency === undefined ? {} : { emergency: toEmergency(record.consent as string, emergency) }),
    } satisfies Explanation
  }).catch((error: unknown) => {
    throw toLogicError(error)
  })
}

function toConsent({ terms, given, withdrawnBy, actedBy, passedOn }: ConsentRow, nameOf: (party: string) => string): Omit<NonNullable<Explanation['consent']>, 'entry'> {
  return {
    granteeName: nameOf(terms.grantee), given, terms, ...(withdrawnBy === undefined ? {} : { withdrawnBy }),
    ...(actedBy === undefined ? {} : { actedBy: { name: nameOf(actedBy.party), basis: actedBy.basis } }),
    ...(passedOn === undefined ? {} : { passedOn: { consent: passedOn.consent, name: nameOf(passedOn.organisation ?? passedOn.party) } }),
  }
}

function toDelegation(entry: string, row: unknown): NonNullable<Explanation['delegation']> {
  const found = row as DelegationRow | undefined
  return found?.id === entry ? { entry, basis: found.basis, until: found.until } : { entry }
}

function toEmergency(entry: string, { opens, sensitive, reason, at, until, reviewed }: EmergencyRow): NonNullable<Explanation['emergency']> {
  return { entry, opens, reason, at, until, review: reviewed?.outcome ?? 'open', ...(sensitive === undefined ? {} : { sensitive }) }
}

/** Decisions stand in the order of their ids: the one behind the id before it. */
async function findDecision(view: ReadView, id: string): Promise<DecisionRecord | undefined> {
  const { rows: [found] } = await view.decisions({ after: idBefore(id), limit: 1 })
  return found?.id === id ? fromStoredDecision(found) : undefined
}

function idBefore(id: string): string {
  const number = BigInt(`0x${id.replaceAll('-', '')}`)
  const hex = (number === 0n ? 0n : number - 1n).toString(16).padStart(32, '0')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

async function readRow(parts: Parts, view: ReadView, table: string, key: string, sealedFor: SealedFor): Promise<unknown> {
  const projection = await view.projection(table, key)
  return projection === undefined ? undefined : openRow(parts, projection, sealedFor)
}

async function readRestsOn<Row>(parts: Parts, view: ReadView, table: string, id: string | undefined, sealedFor: { readonly custodian: string; readonly patient: string }): Promise<Row | undefined> {
  const projection = id === undefined ? undefined : await view.projection(table, id)
  return projection?.indexes['patient'] === sealedFor.patient ? ((await openRow(parts, projection, sealedFor)) as unknown as Row | undefined) : undefined
}
