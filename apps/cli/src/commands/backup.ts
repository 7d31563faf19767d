import { join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import type { Instance, Settings } from '@careledger/reference'
import { CommandError, exitCodes } from '../exit-codes.ts'
import type { GlobalOptions } from '../global-options.ts'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

interface BackupOptions { readonly into: boolean; readonly keep?: number }

export function backupCommand(): Command {
  return new Command('backup')
    .argument('<folder>', 'a new or empty folder; with --into, the folder that all backups go into')
    .description("Copies the instance's data: store, documents, vaults, ledger journal. The vaults' roots and the instance's signing keys are not in it: keep those elsewhere. On PostgreSQL api processes may go on, and workers too unless they write an embedded ledger; otherwise the instance must be stopped.")
    .option('--into', 'make a new folder in it, named after the time', false)
    .option('--keep <n>', 'with --into: remove all but the newest n backups there, when this one is whole', count)
    .action(async (folder: string, own: BackupOptions, command: Command) => {
      const { options, output } = contextOf(command)
      if (own.keep !== undefined && !own.into) throw new CommandError(exitCodes.usage, 'USAGE', '--keep goes with --into.')
      const { addToBackupHistory, backupInstance, removeOldBackups } = await import('@careledger/reference')
      const settings = await settingsOf(options)
      const place = own.into ? join(folder, new Date().toISOString().replace(/[:.]/g, '-')) : folder
      const instance = await openForBackup(options, settings)
      try {
        const began = performance.now()
        const progress = output.progress('backup')
        const manifest = await backupInstance(instance, settings, place, (done, total) => progress.update(done, total))
        progress.end()
        const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
        addToBackupHistory(settings.dataDirectory, { backup: { at: manifest.at, logSize: manifest.v === 1 ? 0 : manifest.log.size, bytes, seconds: Math.round((performance.now() - began) / 100) / 10 } })
        const removed = own.keep === undefined ? [] : removeOldBackups(folder, own.keep)
        output.result({ folder: place, removed, ...manifest }, [
          `Wrote ${manifest.files.length} files, ${bytes} bytes, to ${place}.`,
          ...(removed.length === 0 ? [] : [`Removed ${removed.length} older ${removed.length === 1 ? 'backup' : 'backups'}.`]),
          `Not in it, on purpose: ${settings.dataDirectory}/keys and ${settings.vaultRootDirectory}. Without the roots nobody can read this backup; without the keys nobody can continue the log.`,
          `See that it would do: careledger rehearse ${folder}`,
        ])
      } finally {
        await instance.close()
      }
    })
}

/** Alone where nobody runs; beside the others on PostgreSQL. */
async function openForBackup(options: GlobalOptions, settings: Settings): Promise<Instance> {
  const { openInstance } = await import('@careledger/reference')
  return openInstance(settings, { address: options.url, shared: settings.databaseUrl !== undefined })
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('A number of at least 1.')
  return value
}

export function restoreCommand(): Command {
  return new Command('restore')
    .argument('<folder>', 'a folder that `backup` wrote')
    .description('Fills an empty data directory from a backup, after checking every file of it. Put keys and vault-root in place first.')
    .option('--vault <custodian>', 'into the instance that is there: only this vault, where it is missing')
    .action(async (folder: string, own: { readonly vault?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const { restoreInstance, restoreVault } = await import('@careledger/reference')
      if (own.vault !== undefined) {
        await restoreVault(await settingsOf(options), folder, own.vault)
        output.result({ folder, vault: own.vault }, [`Restored the vault of ${own.vault}. Check it: careledger audit`])
        return
      }
      const progress = output.progress('restore')
      const manifest = await restoreInstance(await settingsOf(options), folder, (done, total) => progress.update(done, total))
      progress.end()
      output.result({ folder, files: manifest.files.length }, [`Restored ${manifest.files.length} files, of ${manifest.at}. Check it: careledger audit`])
    })
}
