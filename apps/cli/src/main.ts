#!/usr/bin/env node
import { CommanderError } from 'commander'
import { exitCodes, toCommandError } from './exit-codes.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'

// A reader that went away (for example `| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error })

try {
  await createProgram().parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  } else {
    const { exitCode, code, message, problems } = toCommandError(error)
    const json = process.argv.includes('--json')
    if (json) createOutput(true).result({ error: { code, message, ...(problems.length === 0 ? {} : { problems }) } }, [])
    process.stderr.write(`${message} (${code})\n${problems.map(({ path, message: text }) => `  ${path}: ${text}\n`).join('')}`)
    process.exitCode = exitCode
  }
}
