import { randomBytes } from 'node:crypto'
import { createDataKeys, KEY_BYTES } from './data-keys.ts'
import type { Destroyed, KeyVault, PatientKeys } from './key-vault.ts'
import { createOrganisationKeys } from './organisation-keys.ts'
import { patientIdBytes } from './patient-id.ts'
import { VaultError } from './vault-error.ts'

interface PatientState {
  readonly key: Uint8Array
  readonly secrets: Map<string, Uint8Array>
}

/**
 * The in-memory twin of the port: passes every clause but durability. Its keys end with the process; for tests and for looking around.
 * Errors of its calls: VAULT_DESTROYED, VAULT_CLOSED, VAULT_UNSEAL_FAILED.
 */
export function createInMemoryVault(options: { readonly custodian: string }): KeyVault {
  const patients = new Map<string, PatientState>()
  const destroyed = new Map<string, Destroyed>()
  const organisationKey = randomBytes(KEY_BYTES)
  let generation = 1n
  let closed = false

  const assertOpen = () => {
    if (closed) throw new VaultError('VAULT_CLOSED', 'The vault is closed.')
  }
  const assertLive = (patient: string) => {
    assertOpen()
    if (destroyed.has(patient)) throw new VaultError('VAULT_DESTROYED', 'The patient\'s keys were destroyed.')
  }

  return {
    specVersion: 'v1',
    custodian: options.custodian,
    async createPatient(patient) {
      patientIdBytes(patient)
      assertLive(patient)
      if (!patients.has(patient)) patients.set(patient, { key: randomBytes(KEY_BYTES), secrets: new Map() })
    },
    async patient(patient) {
      assertOpen()
      const state = patients.get(patient)
      return state === undefined ? undefined : patientKeys(state, () => assertLive(patient))
    },
    async organisation() {
      assertOpen()
      return createOrganisationKeys(organisationKey, assertOpen)
    },
    async destroy(patient) {
      patientIdBytes(patient)
      assertOpen()
      const former = destroyed.get(patient)
      if (former !== undefined) return former
      const state = patients.get(patient)
      const result = { before: generation, after: state === undefined ? generation : generation + 1n }
      generation = result.after
      destroyed.set(patient, result)
      patients.delete(patient)
      if (state !== undefined) forget(state)
      return result
    },
    async generation() {
      assertOpen()
      return generation
    },
    async health() {
      return closed ? { ok: false, problems: ['The vault is closed.'] } : { ok: true, problems: [] }
    },
    async close() {
      closed = true
      for (const state of patients.values()) forget(state)
      patients.clear()
      organisationKey.fill(0)
    },
  }
}

function patientKeys(state: PatientState, assertUsable: () => void): PatientKeys {
  return {
    ...createDataKeys(state.key, assertUsable),
    async subjectSecret(network) {
      assertUsable()
      let secret = state.secrets.get(network)
      if (secret === undefined) state.secrets.set(network, (secret = randomBytes(KEY_BYTES)))
      return new Uint8Array(secret)
    },
  }
}

function forget(state: PatientState): void {
  state.key.fill(0)
  for (const secret of state.secrets.values()) secret.fill(0)
}
