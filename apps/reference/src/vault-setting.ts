import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createKvRootStore, type RootStore } from '@careledger/identity'
import { z } from 'zod'
import { SettingsError } from './settings-error.ts'

/** What the environment says of where vaults' roots are kept, when not in files. */
export const vaultEnvironment = {
  /** Address of a HashiCorp Vault or OpenBao whose KV version 2 engine keeps the roots; absent: files. */
  CARELEDGER_KV: z.url({ protocol: /^https?$/ }).optional(),
  /** File of its token, read at each call: an agent may renew it. */
  CARELEDGER_KV_TOKEN_FILE: z.string().min(1).optional(),
  CARELEDGER_KV_MOUNT: z.string().regex(/^[\w-]+(?:\/[\w-]+)*$/).default('secret'),
  /** Folder of the roots; another one for each instance. */
  CARELEDGER_KV_FOLDER: z.string().regex(/^[\w.-]+(?:\/[\w.-]+)*$/).default('careledger'),
  CARELEDGER_KV_NAMESPACE: z.string().min(1).optional(),
}

/** Where each custodian's root is kept; `undefined`: in a file. Errors: SettingsError. */
export function toRootStores(data: z.output<z.ZodObject<typeof vaultEnvironment>>): ((custodian: string) => RootStore) | undefined {
  const { CARELEDGER_KV: address, CARELEDGER_KV_TOKEN_FILE: tokenFile, CARELEDGER_KV_MOUNT: mount, CARELEDGER_KV_FOLDER: folder, CARELEDGER_KV_NAMESPACE: namespace } = data
  if ((address === undefined) !== (tokenFile === undefined)) throw new SettingsError('CARELEDGER_KV and CARELEDGER_KV_TOKEN_FILE come together: a server that keeps the vaults\' roots and the file of its token.')
  if (address === undefined || tokenFile === undefined) return undefined
  const path = resolve(tokenFile)
  return (custodian) => {
    try {
      return createKvRootStore({ address, token: async () => (await readFile(path, 'utf8')).trim(), custodian, mount, folder, namespace })
    } catch (cause) {
      throw new SettingsError('CARELEDGER_KV is an https address, or http on this machine.', { cause })
    }
  }
}
