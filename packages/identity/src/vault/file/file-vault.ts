import { randomBytes } from 'node:crypto'
import { createDataKeys, KEY_BYTES, sealBytes } from '../data-keys.ts'
import type { KeyVault, PatientKeys } from '../key-vault.ts'
import { createOrganisationKeys } from '../organisation-keys.ts'
import { patientIdBytes } from '../patient-id.ts'
import { VaultError } from '../vault-error.ts'
import { createBoundedMap } from '../../bounded-map.ts'
import { commitDestroy } from './commit-destroy.ts'
import type { VaultTurn } from './file-lock.ts'
import { DESTROYED, encodeRecord, PATIENT_KEY, recordAssociatedData, SUBJECT_SECRET } from './journal-record.ts'
import { findDestroyed, findPatientKey, findSubjectSecret, type KeyTree } from './key-tree.ts'
import { takeOver } from './replace-shard-keys.ts'
import { beginRotation, rotationStatus, stepRotation } from './rotate-keys.ts'
import { shardOf } from './shard-table.ts'
import { readTable, removeFormerTables, type OpenVault, type VaultPlace } from './vault-directory.ts'
import { createWriteQueue } from './write-queue.ts'

export interface FileVault {
  readonly vault: KeyVault
  /** Refuses everything from now on with this error, but for `close`. */
  stop(error: VaultError): void
  /** Takes in what other processes have written. Only in this process's turn. Errors: VAULT_CORRUPT, VAULT_ROOT_MISMATCH, VAULT_BROKEN; the disk's own. */
  readOn(): Promise<void>
}

/** The vault over its open files. `release` gives up the lock. `turn`: other processes have the vault open too. `keysPerStep` of a rotation: for tests. */
export function fileVault(place: VaultPlace, opened: OpenVault, options: { readonly cacheSize: number; readonly release: () => Promise<void>; readonly turn?: VaultTurn | undefined; readonly keysPerStep?: number | undefined }): FileVault {
  const { root, journal, index } = opened
  const tree: KeyTree = { journal, index, table: opened.table }
  const organisationKey = new Uint8Array(opened.table.organisationKey)
  const keys = createBoundedMap<string, Uint8Array>(options.cacheSize)
  const secrets = createBoundedMap<string, Uint8Array>(options.cacheSize)
  const underWay = new Map<string, Promise<void>>()
  const destroyedHere = new Set<string>()
  let stopped: VaultError | undefined
  let closing: Promise<void> | undefined

  const assertUsable = () => {
    if (stopped !== undefined) throw stopped
  }
  const assertLive = (patient: string) => {
    assertUsable()
    if (destroyedHere.has(patient)) throw destroyedError()
  }
  const failed = (cause: unknown): VaultError => {
    if (cause instanceof VaultError) {
      if (cause.code === 'VAULT_BROKEN') stopped ??= cause
      return cause
    }
    return new VaultError('VAULT_WRITE_FAILED', 'The vault could not write; nothing was changed.', { cause })
  }
  const queue = createWriteQueue((records) =>
    journal.append(root.root.generation, records).catch((error: unknown) => {
      throw failed(error)
    }),
    options.turn?.run,
  )
  const forgetPatient = (patient: string): void => {
    destroyedHere.add(patient)
    keys.get(patient)?.fill(0)
    keys.delete(patient)
    secrets.deleteWhere((name) => name.endsWith(`/${patient}`))
  }
  let lookingAhead: Promise<void> | undefined
  /** Sees all that any process had done before the call. Callers that wait for the same turn share it; whoever comes later takes the next one. */
  const current = async (): Promise<void> => {
    const { turn } = options
    assertUsable()
    if (turn === undefined || turn.held || !journal.moved()) return
    if (lookingAhead === undefined) {
      const mine = turn.run(async () => {}).finally(() => {
        if (lookingAhead === mine) lookingAhead = undefined
      })
      lookingAhead = mine
    }
    await lookingAhead
  }
  const readOn = async (): Promise<void> => {
    lookingAhead = undefined
    if (stopped !== undefined || !journal.moved()) return
    const former = root.root.generation
    const { former: leftover } = await root.reload()
    const { generation } = root.root
    const table = generation === former ? undefined : await readTable(place, root.root)
    const found = await journal.readOn(generation)
    // Together, so that nobody looks for a key of a moved shard between the two.
    if (table !== undefined) takeOver(tree, table)
    for (const { record, offset } of found) {
      index.add(record, offset)
      if (record.kind === DESTROYED) forgetPatient(record.patient.toString('utf8'))
    }
    // Its writer was killed in the middle: whoever comes next finishes it.
    if (leftover) await root.destroyFormer()
    if (table !== undefined) await removeFormerTables(place, generation).catch(() => {})
  }
  /** Alone among everything that changes the vault. */
  const alone = <T>(body: () => Promise<T>): Promise<T> =>
    queue.exclusive(async () => {
      assertUsable()
      try {
        return await body()
      } catch (error) {
        throw failed(error)
      }
    })
  /** Joins callers that want the same record at the same time. */
  const once = (name: string, job: Parameters<typeof queue.append>[0]): Promise<void> => {
    const present = underWay.get(name)
    if (present !== undefined) return present
    const started = queue.append(job).finally(() => underWay.delete(name))
    underWay.set(name, started)
    return started
  }

  const patientKey = async (patient: string, id: Buffer): Promise<Uint8Array | undefined> => {
    const cached = keys.get(patient)
    if (cached !== undefined) return cached
    const found = await findPatientKey(tree, id).catch((error: unknown) => {
      assertUsable()
      throw error
    })
    assertUsable()
    if (found === undefined || destroyedHere.has(patient)) return undefined
    keys.set(patient, found)
    return found
  }

  const subjectSecret = async (patient: string, id: Buffer, key: Uint8Array, networkName: string): Promise<Uint8Array> => {
    assertLive(patient)
    const network = networkBytes(networkName)
    const name = `${networkName}/${patient}`
    for (;;) {
      const known = secrets.get(name) ?? (await findSubjectSecret(tree, id, network, key).catch((error: unknown) => {
        assertLive(patient)
        throw error
      }))
      assertLive(patient)
      if (known !== undefined) {
        secrets.set(name, known)
        return new Uint8Array(known)
      }
      const record = { kind: SUBJECT_SECRET, shard: shardOf(id), patient: id, network } as const
      await once(`secret/${name}`, {
        async build() {
          assertLive(patient)
          if (options.turn !== undefined && (await findSubjectSecret(tree, id, network, key)) !== undefined) return undefined
          return encodeRecord({ ...record, content: Buffer.from(sealBytes(key, randomBytes(KEY_BYTES), recordAssociatedData(record))) })
        },
        written: (offset) => index.add(record, offset),
      })
    }
  }

  const vault: KeyVault = {
    specVersion: 'v1',
    custodian: place.custodian,
    async createPatient(patient) {
      const id = patientIdBytes(patient)
      await current()
      assertLive(patient)
      if (keys.get(patient) !== undefined) return
      const record = { kind: PATIENT_KEY, shard: shardOf(id), patient: id, network: Buffer.alloc(0) } as const
      await once(`patient/${patient}`, {
        async build() {
          assertLive(patient)
          if ((await findDestroyed(tree, id)) !== undefined) throw destroyedError()
          if ((await patientKey(patient, id)) !== undefined) return undefined
          return encodeRecord({ ...record, content: Buffer.from(sealBytes(tree.table.shard(record.shard).key, randomBytes(KEY_BYTES), recordAssociatedData(record))) })
        },
        written: (offset) => index.add(record, offset),
      })
    },
    async patient(patient) {
      await current()
      assertUsable()
      if (destroyedHere.has(patient)) return undefined
      const id = patientIdBytes(patient)
      const key = await patientKey(patient, id)
      if (key === undefined) return undefined
      return handle(key, () => assertLive(patient), (network) => subjectSecret(patient, id, key, network))
    },
    async organisation() {
      assertUsable()
      return createOrganisationKeys(organisationKey, assertUsable)
    },
    async destroy(patient) {
      const id = patientIdBytes(patient)
      assertUsable()
      return alone(async () => (await findDestroyed(tree, id)) ?? commitDestroy(place, root, tree, id, () => forgetPatient(patient)))
    },
    rotation: {
      async status() {
        await current()
        assertUsable()
        return rotationStatus(tree)
      },
      begin: (now) => alone(() => beginRotation(root, tree, now)),
      step: () => alone(() => stepRotation(place, root, tree, options.keysPerStep)),
    },
    async generation() {
      await current()
      assertUsable()
      return root.root.generation
    },
    async health() {
      return { ok: stopped === undefined, problems: stopped === undefined ? opened.problems : [...opened.problems, stopped.message] }
    },
    async close() {
      closing ??= (async () => {
        stopped ??= new VaultError('VAULT_CLOSED', 'The vault is closed.')
        await queue.idle()
        await options.turn?.close()
        for (const key of [organisationKey, ...keys.values(), ...secrets.values()]) key.fill(0)
        tree.table.forget()
        await journal.close()
        await root.close()
        await options.release()
      })()
      await closing
    },
  }
  return { vault, stop: (error) => void (stopped ??= error), readOn }
}

function handle(key: Uint8Array, assertUsable: () => void, subjectSecret: PatientKeys['subjectSecret']): PatientKeys {
  return { ...createDataKeys(key, assertUsable), subjectSecret }
}

function networkBytes(network: string): Buffer {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(network)) throw new TypeError('A network name has 1 to 31 characters of a-z, 0-9 and -.')
  return Buffer.from(network, 'utf8')
}

function destroyedError(): VaultError {
  return new VaultError('VAULT_DESTROYED', 'The patient\'s keys were destroyed.')
}

