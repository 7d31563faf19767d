import { startApp } from './app.ts'
import { readSettings, SettingsError } from './settings.ts'

/** `pnpm start`: runs until it is told to stop. */
try {
  const app = await startApp(readSettings({ ...process.env, ...roleOf(process.argv.slice(2)) }), (line) => console.log(line))
  const end = async (reason: string, exitCode: number) => {
    if (stopping) return
    stopping = true
    console.log(`Stopping (${reason}) ...`)
    process.exitCode = exitCode
    await app.stop().catch((error: unknown) => {
      console.error(sentenceOf(error))
      process.exitCode = 1
    })
  }
  let stopping = false
  process.on('SIGINT', () => void end('SIGINT', 0))
  process.on('SIGTERM', () => void end('SIGTERM', 0))
  void app.failed.then((error) => end(sentenceOf(error), 1))
  // Who reads this line may send a signal at once.
  console.log(`CareLedger is ready at ${app.url}`)
} catch (error) {
  console.error(sentenceOf(error))
  process.exitCode = 1
}

/** `pnpm start --role api|worker|all`; a wrong one is told by the settings. Errors: SettingsError. */
function roleOf(words: readonly string[]): { readonly CARELEDGER_ROLE?: string } {
  const [first, role, ...more] = words.flatMap((word) => word.split('='))
  if (first === undefined) return {}
  if (first !== '--role' || role === undefined || more.length > 0) throw new SettingsError('pnpm start takes --role api, worker or all, and nothing else; everything else is a setting in the environment.')
  return { CARELEDGER_ROLE: role }
}

/** What happened and what to do: known errors say it themselves. */
function sentenceOf(error: unknown): string {
  const { name, code, message, port } = error as { name?: string; code?: string; message?: string; port?: number }
  if (code === 'EADDRINUSE') return `Port ${port ?? ''} is in use. Stop what listens there, or choose another with PORT.`
  if (code === 'EACCES') return `${message ?? ''}. Choose a directory you may write to with CARELEDGER_DATA, or a port above 1023 with PORT.`
  const known = ['SettingsError', 'DirectoryInUseError', 'NoInstanceError', 'StoreError', 'LedgerError', 'LogicError', 'VaultError', 'IdentityError']
  return known.includes(name ?? '') ? `${message ?? ''}${code === undefined ? '' : ` (${code})`}` : String((error as Error).stack ?? error)
}
