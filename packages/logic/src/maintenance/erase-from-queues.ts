import type { KeyVault } from '@careledger/identity'
import { eraseFromExports } from '../exports/erase-from-exports.ts'
import { eraseFromImports } from '../hospital/import-jobs.ts'
import { eraseFromMessages } from '../hl7v2/erase-from-messages.ts'
import type { Parts } from '../parts.ts'
import { eraseFromSubscriptions } from '../subscriptions/fhir/index.ts'

/**
 * Destroys what waits or lies ready outside a patient's own keys and holds something of theirs: lines in exports, parked HL7 v2 messages, names of
 * imported files, Subscriptions to what happens to them. It is sealed under the organisation's key, so it would outlive the patient's. Idempotent; runs before the patient's rows go,
 * because they say by which numbers the patient is found.
 */
export async function eraseFromQueues(parts: Parts, vault: KeyVault, patient: string): Promise<void> {
  await eraseFromMessages(parts, vault, patient)
  await eraseFromImports(parts, vault, patient)
  await eraseFromExports(parts, vault.custodian, patient)
  await eraseFromSubscriptions(parts, patient)
}
