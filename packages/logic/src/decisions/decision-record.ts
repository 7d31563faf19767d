import type { Decision } from '@careledger/data-spec'
import type { Actor } from '@careledger/identity'
import { canonicalBytes, fromUtf8, instantText, newEntryId, type CanonicalValue } from '@careledger/proof'
import type { Consent, Purpose } from '../consent/consent-terms.ts'
import type { AccessRule } from './authorize.ts'

/** One decision, in words that the patient can check. Ids only: nothing of what was read. */
export interface DecisionRecord {
  readonly v: 1
  readonly id: string
  /** When it was made, `YYYY-MM-DDTHH:MM:SS.sssZ`. */
  readonly at: string
  /** The patient's handle at the custodian; absent where there is no such patient. */
  readonly about?: string | undefined
  /** Whose records they are. Absent where there is no such patient, and in records that say it otherwise or are old. */
  readonly custodian?: string | undefined
  readonly operation: string
  readonly outcome: 'permitted' | 'refused'
  readonly rule: AccessRule | 'none'
  readonly consent?: string | undefined
  /** When that consent ends. */
  readonly expires?: string | undefined
  /** Under rule `delegate`: the delegation. */
  readonly delegation?: string | undefined
  readonly purpose: Purpose
  readonly party: string
  readonly kind: Actor['kind']
  readonly organisation?: string | undefined
  readonly key: string
  /** How many records of which type were given out. */
  readonly types: Readonly<Record<string, number>>
  /** The one record that was asked for, where it was one. */
  readonly entry?: string | undefined
}

export interface DecisionFacts {
  readonly actor: Actor
  readonly operation: string
  readonly purpose: Purpose
  readonly about?: string | undefined
  readonly custodian?: string | undefined
  readonly rule: AccessRule | 'none'
  /** What it rests on: a consent, or the emergency. */
  readonly consent?: { readonly id: string; readonly terms: Pick<Consent['terms'], 'expires'> } | undefined
  readonly delegation?: string | undefined
  readonly types?: Readonly<Record<string, number>> | undefined
  readonly entry?: string | undefined
}

/** `rule: 'none'` is a refusal; everything else was permitted. */
export function newDecision(facts: DecisionFacts, now: Date): DecisionRecord {
  const { actor, about, custodian, consent, entry, delegation } = facts
  return {
    v: 1,
    id: newEntryId(now),
    at: instantText(now),
    ...(about === undefined ? {} : { about }),
    ...(custodian === undefined ? {} : { custodian }),
    operation: facts.operation,
    outcome: facts.rule === 'none' ? 'refused' : 'permitted',
    rule: facts.rule,
    ...(consent === undefined ? {} : { consent: consent.id, expires: consent.terms.expires }),
    ...(delegation === undefined ? {} : { delegation }),
    purpose: facts.purpose,
    party: actor.party,
    kind: actor.kind,
    ...(actor.organisation === undefined ? {} : { organisation: actor.organisation }),
    key: actor.key,
    types: facts.types ?? {},
    ...(entry === undefined ? {} : { entry }),
  }
}

/** The row that the store keeps: canonical JSON, so that the log can cover it by a hash. */
export function toStoredDecision(record: DecisionRecord): Decision {
  const bytes = canonicalBytes(record as unknown as CanonicalValue)
  return record.about === undefined ? { id: record.id, bytes } : { id: record.id, about: record.about, bytes }
}

export function fromStoredDecision(stored: Decision): DecisionRecord {
  return JSON.parse(fromUtf8(stored.bytes)) as DecisionRecord
}

/** What the caller is told about the decision. */
export interface DecisionView {
  readonly id: string
  readonly outcome: 'permitted' | 'refused'
  readonly rule: AccessRule | 'none'
  readonly consent?: string | undefined
  readonly delegation?: string | undefined
  readonly purpose?: Purpose | undefined
  readonly expires?: string | undefined
}

export function toDecisionView(record: DecisionRecord): DecisionView {
  const { id, outcome, rule, consent, purpose, expires, delegation } = record
  return { id, outcome, rule, purpose, ...(consent === undefined ? {} : { consent }), ...(expires === undefined ? {} : { expires }), ...(delegation === undefined ? {} : { delegation }) }
}

