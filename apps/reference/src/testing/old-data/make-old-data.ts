import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backupInstance } from '../../instance/backup.ts'
import { openInstance } from '../../instance/open-instance.ts'
import { readSettings } from '../../settings.ts'
import { version } from '../../version.ts'
import { makeSmallInstance } from '../small-instance.ts'
import { packFolder } from './old-data.ts'

/**
 * Makes the data of this version for later ones to open: a backup, with the keys and roots that it needs, of a small instance whose people do
 * not exist. `node --conditions=@careledger/source apps/reference/src/testing/old-data/make-old-data.ts`, at a release that changed what is
 * stored.
 */
const folder = mkdtempSync(join(tmpdir(), 'careledger-old-'))
try {
  const settings = readSettings({ PORT: '0', CARELEDGER_DATA: join(folder, 'data'), CARELEDGER_LOG_LEVEL: 'silent' })
  await makeSmallInstance(settings, { documentLength: 280_000 })
  const instance = await openInstance(settings, { address: 'http://127.0.0.1' })
  await backupInstance(instance, settings, join(folder, 'packed', 'backup'))
  await instance.close()
  for (const name of ['keys', 'vault-root']) cpSync(join(folder, 'data', name), join(folder, 'packed', name), { recursive: true })
  const file = join(import.meta.dirname, `${version}.json.gz`)
  writeFileSync(file, packFolder(join(folder, 'packed')), { flag: 'wx' })
  console.log(`Wrote ${file}.`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
