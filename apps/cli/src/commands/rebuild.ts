import { Command } from 'commander'
import { withInstance } from '../open-offline.ts'
import { contextOf } from './command-context.ts'

export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('Makes every projection anew from the entries, in log order. The instance must be stopped.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { rebuild } = await import('@careledger/logic')
      await withInstance(options, async ({ parts }) => {
        const progress = output.progress('rebuild')
        const report = await rebuild(parts, ({ done, total }) => progress.update(done, total))
        progress.end()
        output.result(report, [`Rebuilt from ${report.entries} entries${report.erased > 0 ? `; ${report.erased} of erased patients` : ''}.`])
      })
    })
}
