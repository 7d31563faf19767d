import { randomUUID } from 'node:crypto'
import { acceptEntries, FHIR_MEDIA_TYPE, PATIENT_MEDIA_TYPE, payloadBytes, startLog, type Opening, type Parts } from '@careledger/logic'
import { commit, entryBytes, instantText, newEntryId, newSalt, signEntries, subjectPseudonym, toBase64url, type Author, type Entry, type Signer } from '@careledger/proof'

/** Who writes: a doctor of the custodian. */
export interface Writer {
  readonly signer: Signer
  readonly author: Author
  readonly custodian: string
}

/** Entries under one signature, and in one write. */
const batchSize = 4_096
/** Records of each patient. */
const recordsEach = 1_000

/**
 * Writes `count` records into the store of an instance that nothing else has open, and waits until all are in the log and with the
 * ledger. They are entries like any other: signed, a batch at a time, sealed, projected, sequenced and anchored, through `acceptEntries`
 * as the API calls it. Left out is what a network would add: HTTP, tokens, and the validation of FHIR content that was made right.
 */
export async function fillLog(parts: Parts, writer: Writer, count: number, onProgress: (done: number) => void = () => {}): Promise<void> {
  const fast: Parts = { ...parts, settings: { ...parts.settings, sequenceMax: batchSize } }
  const log = await startLog(fast)
  const failed = log.failed.then((error) => Promise.reject(error))
  failed.catch(() => undefined)
  try {
    await Promise.race([failed, write(fast, writer, count, onProgress)])
    await Promise.race([failed, settled(fast)])
  } finally {
    await log.stop()
  }
}

async function write(parts: Parts, { signer, author, custodian }: Writer, count: number, onProgress: (done: number) => void): Promise<void> {
  const build = (type: string, subject: string, mediaType: string, payload: Uint8Array): Draft => {
    const opening = { salt: newSalt(), mediaType, payload }
    const now = new Date()
    return { opening, entry: { v: 1, id: newEntryId(now), network: 'hospital', type, custodian, subject, payload: toBase64url(commit(opening)), issuedAt: instantText(now), author } }
  }
  const accept = async (drafts: readonly Draft[]): Promise<void> => {
    const signatures = await signEntries(drafts.map(({ entry }) => entry), signer)
    const signed = drafts.map(({ entry, opening }, place) => ({ entry: entryBytes(entry), signature: signatures[place] as (typeof signatures)[number], opening }))
    await acceptEntries(parts, signed, { actor: { party: author.party } })
  }
  const patients = await newPatients(parts, custodian, Math.ceil(count / recordsEach))
  for (let from = 0; from < patients.length; from += batchSize) {
    await accept(patients.slice(from, from + batchSize).map(({ patient, subject }) =>
      build('patient-registered', subject, PATIENT_MEDIA_TYPE, payloadBytes({ v: 1, patient, identifiers: [{ system: 'urn:bench', value: patient }] }))))
  }
  let underWay: Promise<void> = Promise.resolve()
  for (let done = 0; done < count; done += batchSize) {
    const drafts = Array.from({ length: Math.min(batchSize, count - done) }, (_, n) =>
      build('record-created', (patients[(done + n) % patients.length] as Patient).subject, FHIR_MEDIA_TYPE, heartRate(done + n)))
    await underWay
    underWay = accept(drafts)
    onProgress(done)
  }
  await underWay
  onProgress(count)
}

interface Draft { readonly entry: Entry; readonly opening: Opening }
interface Patient { readonly patient: string; readonly subject: string }

async function newPatients(parts: Parts, custodian: string, count: number): Promise<readonly Patient[]> {
  const vault = parts.vaults.get(custodian)
  if (vault === undefined) throw new Error(`${custodian} has no vault here.`)
  const ids = Array.from({ length: count }, () => randomUUID())
  await Promise.all(ids.map((patient) => vault.createPatient(patient)))
  return Promise.all(ids.map(async (patient) => {
    const keys = await vault.patient(patient)
    if (keys === undefined) throw new Error('A patient has no keys.')
    return { patient, subject: subjectPseudonym(await keys.subjectSecret('hospital')) }
  }))
}

function heartRate(n: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({
    resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    subject: { reference: 'Patient/bench' }, effectiveDateTime: new Date(Date.UTC(1990, 0, 1) + n * 1000).toISOString(),
    valueQuantity: { value: 60 + (n % 40), unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  }))
}

/** Every entry is in the log, and every record final on its ledger. */
async function settled(parts: Parts): Promise<void> {
  for (;;) {
    const open = await parts.store.read(async (view) => {
      const [waiting, outbox] = await Promise.all([view.unsequenced({ limit: 1 }), view.outboxSummary()])
      return waiting.length > 0 || outbox.some(({ state }) => state === 'waiting' || state === 'sent')
    })
    if (!open) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
