#!/usr/bin/env node
import { CommanderError } from 'commander'
import { exitCodes, toCommandError } from './exit-codes.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'

try {
  await createProgram().parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  } else {
    const { exitCode, code, message } = toCommandError(error)
    const json = process.argv.includes('--json')
    if (json) createOutput(true).result({ error: { code, message } }, [])
    process.stderr.write(`${message} (${code})\n`)
    process.exitCode = exitCode
  }
}
