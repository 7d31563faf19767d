import type { Actor } from '@careledger/identity'
import { subjectPseudonym } from '@careledger/proof'
import { authorize, endPermit, groundsOf, isRefusal, type Grounds } from '../../decisions/authorize.ts'
import { decide, record, type Decided } from '../../decisions/decide.ts'
import { newDecision, toStoredDecision } from '../../decisions/decision-record.ts'
import { acceptEntries } from '../../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../../entries/find-patient.ts'
import { readEntryOf } from '../../entries/read-entry-of.ts'
import { openRow, readRow } from '../../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../../entries/signed-entry.ts'
import { partyNames } from '../../hospital/party-names.ts'
import { HOSPITAL, type PolicyRow } from '../../hospital/tables.ts'
import { isLogicError, LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { toLogicError } from '../../to-logic-error.ts'
import type { Consent, ConsentTerms, Purpose } from '../consent-terms.ts'

export interface PassingPlace {
  /** Pseudonym to sign with, base64url. */
  readonly subject: string
  readonly custodian: string
  /** Consents of the caller that may be passed on, with what has been. */
  readonly items: readonly { readonly consent: string; readonly terms: ConsentTerms; readonly passed: readonly { readonly id: string; readonly granteeName: string; readonly terms: ConsentTerms }[] }[]
}

/** What the caller may pass on of a patient's consents, and what of them has been passed on. Errors: NOT_ALLOWED, also where there is nothing to pass on. */
export function preparePassing(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose }): Promise<Decided<PassingPlace>> {
  return decide(parts, { actor, operation: 'hospital.passing.prepare', ...query }, async (permit) => {
    const grounds = groundsOf(permit)
    const own = passable(grounds)
    if (own.length === 0) return undefined
    const standing = await standingConsents(parts, grounds)
    const names = await partyNames(grounds.view, standing.map(({ terms }) => terms.grantee))
    const items = own.map(({ id, terms }) => ({ consent: id, terms, passed: standing.filter(({ under }) => under === id).map((one) => ({ id: one.id, granteeName: names.of(one.terms.grantee), terms: one.terms })) }))
    return { value: { subject: subjectPseudonym(await grounds.keys.subjectSecret(HOSPITAL)), custodian: grounds.custodian, items }, types: {}, consent: own[0] }
  })
}

const attemptsMax = 4

/**
 * Takes a `consent-passed-on` entry, or the `consent-withdrawn` by which what was passed on is taken back; decision and entry in one Write. Errors:
 * NOT_ALLOWED where the caller has no consent of this patient that may be passed on; INPUT_MALFORMED; those of `acceptEntries`.
 */
export async function writePassing(parts: Parts, actor: Actor, write: { readonly entry: SignedEntry; readonly type: 'consent-passed-on' | 'consent-withdrawn'; readonly purpose: Purpose; readonly signal?: AbortSignal | undefined }): Promise<EntryReceipt> {
  const entry = readEntryOf(write.entry, HOSPITAL, [write.type])
  const request = { actor, operation: write.type === 'consent-passed-on' ? 'hospital.passing.give' : 'hospital.passing.end', purpose: write.purpose }
  for (let attempt = 1; ; attempt++) {
    const found = await parts.store.read(async (view) => {
      const row = await view.projection(subjectTable, entry.subject ?? '')
      const patient = row === undefined ? undefined : (readRow(row) as unknown as SubjectRow).patient
      if (patient === undefined) return { decision: newDecision({ ...request, rule: 'none' }, parts.now()) }
      const permit = await authorize(parts, view, { ...request, patient })
      if (isRefusal(permit)) return { decision: newDecision({ ...request, rule: 'none', about: permit.exists ? patient : undefined }, parts.now()) }
      const grounds = groundsOf(permit)
      endPermit(permit)
      const [consent] = passable(grounds)
      if (consent === undefined) return { decision: newDecision({ ...request, rule: 'none', about: patient }, parts.now()) }
      return { decision: newDecision({ ...request, rule: grounds.rule, about: patient, custodian: grounds.custodian, consent, entry: entry.id }, parts.now()), guards: grounds.guards }
    }).catch(rethrow)
    if (found.guards === undefined) {
      await record(parts, [found.decision], [])
      throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    }
    try {
      const [receipt] = await acceptEntries(parts, [write.entry], { actor, guards: found.guards, decisions: [toStoredDecision(found.decision)], signal: write.signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

function passable({ consents }: Pick<Grounds, 'consents'>): readonly Consent[] {
  return consents.filter(({ terms, under, emergency }) => terms.passOn === true && under === undefined && emergency !== true)
}

async function standingConsents(parts: Parts, { view, custodian, patient }: Grounds): Promise<readonly Consent[]> {
  const row = await view.projection('policy', patient)
  const policy = row === undefined ? undefined : ((await openRow(parts, row, { custodian, patient })) as unknown as PolicyRow | undefined)
  return (policy?.consents ?? []).filter(({ terms }) => Date.parse(terms.expires) > parts.now().getTime())
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
