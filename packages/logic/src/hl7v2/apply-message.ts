import type { Claim } from '@careledger/data-spec'
import type { Actor, OrganisationKeys } from '@careledger/identity'
import { commit, fromBase64url, instantText, newEntryId, newSalt, signEntries, toBase64url, toHex, entryBytes, utf8, type Author, type Entry, type Signer } from '@careledger/proof'
import type { Encounter, Patient } from '@medplum/fhirtypes'
import type { Opening } from '../entries/network-definition.ts'
import { commitImport } from '../hospital/commit-import.ts'
import { FHIR_MEDIA_TYPE, PATIENT_MEDIA_TYPE, payloadBytes } from '../hospital/payloads.ts'
import { prepareImport, writersVault } from '../hospital/prepare-import.ts'
import { HOSPITAL } from '../hospital/tables.ts'
import type { Parts } from '../parts.ts'
import { toLogicError } from '../to-logic-error.ts'
import { currentRecords, type Current } from './current-records.ts'
import { malformed, type AdtMessage } from './message.ts'
import { toEncounter, triggers, visitNumber } from './to-encounter.ts'
import { identifiersOf, toPatient } from './to-patient.ts'

/** The system that takes a custodian's messages: its key signs what they bring. */
export interface Hl7Interface {
  readonly actor: Actor
  readonly signer: Signer
  /** Offset from UTC of times that name none, for example `+09:00`. */
  readonly offset: string
}

/** Entries written for one message; none where everything it says was known. */
export interface AppliedMessage { readonly entries: number }

/**
 * Writes what an ADT message brings: a patient not known yet is registered, Patient and Encounter are written anew, amending those before,
 * where anything in them changed. One Write, which uses `claim` up. Errors: INPUT_MALFORMED with `details.check`, FHIR_INVALID, ENTRY_CONFLICT
 * (the identifiers belong to two patients, or the message was applied before: the claim is taken), STALE, BUSY, UNAVAILABLE, OUTCOME_UNKNOWN.
 */
export async function applyMessage(parts: Parts, system: Hl7Interface, message: AdtMessage, claim: Claim): Promise<AppliedMessage> {
  const rule = triggers[message.trigger]
  const pid = message.hl7.getSegment('PID')
  if (rule === undefined) throw malformed('trigger', 'This trigger event is not taken here.')
  if (pid === undefined) throw malformed('patient', 'The message has no PID segment.')
  const { custodian, vault } = writersVault(parts, system.actor)
  const identifiers = identifiersOf(pid, `urn:hl7v2:${custodian}`)
  if (identifiers.length === 0) throw malformed('patient', 'PID-3 names no patient.')
  const known = identifiers.map(({ system: of, value }) => ({ system: of, value: value ?? '' }))
  const place = await prepareImport(parts, system.actor, known)
  const former = await currentRecords(parts, custodian, place.patient)
  const patient = toPatient(pid, identifiers, former.patient?.value, place.patient)
  const resources: { readonly value: Patient | Encounter; readonly former?: Current<Patient | Encounter> | undefined }[] = [{ value: patient, former: former.patient }]
  const pv1 = message.hl7.getSegment('PV1')
  const visit = visitNumber(pv1)
  if (rule.visit === 'needed' && visit === undefined) throw malformed('visit', 'PV1-19 names no visit.')
  if (rule.visit !== 'none' && visit !== undefined && pv1 !== undefined) {
    const id = visitId(await vault.organisation(), visit)
    const before = former.encounters.get(id)
    const value = toEncounter(pv1, {
      trigger: message.trigger, rule, at: message.at, offset: system.offset, id, subject: `Patient/${patient.id ?? ''}`, former: before?.value,
      system: visit.namespace === undefined ? `urn:hl7v2:${custodian}:visit` : `urn:hl7v2:${encodeURIComponent(visit.namespace)}`,
    })
    resources.push({ value, former: before })
  }
  const changed = resources.filter(({ value, former: before }) => before === undefined || JSON.stringify(value) !== JSON.stringify(before.value)).map(({ value, former: before }) => ({ bytes: utf8(JSON.stringify(value)), replaces: before?.entry }))
  if (changed.length === 0) {
    await parts.store.write({ claims: [claim] }).catch((error: unknown) => { throw toLogicError(error) })
    return { entries: 0 }
  }
  const entries = await signDrafts(parts, system, { ...place, custodian }, [
    ...(place.known ? [] : [{ type: 'patient-registered', mediaType: PATIENT_MEDIA_TYPE, payload: payloadBytes({ v: 1, patient: place.patient, identifiers: known }) }]),
    ...changed.map(({ bytes, replaces }) => ({ type: 'record-created', mediaType: FHIR_MEDIA_TYPE, payload: bytes, replaces })),
  ])
  await commitImport(parts, system.actor, { patient: place.patient, entries, claims: [claim] })
  return { entries: entries.length }
}

/** The Encounter's id: a keyed token of the visit's number, so that it says nothing and stays the same. */
function visitId(keys: OrganisationKeys, { value, namespace }: { readonly value: string; readonly namespace?: string | undefined }): string {
  return `v2-${toHex(fromBase64url(keys.token('hl7v2-visit', `${namespace ?? ''}\n${value}`))).slice(0, 32)}`
}

/** Entries of the interface about one patient, under one signature. */
export async function signDrafts(parts: Parts, { actor, signer }: Hl7Interface, place: { readonly subject: string; readonly custodian: string }, drafts: readonly { readonly type: string; readonly mediaType: string; readonly payload: Uint8Array; readonly replaces?: string | undefined }[]) {
  const now = parts.now()
  const author: Author = { party: actor.party, key: signer.key, credential: actor.credential }
  const openings = drafts.map(({ mediaType, payload }): Opening => ({ salt: newSalt(), mediaType, payload }))
  const entries = drafts.map(({ type, replaces }, index): Entry => ({
    v: 1, id: newEntryId(now), network: HOSPITAL, type, subject: place.subject, custodian: place.custodian, issuedAt: instantText(now), author,
    payload: toBase64url(commit(openings[index] as Opening)), ...(replaces === undefined ? {} : { replaces }),
  }))
  const signatures = await signEntries(entries, signer)
  return entries.map((entry, index) => ({ entry: entryBytes(entry), signature: signatures[index] as (typeof signatures)[number], opening: openings[index] }))
}
