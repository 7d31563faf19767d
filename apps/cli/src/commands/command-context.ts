import type { Command } from 'commander'
import { createOutput, type Output } from '../output.ts'
import type { GlobalOptions } from '../global-options.ts'

/** The global options and where to write, from inside a command's action. */
export function contextOf(command: Command): { readonly options: GlobalOptions; readonly output: Output } {
  const options = command.optsWithGlobals<GlobalOptions>()
  return { options, output: createOutput(options.json) }
}
