import { CommanderError } from 'commander'
import { exitCodes, toCommandError } from './exit-codes.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'

/** Runs one command line to its end and gives its exit status; what it says goes to this process's standard output and error. Never rejects. */
export async function runCommand(words: readonly string[]): Promise<number> {
  process.exitCode = exitCodes.ok
  try {
    await createProgram().parseAsync(words, { from: 'user' })
    return process.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
    const { exitCode, code, message, problems } = toCommandError(error)
    if (words.includes('--json')) createOutput(true).result({ error: { code, message, ...(problems.length === 0 ? {} : { problems }) } }, [])
    process.stderr.write(`${message} (${code})\n${problems.map(({ path, message: text }) => `  ${path}: ${text}\n`).join('')}`)
    return exitCode
  }
}
