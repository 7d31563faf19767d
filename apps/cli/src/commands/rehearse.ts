import { Command, InvalidArgumentError } from 'commander'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { settingsOf } from '../settings-of.ts'
import { contextOf } from './command-context.ts'

export function rehearseCommand(): Command {
  return new Command('rehearse')
    .argument('<folder>', 'a backup, or a folder of backups, of which the newest is taken')
    .description('Restores a backup into a scratch directory with this instance\'s keys, audits it, says what it would give back and how long that takes, and removes it. The instance may run. Ends with 1 when the backup would not do.')
    .option('--max-age <hours>', 'end with 1 when the backup is older', hours)
    .option('--database <url>', 'restore into this empty PostgreSQL database (default: an embedded one)')
    .option('--scratch <directory>', 'make the scratch directory there (default: where temporary files go)')
    .action(async (folder: string, own: { readonly maxAge?: number; readonly database?: string; readonly scratch?: string }, command: Command) => {
      const { options, output } = contextOf(command)
      const { addToBackupHistory, rehearseRestore } = await import('@careledger/reference')
      const settings = await settingsOf(options)
      const progress = output.progress('rehearse')
      const rehearsal = await rehearseRestore(settings, folder, { databaseUrl: own.database, scratch: own.scratch, onProgress: (_phase, done, total) => progress.update(done, total) }).catch((error: unknown) => {
        const { name, message } = error as { name?: string; message?: string }
        if (name !== 'SettingsError' && name !== 'StoreError') throw error
        throw new CommandError(exitCodes.no, 'BACKUP_UNUSABLE', message ?? '', { cause: error })
      })
      progress.end()
      const tooOld = own.maxAge !== undefined && rehearsal.ageSeconds > own.maxAge * 3600
      const { ok, recoveryPoint, log, restoreSeconds, auditSeconds, findings } = rehearsal
      addToBackupHistory(settings.dataDirectory, { rehearsal: { at: new Date().toISOString(), ok: ok && !tooOld, recoveryPoint: recoveryPoint.toISOString(), logSize: log.size, seconds: Math.round((restoreSeconds + auditSeconds) * 10) / 10, findings: findings.length } })
      output.result({ ...rehearsal, tooOld }, [
        `Restored ${rehearsal.backup}${rehearsal.version === undefined ? '' : `, made by CareLedger ${rehearsal.version}`}.`,
        `Recovery point: ${recoveryPoint.toISOString()}, ${duration(rehearsal.ageSeconds)} ago. The log has ${log.size} entries${log.waiting > 0 ? `, and ${log.waiting} wait for their place` : ''}${log.newest === undefined ? '' : `; the newest, ${log.newest.id}, says ${log.newest.issuedAt}`}. What was written since is not in it.`,
        `Recovery time here: ${restoreSeconds.toFixed(1)} s to restore, ${auditSeconds.toFixed(1)} s to audit.`,
        ...(rehearsal.behindLedger === undefined ? [] : [`– A ledger holds a checkpoint of ${rehearsal.behindLedger} entries more: with this backup alone the instance would refuse to start (ROLLED_BACK). See the runbook "rolled-back store".`]),
        ...findings.map(({ what, kind, id, detail }) => `✗ ${kind} ${id}: ${what}. ${detail}`),
        ...rehearsal.unchecked.map((what) => `– not checked: ${what}`),
        ...(tooOld ? [`✗ The backup is older than ${own.maxAge} hours.`] : []),
        ok && !tooOld ? 'The backup would do.' : 'The backup would NOT do.',
      ])
      if (!ok || tooOld) process.exitCode = exitCodes.no
    })
}

function hours(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('A number of hours above 0.')
  return value
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds} s` : seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
