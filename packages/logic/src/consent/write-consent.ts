import type { ReadView } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { type Entry } from '@careledger/proof'
import { authorize, endPermit, groundsOf, isRefusal } from '../decisions/authorize.ts'
import { record } from '../decisions/decide.ts'
import { newDecision, toStoredDecision } from '../decisions/decision-record.ts'
import { acceptEntries } from '../entries/accept-entries.ts'
import { subjectTable, type SubjectRow } from '../entries/find-patient.ts'
import { readRow } from '../entries/rows.ts'
import type { EntryReceipt, SignedEntry } from '../entries/signed-entry.ts'
import { HOSPITAL } from '../hospital/tables.ts'
import { isLogicError, LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { parseConsentTerms, sharesEverything, type ConsentTerms } from './consent-terms.ts'
import { canReceive } from './grantee-keys.ts'
import { readEntryOf } from '../entries/read-entry-of.ts'

export interface ConsentWrite {
  readonly entry: SignedEntry
  readonly wait?: 'stored' | 'sequenced' | 'anchored' | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Takes a `consent-given` entry signed by the patient. Errors: NOT_ALLOWED (somebody else's subject), INPUT_MALFORMED with `problems`
 * (terms over already or longer than a year, unknown grantee, `direct` for a grantee without an ES256 key), and those of `acceptEntries`.
 */
export function giveConsent(parts: Parts, actor: Actor, write: ConsentWrite): Promise<EntryReceipt> {
  return writeOwn(parts, actor, write, { type: 'consent-given', operation: 'hospital.consents.give' }, async (view) => {
    const terms = parseConsentTerms(write.entry.opening?.payload ?? new Uint8Array(), parts.now())
    if (terms.direct) checkWhole(terms)
    if (terms.direct) await checkReceives(view, terms)
  })
}

/** Takes a `consent-withdrawn` entry signed by the patient; it holds from its commit, in every process. Errors: as `giveConsent`. */
export function withdrawConsent(parts: Parts, actor: Actor, write: ConsentWrite): Promise<EntryReceipt> {
  return writeOwn(parts, actor, write, { type: 'consent-withdrawn', operation: 'hospital.consents.withdraw' }, async () => {})
}

const attemptsMax = 4

/** Decision and entry in one Write; only the patient themselves gets that far. */
async function writeOwn(parts: Parts, actor: Actor, write: ConsentWrite, what: { readonly type: string; readonly operation: string }, check: (view: ReadView) => Promise<void>): Promise<EntryReceipt> {
  const entry = readEntryOf(write.entry, HOSPITAL, [what.type])
  for (let attempt = 1; ; attempt++) {
    const found = await parts.store.read((view) => decideOwn(parts, view, actor, entry, what.operation, check)).catch(rethrow)
    if (found.guards === undefined) {
      await record(parts, [found.decision], [])
      throw new LogicError('NOT_ALLOWED', 'This does not exist or you may not use it.')
    }
    try {
      const [receipt] = await acceptEntries(parts, [write.entry], { actor, guards: found.guards, decisions: [toStoredDecision(found.decision)], wait: write.wait, signal: write.signal })
      return receipt as EntryReceipt
    } catch (error) {
      if (!isLogicError(error, 'STALE') || attempt === attemptsMax) throw error
    }
  }
}

async function decideOwn(parts: Parts, view: ReadView, actor: Actor, entry: Entry, operation: string, check: (view: ReadView) => Promise<void>) {
  const request = { actor, operation, purpose: 'patient-request' as const }
  const row = await view.projection(subjectTable, entry.subject ?? '')
  const patient = row === undefined ? undefined : (readRow(row) as unknown as SubjectRow).patient
  if (patient === undefined) return { decision: newDecision({ ...request, rule: 'none' }, parts.now()) }
  const permit = await authorize(parts, view, { ...request, patient })
  if (isRefusal(permit)) return { decision: newDecision({ ...request, rule: 'none', about: permit.exists ? patient : undefined }, parts.now()) }
  try {
    const { rule, custodian, guards, delegation, delegated } = groundsOf(permit)
    if (rule !== 'self' && delegated?.includes('consent') !== true) return { decision: newDecision({ ...request, rule: 'none', about: patient }, parts.now()) }
    await check(view)
    return { decision: newDecision({ ...request, rule, about: patient, custodian, delegation }, parts.now()), guards }
  } finally {
    endPermit(permit)
  }
}

/** Not asked of entries in the log: of those from before there were kinds, `listGrants` hands out nothing more. */
function checkWhole(terms: ConsentTerms): void {
  if (sharesEverything(terms)) return
  const message = 'Direct query shows how many records there are, so it can only be given together with every sensitive kind.'
  throw new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path: 'terms.sensitive', code: 'direct-bounded', message }] } })
}

async function checkReceives(view: ReadView, terms: ConsentTerms): Promise<void> {
  if (await canReceive(view, terms.grantee)) return
  const message = 'The grantee has no ES256 key, and an Ed25519 key cannot receive an epoch key. Share without direct query, or ask them to enrol an ES256 key.'
  throw new LogicError('INPUT_MALFORMED', message, { details: { problems: [{ path: 'terms.direct', code: 'grantee-cannot-receive', message }] } })
}

function rethrow(error: unknown): never {
  throw toLogicError(error)
}
