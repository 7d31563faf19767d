import { setTimeout as pause } from 'node:timers/promises'
import { Command } from 'commander'
import type { CareLedgerClient } from '@careledger/client'
import { signIn } from '../connect.ts'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { contextOf } from './command-context.ts'

type VaultState = Awaited<ReturnType<CareLedgerClient['platform']['vaults']['list']['query']>>['items'][number]
const lookEveryMs = 500

export function vaultCommand(): Command {
  return new Command('vault')
    .description('Key vaults of a running instance, for its operator (docs/key-vault.md).')
    .addCommand(status())
    .addCommand(rotate())
}

function status(): Command {
  return new Command('status')
    .description('Each custodian\'s vault: root generation, health, and how far a rotation is.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { items } = await (await signIn(options)).platform.vaults.list.query({})
      output.result({ items }, items.map(inWords))
      if (items.some(({ ok }) => !ok)) process.exitCode = exitCodes.no
    })
}

function rotate(): Command {
  return new Command('rotate')
    .argument('[custodian]', 'whose vault; default: all')
    .description('Exchanges the keys that wrap patients\' keys, in the background of the running instance; everything stays readable meanwhile. Backups of vault and root from before open no more: make new ones when it is done.')
    .option('--dry-run', 'only say what would be done', false)
    .option('--wait', 'until it is done, with progress', false)
    .action(async (custodian: string | undefined, own: { readonly dryRun: boolean; readonly wait: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const client = await signIn(options)
      const chosen = chosenOf((await client.platform.vaults.list.query({})).items, custodian)
      if (own.dryRun) {
        return output.result({ items: chosen, dryRun: true }, [...chosen.map((vault) => (vault.rotation?.underWay === true ? `${vault.custodian}: a rotation is under way and would go on.` : `${vault.custodian}: ${vault.rotation?.total ?? 0} wrapping keys and the root would be exchanged.`)), 'Nothing was written.'])
      }
      let items: readonly VaultState[] = await Promise.all(chosen.map(async (vault) => (await client.platform.vaults.rotate.mutate({ custodian: vault.custodian })).vault))
      if (own.wait) {
        const progress = output.progress('rotate')
        while (items.some(({ rotation }) => rotation?.underWay === true)) {
          progress.update(sum(items, 'replaced'), sum(items, 'total'))
          await pause(lookEveryMs)
          items = chosenOf((await client.platform.vaults.list.query({})).items, custodian)
        }
        progress.update(sum(items, 'replaced'), sum(items, 'total'))
        progress.end()
      }
      output.result({ items }, items.map(inWords))
    })
}

/** Errors: CommandError where nobody of this name has a vault here whose keys are exchanged here. */
function chosenOf(items: readonly VaultState[], custodian: string | undefined): readonly VaultState[] {
  const chosen = items.filter((vault) => vault.rotation !== undefined && (custodian === undefined || vault.custodian === custodian))
  if (chosen.length === 0) throw new CommandError(exitCodes.no, 'NO_SUCH_VAULT', custodian === undefined ? 'No vault of this instance exchanges its keys here.' : `${custodian} has no vault here that exchanges its keys here. careledger vault status lists them.`)
  return chosen
}

function sum(items: readonly VaultState[], what: 'replaced' | 'total'): number {
  return items.reduce((all, { rotation }) => all + (rotation?.[what] ?? 0), 0)
}

function inWords({ custodian, generation, ok, problems, rotation }: VaultState): string {
  const keys = rotation === undefined ? 'exchanges its keys by itself' : rotation.begun === undefined ? 'keys never exchanged' : `${rotation.replaced} of ${rotation.total} keys exchanged since ${rotation.begun}`
  return `${ok ? '✓' : '✗'} ${custodian}: generation ${generation}, ${keys}${problems.length === 0 ? '' : `. ${problems.join(' ')}`}`
}
