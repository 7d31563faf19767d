import { createDataKeys, deriveKey } from './data-keys.ts'
import type { OrganisationKeys } from './key-vault.ts'

/** Keys of the organisation key O; a network's slot key is derived from it and the network's name. */
export function createOrganisationKeys(key: Uint8Array, assertUsable: () => void): OrganisationKeys {
  return {
    ...createDataKeys(key, assertUsable),
    slotKey(network) {
      assertUsable()
      return deriveKey(key, `slot|${network}`)
    },
  }
}
