import { startApp } from './app.ts'
import { readSettings } from './settings.ts'

/** `pnpm start`: runs until it is told to stop. */
try {
  const app = await startApp(readSettings(process.env), (line) => console.log(line))
  console.log(`CareLedger is ready at ${app.url}`)
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    console.log(`Stopping (${signal}) ...`)
    app.stop().then(() => { process.exitCode = 0 }, (error: unknown) => {
      console.error(sentenceOf(error))
      process.exitCode = 1
    })
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
} catch (error) {
  console.error(sentenceOf(error))
  process.exitCode = 1
}

/** What happened and what to do: known errors say it themselves. */
function sentenceOf(error: unknown): string {
  const { name, code, message, port } = error as { name?: string; code?: string; message?: string; port?: number }
  if (code === 'EADDRINUSE') return `Port ${port ?? ''} is in use. Stop what listens there, or choose another with PORT.`
  if (code === 'EACCES') return `${message ?? ''}. Choose a directory you may write to with CARELEDGER_DATA, or a port above 1023 with PORT.`
  const known = ['SettingsError', 'DirectoryInUseError', 'NoInstanceError', 'StoreError', 'LedgerError', 'LogicError', 'VaultError', 'IdentityError']
  return known.includes(name ?? '') ? `${message ?? ''}${code === undefined ? '' : ` (${code})`}` : String((error as Error).stack ?? error)
}
