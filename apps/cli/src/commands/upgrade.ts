import { Command } from 'commander'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

export function upgradeCommand(): Command {
  return new Command('upgrade')
    .description('Brings the data of an older version up to this one: the embedded database is copied beside itself and migrated, and projections that an older version made are made anew from the entries; a start does the same. Every process of the instance must be stopped.')
    .option('--dry-run', 'say what would be done, and do nothing; ends with 1 when there is something', false)
    .action(async (own: { readonly dryRun: boolean }, command: Command) => {
      const { options, output } = contextOf(command)
      const { inspectInstance, openInstance, OtherFormError, upgradeSentence, version } = await import('@careledger/reference')
      const settings = await settingsOf(options)
      if (own.dryRun) {
        const pending = await inspectInstance(settings).then(async (instance) => (await instance.close(), undefined), (error: unknown) => {
          if (error instanceof OtherFormError) return `projections of form ${error.form}`
          const { code, details, message } = error as { code?: string; details?: { migration?: string }; message?: string }
          if (code === 'STORE_UNAVAILABLE' && message?.includes('older version') === true) return `migration ${details?.migration ?? ''}`
          throw error
        })
        output.result({ version, upToDate: pending === undefined, ...(pending === undefined ? {} : { from: pending }) }, [
          pending === undefined ? `Everything has the form of version ${version}.` : `The data would be upgraded, from ${pending} on. Nothing was done.`,
        ])
        if (pending !== undefined) process.exitCode = exitCodes.no
        return
      }
      const said: string[] = []
      const instance = await openInstance(settings, { address: options.url, onUpgrade: (upgrade) => said.push(upgradeSentence(upgrade)), onRebuild: () => said.push('Made what screens query anew from the entries.') })
      try {
        const { ok, problems } = await instance.parts.store.health()
        if (!ok) throw new CommandError(exitCodes.no, 'STORE_UNAVAILABLE', problems.join(' '))
        output.result({ version, upgraded: said.length > 0 }, [...said, `Everything has the form of version ${version}. See that all is well: careledger audit`])
      } finally {
        await instance.close()
      }
    })
}
