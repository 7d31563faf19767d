import { once } from 'node:events'
import { Command } from 'commander'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

export function startCommand(): Command {
  return new Command('start')
    .description('Runs the reference app on the data directory until it is interrupted.')
    .option('--port <n>', 'port to listen on (default: 4600)')
    .action(async (own: { readonly port?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const { startApp } = await import('@careledger/reference')
      const app = await startApp(await settingsOf(options, own.port === undefined ? {} : { PORT: own.port }), (line) => output.note(line))
      output.result({ url: app.url }, [`CareLedger is ready at ${app.url}`])
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
      await app.stop()
    })
}
