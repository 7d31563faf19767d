import { once } from 'node:events'
import { Command, Option } from 'commander'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

interface StartOptions {
  readonly port?: string
  readonly role?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly redirectPort?: string
}

export function startCommand(): Command {
  return new Command('start')
    .description('Runs the reference app on the data directory until it is interrupted. On PostgreSQL any number of api and worker processes share one data directory.')
    .option('--port <n>', 'port to listen on (default: 4600; of a worker any free one, for its health and figures)')
    .addOption(new Option('--role <role>', 'api answers callers, worker carries the log on, all does both (default: all)').choices(['api', 'worker', 'all']))
    .option('--tls-cert <file>', 'certificate chain, PEM: the server speaks HTTPS')
    .option('--tls-key <file>', 'its private key, PEM')
    .option('--redirect-port <n>', 'plain HTTP on this port is sent on to HTTPS')
    .action(async (own: StartOptions, command: Command) => {
      const { options, output } = contextOf(command)
      const { startApp } = await import('@careledger/reference')
      const app = await startApp(await settingsOf(options, {
        ...(own.port === undefined ? {} : { PORT: own.port }), ...(own.role === undefined ? {} : { CARELEDGER_ROLE: own.role }),
        ...(own.tlsCert === undefined ? {} : { CARELEDGER_TLS_CERT: own.tlsCert }), ...(own.tlsKey === undefined ? {} : { CARELEDGER_TLS_KEY: own.tlsKey }), ...(own.redirectPort === undefined ? {} : { CARELEDGER_REDIRECT_PORT: own.redirectPort }),
      }), (line) => output.note(line))
      const ended = Promise.race([once(process, 'SIGINT').then(() => undefined), once(process, 'SIGTERM').then(() => undefined), app.failed])
      // Who reads this line may send a signal at once.
      output.result({ url: app.url }, [`CareLedger is ready at ${app.url}`])
      const failure = await ended
      await app.stop()
      if (failure !== undefined) throw failure
    })
}
