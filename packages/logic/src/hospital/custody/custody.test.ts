import { commit, entryBytes, instantText, newEntryId, newSalt, openingFromJson, parseProof, proofBytes, sha256, signEntry, toBase64url, utf8, fromUtf8, type Entry } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import type { SignedEntry } from '../../entries/signed-entry.ts'
import { buildProof } from '../../log/build-proof.ts'
import { startLog } from '../../log/start-log.ts'
import { audit } from '../../maintenance/audit/audit.ts'
import { erasePatient } from '../../maintenance/erase-patient.ts'
import { rebuild } from '../../maintenance/rebuild.ts'
import { createHospitalWorld, observation, patientResource, signImport, type HospitalWorld, type Member } from '../__fixtures__/hospital-world.ts'
import { commitImport } from '../commit-import.ts'
import { prepareImport } from '../prepare-import.ts'
import { listGrants } from '../../consent/list-grants.ts'
import { closeCustody, readRecordOrigin } from './custody.ts'
import { CUSTODY_MEDIA_TYPE, custodyBytes, ORIGIN_MEDIA_TYPE } from './payloads.ts'

async function signed(world: HospitalWorld, by: Member, entry: Pick<Entry, 'type' | 'subject' | 'custodian'>, mediaType: string, payload: Uint8Array): Promise<SignedEntry> {
  const opening = { salt: newSalt(), mediaType, payload }
  const whole: Entry = { v: 1, id: newEntryId(world.clock.now), network: 'hospital', issuedAt: instantText(world.clock.now), author: by.author, payload: toBase64url(commit(opening)), ...entry }
  return { entry: entryBytes(whole), signature: await signEntry(whole, by.signer), opening }
}

/** The proof of a record as it travels: the payload's hash in the place of its bytes. */
async function travelling(world: HospitalWorld, id: string): Promise<string> {
  const file = parseProof(utf8((await buildProof(world.parts, id, { opening: true }))!))
  const opening = openingFromJson(file.opening as never)
  if (!('payload' in opening)) throw new Error('The proof shows no payload.')
  return fromUtf8(proofBytes({ ...file, opening: { salt: toBase64url(opening.salt), mediaType: opening.mediaType, sha256: toBase64url(sha256(opening.payload)) } }))
}

describe('a record that came from another custodian', () => {
  it('carries the proof of the very bytes it holds; rebuild, audit and erasure know it', async () => {
    const world = await createHospitalWorld()
    const { ada, clerkA, doctorB } = world.people
    const log = await startLog(world.parts)
    const resource = observation('A-1', '2020-01-01')
    const admitted = await world.admit({ person: ada, number: 'A-1', resources: [resource, observation('A-1', '2021-01-01')] })
    const direct = await world.give(ada, admitted, { direct: true })
    const consent = await world.give(ada, admitted, { purpose: 'patient-request', grantee: 'hospital-b' })
    await commitImport(world.parts, clerkA.actor, { patient: admitted.patient, entries: await signImport(clerkA, { ...admitted, known: true }, [observation('A-1', '2022-01-01')]), wait: 'sequenced' })

    const prepared = await prepareImport(world.parts, doctorB.actor, [{ system: 'urn:test:mrn', value: 'A-1' }])
    const [, , record] = admitted.records
    const entries = await signImport(doctorB, prepared, [patientResource('A-1'), resource], { identifiers: [{ system: 'urn:test:mrn', value: 'A-1' }] })
    const committed = await commitImport(world.parts, doctorB.actor, { patient: prepared.patient, entries })
    const own = committed.receipts.at(-1)!.id
    const receive = async (proof: string) => commitImport(world.parts, doctorB.actor, { patient: prepared.patient, entries: [await signed(world, doctorB, { type: 'record-received', subject: prepared.subject, custodian: 'hospital-b' }, ORIGIN_MEDIA_TYPE, custodyBytes({ v: 1, record: own, proof }))] })
    await expect(receive(await travelling(world, record!))).rejects.toMatchObject({ code: 'INPUT_MALFORMED', message: 'The proof is of other bytes than the record\'s.' })
    await expect(receive((await buildProof(world.parts, admitted.records[1]!, { opening: true }))!)).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
    await receive(await travelling(world, admitted.records[1]!))
    expect((await readRecordOrigin(world.parts, doctorB.actor, { id: own, purpose: 'treatment' })).value.origin).toMatchObject({ custodian: 'hospital-a', entry: admitted.records[1], author: 'clerk-a' })

    const epochs = async () => (await listGrants(world.parts, doctorB.actor, { limit: 5 })).items[0]?.epochs.length
    expect(await epochs()).toBe(1)
    const close = await signed(world, clerkA, { type: 'custody-transferred', subject: admitted.subject, custodian: 'hospital-a' }, CUSTODY_MEDIA_TYPE, custodyBytes({ v: 1, to: 'hospital-b', consent: consent.id }))
    await closeCustody(world.parts, clerkA.actor, { entry: close })
    // The consent that hands out epoch keys still stands: its grantee gets the next one too.
    expect([await epochs(), direct.id]).toEqual([2, direct.id])
    await log.stop()
    const rows = () => world.parts.store.read(async (view) => Promise.all(['record-origin', 'custody', 'subject', 'record'].map(async (table) => (await view.find({ table, limit: 100 })).rows.map(({ key, indexes }) => [key, indexes]))))
    const before = await rows()
    expect(before.map(({ length }) => length)).toEqual([1, 1, 2, 6])
    await rebuild(world.parts)
    expect(await rows()).toEqual(before)
    await erasePatient(world.parts, { custodian: 'hospital-a', patient: admitted.patient, subjects: [admitted.subject], signer: clerkA.signer, author: clerkA.author })
    const again = await startLog(world.parts)
    await again.stop()
    expect((await rows()).map(({ length }) => length)).toEqual([1, 0, 2, 2])
    expect((await audit(world.parts)).findings).toEqual([])
  })
})
