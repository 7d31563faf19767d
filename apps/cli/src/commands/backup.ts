import { Command } from 'commander'
import { withInstance } from '../open-offline.ts'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

export function backupCommand(): Command {
  return new Command('backup')
    .argument('<folder>', 'a new or empty folder')
    .description("Copies the instance's data: store, documents, vaults, ledger journal. The vaults' roots and the instance's signing keys are not in it: keep those elsewhere. The instance must be stopped.")
    .action(async (folder: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { backupInstance } = await import('@careledger/reference')
      const settings = await settingsOf(options)
      await withInstance(options, async (instance) => {
        const progress = output.progress('backup')
        const manifest = await backupInstance(instance, settings, folder, (done, total) => progress.update(done, total))
        progress.end()
        const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
        output.result({ folder, ...manifest }, [
          `Wrote ${manifest.files.length} files, ${bytes} bytes, to ${folder}.`,
          `Not in it, on purpose: ${settings.dataDirectory}/keys and ${settings.vaultRootDirectory}. Without the roots nobody can read this backup; without the keys nobody can continue the log.`,
        ])
      })
    })
}

export function restoreCommand(): Command {
  return new Command('restore')
    .argument('<folder>', 'a folder that `backup` wrote')
    .description('Fills an empty data directory from a backup, after checking every file of it. Put keys and vault-root in place first.')
    .action(async (folder: string, _own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { restoreInstance } = await import('@careledger/reference')
      const progress = output.progress('restore')
      const manifest = await restoreInstance(await settingsOf(options), folder, (done, total) => progress.update(done, total))
      progress.end()
      output.result({ folder, files: manifest.files.length }, [`Restored ${manifest.files.length} files. Check it: careledger audit`])
    })
}
