import { beginRotation, isUnderWay, readVaults, type VaultState } from '@careledger/logic'
import type { z } from 'zod'
import { contracts } from '../contracts/index.ts'
import { implement, type OperationsOf } from '../operation.ts'

type Output = z.input<typeof contracts.platform.vaults.list.output>['items'][number]

/** The custodians' vaults; the work itself is housekeeping's. */
export const vaultOperations: OperationsOf<typeof contracts.platform.vaults> = {
  list: implement(contracts.platform.vaults.list, async ({ parts }) => ({ items: (await readVaults(parts)).map(toOutput) })),
  rotate: implement(contracts.platform.vaults.rotate, async ({ parts }, { custodian }) => ({ vault: toOutput(await beginRotation(parts, custodian)) })),
}

function toOutput({ custodian, generation, ok, problems, rotation }: VaultState): Output {
  return {
    custodian, generation: String(generation), ok, problems: [...problems],
    ...(rotation === undefined ? {} : { rotation: { ...(rotation.begun === undefined ? {} : { begun: rotation.begun.toISOString() }), replaced: rotation.replaced, total: rotation.total, underWay: isUnderWay(rotation) } }),
  }
}
