import type { KeyVault, RotationStatus } from '@careledger/identity'
import { LogicError } from '../logic-error.ts'
import type { Parts } from '../parts.ts'

/** One custodian's vault as its operator sees it. */
export interface VaultState {
  readonly custodian: string
  /** Of its root. */
  readonly generation: bigint
  readonly ok: boolean
  readonly problems: readonly string[]
  /** Absent: this vault's wrapping keys are exchanged where it lives (an HSM, a KMS), not here. */
  readonly rotation?: RotationStatus | undefined
}

export async function readVaults(parts: Pick<Parts, 'vaults'>): Promise<readonly VaultState[]> {
  return Promise.all([...parts.vaults.keys()].sort().map((custodian) => stateOf(vaultOf(parts, custodian))))
}

/**
 * Begins to exchange the keys that wrap patients' keys in one vault, unless that is under way; `runRotations` does it. Errors:
 * INPUT_MALFORMED where there is no such vault, or it does this by itself; those of the vault.
 */
export async function beginRotation(parts: Pick<Parts, 'vaults' | 'now'>, custodian: string): Promise<VaultState> {
  const vault = vaultOf(parts, custodian)
  if (vault.rotation === undefined) throw new LogicError('INPUT_MALFORMED', `The vault of ${custodian} exchanges its wrapping keys by itself.`)
  await vault.rotation.begin(parts.now())
  return stateOf(vault)
}

/**
 * Takes every rotation that has begun to its end, step by step; others write between two steps. Any number of processes may do it, and whoever comes
 * after one that was killed goes on where it ended. Gives the steps made. Errors: those of the vaults.
 */
export async function runRotations(parts: Pick<Parts, 'vaults'>, signal?: AbortSignal): Promise<number> {
  let steps = 0
  for (const custodian of parts.vaults.keys()) {
    const { rotation } = vaultOf(parts, custodian)
    if (rotation === undefined) continue
    for (let status = await rotation.status(); isUnderWay(status) && signal?.aborted !== true; steps++) status = await rotation.step()
  }
  return steps
}

export function isUnderWay({ begun, replaced, total }: RotationStatus): boolean {
  return begun !== undefined && replaced < total
}

function vaultOf({ vaults }: Pick<Parts, 'vaults'>, custodian: string): KeyVault {
  const vault = vaults.get(custodian)
  if (vault === undefined) throw new LogicError('INPUT_MALFORMED', `There is no vault of ${custodian} here.`)
  return vault
}

async function stateOf(vault: KeyVault): Promise<VaultState> {
  const { ok, problems } = await vault.health()
  return { custodian: vault.custodian, generation: await vault.generation(), ok, problems, ...(vault.rotation === undefined ? {} : { rotation: await vault.rotation.status() }) }
}
