#!/usr/bin/env node
import { runCommand } from './run-command.ts'

// A reader that went away (for example `| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code !== 'EPIPE') throw error })

process.exitCode = await runCommand(process.argv.slice(2))
