import { fromBase64url, toBase64url } from '@careledger/proof'
import { KEY_BYTES } from '../data-keys.ts'
import type { Root, RootFile, RootStore } from '../file/root-file.ts'
import { VaultError } from '../vault-error.ts'
import { kvClient, type KvSettings } from './kv-client.ts'

export interface KvRootStoreSettings extends KvSettings {
  /** Organisation id; the secret is called so. */
  readonly custodian: string
}

/** What one version of the secret holds. */
interface Stored { readonly generation: bigint; readonly key: Uint8Array; readonly version: number }

/**
 * Keeps root R of a file vault in a KV version 2 secrets engine (HashiCorp Vault, OpenBao) instead of a file: each generation is a version of one secret,
 * written by check-and-set, and the former ones are *destroyed*, which the engine does for good. So an erased patient's keys are gone from wherever the engine keeps its
 * data, with its own guarantees and audit trail, and no disk of this machine ever held the root. Errors: VAULT_ROOT_UNAVAILABLE, VAULT_CORRUPT. Source: KV v2 HTTP API.
 */
export function createKvRootStore(settings: KvRootStoreSettings): RootStore {
  const kv = kvClient(settings)
  const name = settings.custodian
  const read = async (): Promise<Stored | undefined> => {
    const found = await kv.read(name)
    return found === undefined ? undefined : { ...decode(found.data), version: found.version }
  }
  return {
    async open() {
      const newest = await read()
      return newest === undefined ? undefined : rootOf(newest)
    },
    async create(root) {
      // Another process that makes the same vault at the same time is told that the secret is there.
      return rootOf({ ...root, version: await kv.write(name, encode(root), 0) })
    },
  }

  function rootOf(newest: Stored): RootFile {
    let current = newest
    return {
      get root() {
        return current
      },
      async advance(next) {
        current = { ...next, version: await kv.write(name, encode(next), current.version) }
      },
      async destroyFormer() {
        const former = await kv.formerVersions(name, current.version)
        if (former.length > 0) await kv.destroy(name, former)
      },
      async reload() {
        const found = await read()
        if (found === undefined || found.generation < current.generation) throw new VaultError('VAULT_ROOT_MISMATCH', 'The root has become older, or is gone: another copy was put in its place.', { details: { custodian: name } })
        current = found
        return { former: (await kv.formerVersions(name, found.version)).length > 0 }
      },
      close: async () => undefined,
    }
  }
}

function encode({ generation, key }: Root): Readonly<Record<string, string>> {
  return { format: 'careledger-root1', generation: generation.toString(), root: toBase64url(key) }
}

function decode(data: Readonly<Record<string, unknown>>): Root {
  const { format, generation, root } = data
  if (format === 'careledger-root1' && typeof generation === 'string' && /^[1-9][0-9]{0,18}$/.test(generation) && typeof root === 'string') {
    const key = fromBase64url(root)
    if (key.length === KEY_BYTES) return { generation: BigInt(generation), key }
  }
  throw new VaultError('VAULT_CORRUPT', 'The secret is no root of a vault.', { details: { file: 'root' } })
}
