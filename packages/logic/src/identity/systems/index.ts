import { keyPublished, systemKeysPublished, systemKeysTable } from './system-entries.ts'

export { createPublishedBySystems } from './published-by-systems.ts'

/** Entry types of systems' published keys, and the table they fill. */
export const systemTypes = { 'system-keys-published': systemKeysPublished, 'key-published': keyPublished }
export const systemTableDefinitions = { [systemKeysTable]: { readBack: true } } as const
