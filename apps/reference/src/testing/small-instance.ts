import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createNodeSigner } from '@careledger/identity'
import { acceptEntries, coverDecisions, FHIR_MEDIA_TYPE, PATIENT_MEDIA_TYPE, payloadBytes, startLog } from '@careledger/logic'
import { commit, CREDENTIAL_MEDIA_TYPE, credentialBytes, entryBytes, instantText, newEntryId, newSalt, signEntry, subjectPseudonym, toBase64url, utf8, type Author, type Credential, type Entry, type Signer } from '@careledger/proof'
import { rootAuthor } from '../instance/genesis.ts'
import { openInstance } from '../instance/open-instance.ts'
import type { Settings } from '../settings.ts'
import { copyEmptyStore } from './demo-data.ts'

const custodian = 'hospital-a'

/**
 * Makes an instance with one hospital, one doctor, one patient, eight records (one of them a document of its own) and a decision, and stops
 * it. Every second record is waited for until it is anchored, so that the ledger has at least four blocks after its genesis.
 */
export async function makeSmallInstance(settings: Settings, { documentLength = 400_000 }: { readonly documentLength?: number } = {}): Promise<void> {
  await copyEmptyStore(settings.dataDirectory)
  const instance = await openInstance(settings, { address: 'http://127.0.0.1', create: { platform: { party: 'platform', name: 'Platform' }, custodians: ['platform', custodian], demo: false } })
  const { parts, rootSigner } = instance
  const log = await startLog(parts)
  try {
    const write = async (signer: Signer, author: Author, entry: Pick<Entry, 'network' | 'type' | 'custodian'> & Partial<Entry>, mediaType: string, payload: Uint8Array, wait: 'stored' | 'anchored' = 'stored'): Promise<string> => {
      const opening = { salt: newSalt(), mediaType, payload }
      const whole: Entry = { v: 1, id: newEntryId(), issuedAt: instantText(parts.now()), author, payload: toBase64url(commit(opening)), ...entry }
      await acceptEntries(parts, [{ entry: entryBytes(whole), signature: await signEntry(whole, signer), opening }], { actor: { party: author.party }, wait })
      return whole.id
    }
    const enrol = async (by: Signer, author: Author, type: string, credential: Omit<Credential, 'v' | 'key'>): Promise<{ readonly signer: Signer; readonly author: Author }> => {
      const signer = createNodeSigner(generateKeyPairSync('ed25519').privateKey)
      const id = await write(by, author, { network: 'identity', type, custodian: 'platform' }, CREDENTIAL_MEDIA_TYPE, credentialBytes({ v: 1, ...credential, key: signer.publicJwk }))
      return { signer, author: { party: credential.party, key: signer.key, credential: id } }
    }
    const hospital = await enrol(rootSigner, rootAuthor(instance.file, { root: rootSigner }), 'organisation-enrolled', { party: custodian, kind: 'organisation', roles: ['admin'] })
    const doctor = await enrol(hospital.signer, hospital.author, 'key-enrolled', { party: 'doctor-1', kind: 'person', organisation: custodian, roles: ['doctor'] })

    const patient = randomUUID()
    const vault = parts.vaults.get(custodian)
    await vault?.createPatient(patient)
    const keys = await vault?.patient(patient)
    if (keys === undefined) throw new Error('The patient has no keys.')
    const subject = subjectPseudonym(await keys.subjectSecret('hospital'))
    await write(doctor.signer, doctor.author, { network: 'hospital', type: 'patient-registered', custodian, subject }, PATIENT_MEDIA_TYPE, payloadBytes({ v: 1, patient, identifiers: [] }))
    for (let n = 0; n < 8; n++) {
      const text = n === 7 ? 'long '.repeat(documentLength / 5) : `Observation ${n}`
      await write(doctor.signer, doctor.author, { network: 'hospital', type: 'record-created', custodian, subject }, FHIR_MEDIA_TYPE, utf8(JSON.stringify({ resourceType: 'Observation', status: 'final', code: { text }, subject: { reference: 'Patient/p' } })), n % 2 === 1 ? 'anchored' : 'stored')
    }
    await parts.store.write({ decisions: [{ id: newEntryId(), about: 'somebody', bytes: utf8('permitted') }] })
    await coverDecisions(parts)
  } finally {
    await log.stop()
    await instance.close()
  }
}
