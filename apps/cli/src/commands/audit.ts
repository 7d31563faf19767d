import { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

export function auditCommand(): Command {
  return new Command('audit')
    .description('Checks every stored row, document, tile and projection against the log and the ledger, and names what was altered, removed, added, swapped or rolled back. The instance must be stopped.')
    .action(async (_own: unknown, command: Command) => {
      const { options, output } = contextOf(command)
      const { audit } = await import('@careledger/logic')
      const { inspectInstance } = await import('@careledger/reference')
      const instance = await inspectInstance(await settingsOf(options))
      try {
        const progress = output.progress('audit')
        const report = await audit(instance.parts, { onProgress: ({ phase, done, total }) => { if (phase === 'entries') progress.update(done, total) }, shutVaults: instance.shutVaults })
        progress.end()
        const { checked } = report
        output.result(report, [
          ...report.findings.map(({ what, kind, id, detail }) => `✗ ${kind} ${id}: ${what}. ${detail}`),
          ...(report.findingsTotal > report.findings.length ? [`… and ${report.findingsTotal - report.findings.length} more`] : []),
          `Checked ${checked.entries} entries, ${checked.leaves} leaves, ${checked.rows} rows, ${checked.checkpoints} checkpoints, ${checked.decisions} decisions, ${checked.outbox} outbox rows, ${checked.documents} documents in ${report.seconds.toFixed(1)} s.`,
          ...(report.erased > 0 ? [`${report.erased} entries of erased patients cannot be read, as it should be.`] : []),
          ...(report.decisionsUncovered > 0 ? [`– ${report.decisionsUncovered} decisions are not covered by the log yet (not checked).`] : []),
          ...report.uncheckedBecause.map(({ entry, entries, rows }) => `– unchecked because of ${entry}: ${rows} ${rows === 1 ? 'row' : 'rows'}, and what ${entries} later ${entries === 1 ? 'entry' : 'entries'} would make.`),
          ...report.unchecked.map((what) => `– not checked: ${what}`),
          ...report.notCovered.map((what) => `– never covered: ${what}`),
          report.ok ? 'Everything matches the log and the ledgers.' : `${report.findingsTotal} things do not match.`,
        ])
        if (!report.ok) process.exitCode = exitCodes.no
      } finally {
        await instance.close()
      }
    })
}
