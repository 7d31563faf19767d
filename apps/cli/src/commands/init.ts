import { Command } from 'commander'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

export function initCommand(): Command {
  return new Command('init')
    .description('Makes an instance in the data directory: its keys, its log, its first entries. Does nothing where there is one.')
    .requiredOption('--platform <party>', 'id of the platform operator, for example moh-kr')
    .requiredOption('--name <name>', "the platform operator's name")
    .option('--custodian <parties...>', 'organisations whose records this instance will hold', [])
    .option('--origin <domain>', "name of the instance's log")
    .action(async (own: { readonly platform: string; readonly name: string; readonly custodian: string[]; readonly origin?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const { openInstance } = await import('@careledger/reference')
      const settings = await settingsOf(options, own.origin === undefined ? {} : { CARELEDGER_ORIGIN: own.origin })
      const instance = await openInstance(settings, {
        address: options.url,
        create: { platform: { party: own.platform, name: own.name }, custodians: [own.platform, ...own.custodian], demo: false },
      })
      try {
        output.result({ directory: settings.dataDirectory, ...instance.file, trust: instance.trust }, [
          `Instance of ${instance.file.platform.name} in ${settings.dataDirectory}.`,
          `Log: ${instance.file.origin}. Custodians: ${instance.file.custodians.join(', ')}.`,
          `Keys that verifiers pin: ${settings.dataDirectory}/trust.json. The vaults' roots are in ${settings.vaultRootDirectory}: keep them out of every data backup.`,
          'Start it: careledger start',
        ])
      } finally {
        await instance.close()
      }
    })
}
