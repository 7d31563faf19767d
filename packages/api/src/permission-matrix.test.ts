import { createCareLedgerClient, revocationDraft, signAs } from '@careledger/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { INPUTS, outcomeOf } from './__fixtures__/inputs.ts'
import { enrol, newKey, startInstance } from './__fixtures__/instance.ts'
import type { PersonName, TestInstance } from './__fixtures__/instance.ts'
import { operationsByName } from './operation.ts'
import { createOperations } from './operations/index.ts'
import { MATRIX_ROLES, permissionMatrix, permissionTable } from './permission-matrix.ts'
import type { MatrixRole } from './permission-matrix.ts'

const operations = operationsByName(createOperations())
const contracts = [...operations.values()].map((operation) => operation.contract)
const matrix = permissionMatrix(contracts)

/** A well-formed call that gets past its rule may still be refused for its object; these two it never meets. */
const NOT_PAST = { anonymous: 'NOT_SIGNED_IN', other: 'NOT_ALLOWED' } as const

const WHO: Readonly<Record<Exclude<MatrixRole, 'anonymous'>, PersonName>> = {
  patient: 'patient-a', doctor: 'doctor-a', 'records-clerk': 'clerk-a', 'privacy-officer': 'officer-a', system: 'system-a', organisation: 'hospital-a', operator: 'operator', platform: 'platform',
}

/** Of the operations that a role may call, what its empty-handed call is answered with. Objects that do not exist look like objects not allowed. */
const EMPTY_HANDED: Readonly<Record<string, string>> = {
  'session.start': 'NOT_SIGNED_IN',
  'session.endOther': 'NOT_ALLOWED',
  'identity.devices.ask': 'PROOF_OF_POSSESSION_INVALID',
  'identity.devices.asked': 'NOT_ALLOWED',
  'identity.devices.add': 'INPUT_MALFORMED',
  'identity.devices.rename': 'NOT_ALLOWED',
  'identity.passkeys.add': 'NOT_SIGNED_IN',
  'identity.passkeys.unlock': 'KEY_UNKNOWN',
  'identity.passkeys.remove': 'NOT_ALLOWED',
  'identity.recovery.arrange': 'INPUT_MALFORMED',
  'identity.recovery.request': 'INPUT_MALFORMED',
  'identity.recovery.approve': 'INPUT_MALFORMED',
  'identity.recovery.stop': 'INPUT_MALFORMED',
  'identity.recovery.state': 'PROOF_OF_POSSESSION_INVALID',
  'identity.recovery.complete': 'PROOF_OF_POSSESSION_INVALID',
  'identity.chain': 'NOT_ALLOWED',
  'identity.enrol': 'INPUT_MALFORMED',
  'identity.revoke': 'INPUT_MALFORMED',
  'identity.recognise': 'INPUT_MALFORMED',
  'identity.enrolmentProof': 'NOT_ALLOWED',
  'hospital.audit.proof': 'NOT_ALLOWED',
  'hospital.patients.read': 'NOT_ALLOWED',
  'hospital.records.list': 'NOT_ALLOWED',
  'hospital.records.read': 'NOT_ALLOWED',
  'hospital.records.readByLedgerId': 'NOT_ALLOWED',
  'hospital.records.proof': 'NOT_ALLOWED',
  'hospital.chart.summary': 'NOT_ALLOWED',
  'hospital.chart.timeline': 'NOT_ALLOWED',
  'hospital.chart.trends': 'NOT_ALLOWED',
  'hospital.chart.medications': 'NOT_ALLOWED',
  'hospital.chart.news': 'NOT_ALLOWED',
  'hospital.chart.detail': 'NOT_ALLOWED',
  'hospital.imports.commit': 'NOT_ALLOWED',
  'hospital.attachments.prepare': 'NOT_ALLOWED',
  'hospital.attachments.add': 'INPUT_MALFORMED',
  'hospital.attachments.begin': 'NOT_ALLOWED',
  'hospital.attachments.append': 'INPUT_MALFORMED',
  'hospital.attachments.uploads': 'NOT_ALLOWED',
  'hospital.attachments.discard': 'NOT_ALLOWED',
  'hospital.attachments.read': 'NOT_ALLOWED',
  'hospital.attachments.list': 'NOT_ALLOWED',
  'hospital.exports.status': 'NOT_ALLOWED',
  'hospital.exports.part': 'NOT_ALLOWED',
  'hospital.exports.cancel': 'NOT_ALLOWED',
  'hospital.messages.read': 'NOT_ALLOWED',
  'hospital.messages.replay': 'NOT_ALLOWED',
  'hospital.messages.setAside': 'NOT_ALLOWED',
  'hospital.fhirSubscriptions.read': 'NOT_ALLOWED',
  'hospital.fhirSubscriptions.create': 'FHIR_INVALID',
  'hospital.fhirSubscriptions.update': 'FHIR_INVALID',
  'hospital.fhirSubscriptions.remove': 'NOT_ALLOWED',
  'hospital.subscriptions.create': 'INPUT_MALFORMED',
  'hospital.subscriptions.retry': 'NOT_ALLOWED',
  'hospital.subscriptions.remove': 'NOT_ALLOWED',
  'hospital.imports.jobs.settle': 'NOT_ALLOWED',
  'hospital.imports.jobs.read': 'NOT_ALLOWED',
  'hospital.writing.prepare': 'NOT_ALLOWED',
  'hospital.writing.check': 'NOT_ALLOWED',
  'hospital.writing.commit': 'INPUT_MALFORMED',
  'hospital.retention.set': 'INPUT_MALFORMED',
  'hospital.retention.hold': 'INPUT_MALFORMED',
  'hospital.retention.release': 'INPUT_MALFORMED',
  'hospital.retention.answer': 'NOT_ALLOWED',
  'hospital.delegations.consents': 'NOT_ALLOWED',
  'hospital.passing.prepare': 'NOT_ALLOWED',
  'hospital.passing.give': 'INPUT_MALFORMED',
  'hospital.passing.end': 'INPUT_MALFORMED',
  'hospital.delegations.give': 'INPUT_MALFORMED',
  'hospital.delegations.end': 'INPUT_MALFORMED',
  'hospital.consents.receipt': 'NOT_ALLOWED',
  'hospital.consents.toFhir': 'NOT_ALLOWED',
  'hospital.consents.fromFhir': 'INPUT_MALFORMED',
  'hospital.consents.give': 'INPUT_MALFORMED',
  'hospital.consents.withdraw': 'INPUT_MALFORMED',
  'hospital.requests.answer': 'NOT_ALLOWED',
  'hospital.access.explain': 'NOT_ALLOWED',
  'hospital.emergency.open': 'INPUT_MALFORMED',
  'hospital.emergency.end': 'INPUT_MALFORMED',
  'hospital.emergency.review': 'INPUT_MALFORMED',
  'session.account.begin': 'NOT_ALLOWED',
  'session.account.finish': 'NOT_ALLOWED',
  'identity.roles.give': 'INPUT_MALFORMED',
  'identity.roles.status': 'INPUT_MALFORMED',
  'identity.roles.file': 'NOT_ALLOWED',
  'identity.roles.statusList': 'NOT_ALLOWED',
  'identity.accounts.link': 'INPUT_MALFORMED',
  'identity.accounts.unlink': 'INPUT_MALFORMED',
  'hospital.custody.origin': 'NOT_ALLOWED',
  'hospital.custody.prepare': 'NOT_ALLOWED',
  'hospital.custody.close': 'INPUT_MALFORMED',
  'hospital.custody.state': 'NOT_ALLOWED',
  'hospital.custody.receipt': 'NOT_ALLOWED',
  'hospital.custody.attachments': 'NOT_ALLOWED',
  'hospital.custody.offer': 'INPUT_MALFORMED',
  'hospital.custody.writeOrder': 'INPUT_MALFORMED',
  'hospital.erasures.request': 'INPUT_MALFORMED',
  'hospital.erasures.case': 'NOT_ALLOWED',
  'hospital.erasures.decide': 'INPUT_MALFORMED',
  'hospital.erasures.certificate': 'NOT_ALLOWED',
  'hospital.mpi.compare': 'NOT_ALLOWED',
  'hospital.mpi.decide': 'INPUT_MALFORMED',
  'hospital.mpi.records': 'NOT_ALLOWED',
  'hospital.fhir.read': 'NOT_ALLOWED',
  'hospital.fhir.history': 'NOT_ALLOWED',
  'hospital.fhir.everything': 'NOT_ALLOWED',
  'hospital.fhir.create': 'INPUT_MALFORMED',
  'hospital.fhir.update': 'INPUT_MALFORMED',
  'hospital.fhir.patch': 'NOT_ALLOWED',
  'hospital.fhir.transaction': 'FHIR_INVALID',
  'hospital.links.create': 'INPUT_MALFORMED',
  'hospital.links.update': 'INPUT_MALFORMED',
  'hospital.links.stop': 'NOT_ALLOWED',
  'hospital.links.open': 'NOT_ALLOWED',
  'hospital.links.file': 'NOT_ALLOWED',
  'hospital.cards.issue': 'NOT_ALLOWED',
  'hospital.cards.choices': 'NOT_ALLOWED',
  'hospital.cards.revoke': 'NOT_ALLOWED',
  'hospital.cards.enrol': 'INPUT_MALFORMED',
  'hospital.cards.revokeKey': 'INPUT_MALFORMED',
  'hospital.summary.read': 'NOT_ALLOWED',
  'platform.vaults.rotate': 'INPUT_MALFORMED',
  'platform.moves.read': 'INPUT_MALFORMED',
  'platform.moves.plan': 'INPUT_MALFORMED',
  'platform.moves.start': 'INPUT_MALFORMED',
  'platform.moves.pause': 'INPUT_MALFORMED',
  'platform.moves.resume': 'INPUT_MALFORMED',
  'platform.moves.cancel': 'INPUT_MALFORMED',
  'platform.membership.grant': 'INPUT_MALFORMED',
  'platform.membership.revoke': 'INPUT_MALFORMED',
  'demo.people': 'NOT_ALLOWED',
}

let instance: TestInstance
beforeAll(async () => {
  instance = await startInstance()
})
afterAll(() => instance.stop())

describe('the permission matrix', () => {
  it('has a row for every operation and an input to try it with', () => {
    expect(matrix.map((row) => row.operation).sort()).toEqual(Object.keys(INPUTS).sort())
  })

  it('is as reviewed', async () => {
    await expect(permissionTable(matrix)).toMatchFileSnapshot('../../../docs/permission-matrix.md')
  })

  it.each(MATRIX_ROLES.filter((role) => role !== 'anonymous'))('holds in every cell for %s, over HTTP', async (role) => {
    const cells: Record<string, string> = {}
    const client = await instance.as(WHO[role])
    for (const row of [...matrix].sort((a, b) => Number(a.operation === 'session.end') - Number(b.operation === 'session.end'))) {
      const kind = operations.get(row.operation)?.contract.kind ?? 'query'
      const outcome = await outcomeOf(instance, client, row.operation, kind, INPUTS[row.operation])
      const expected = row.cells[role] === 'no' ? NOT_PAST.other : (EMPTY_HANDED[row.operation] ?? 'OK')
      if (outcome !== expected) cells[row.operation] = `${outcome} instead of ${expected}`
    }
    expect(cells).toEqual({})
  })

  it('holds for nobody: public operations only', async () => {
    for (const row of matrix) {
      const kind = operations.get(row.operation)?.contract.kind ?? 'query'
      const outcome = await outcomeOf(instance, undefined, row.operation, kind, INPUTS[row.operation])
      expect([row.operation, outcome]).toEqual([row.operation, row.cells.anonymous === 'no' ? NOT_PAST.anonymous : (EMPTY_HANDED[row.operation] ?? 'OK')])
    }
  })

  it('gives a revoked key nothing but what is public, from the very next call on', async () => {
    const key = await newKey()
    const hospital = await instance.as('hospital-a')
    await enrol(hospital, { party: 'doctor-c', kind: 'person', organisation: 'hospital-a', roles: ['doctor'], key: key.signer.publicJwk }, 'hospital-a')
    const client = createCareLedgerClient({ url: instance.url })
    await client.signIn(key.signer)
    await client.session.me.query({})
    await hospital.identity.revoke.mutate({ entry: await signAs(hospital, revocationDraft(key.signer.key, 'hospital-a')) })
    for (const row of matrix.filter(({ rule }) => rule !== 'public')) {
      const kind = operations.get(row.operation)?.contract.kind ?? 'query'
      expect([row.operation, await outcomeOf(instance, client, row.operation, kind, INPUTS[row.operation])]).toEqual([row.operation, 'KEY_REVOKED'])
    }
    await expect(createCareLedgerClient({ url: instance.url }).signIn(key.signer)).rejects.toMatchObject({ code: 'KEY_REVOKED' })
  })
})
