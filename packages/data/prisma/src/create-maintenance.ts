import { invalid, isUuid } from '@careledger/data-kit'
import type { Maintenance } from '@careledger/data-spec'
import { readBackup } from './backup/read-backup.ts'
import { writeBackup } from './backup/write-backup.ts'
import { texts } from './driver/array-literals.ts'
import type { Driver } from './driver/driver.ts'
import { findContradictions } from './find-contradictions.ts'
import { runAlone, transact } from './transaction.ts'

export function createMaintenance(driver: Driver, check: () => void): Maintenance {
  return {
    async clearProjections(tables) {
      check()
      if (tables.length > 1_000) throw invalid('At most 1,000 tables can be cleared in one call.')
      const values = [texts([...new Set(tables)])]
      await transact(driver, [{ statement: clearIndexes, values }, { statement: clearRows, values }], () => ({ result: undefined }))
    },
    async sweepClaims(before) {
      check()
      const [rows] = await runAlone(driver, [{ statement: sweep, values: [before.getTime()] }], { writes: true })
      return rows?.[0]?.['swept'] as number
    },
    async dropSealed(entryId) {
      check()
      if (!isUuid(entryId)) return false
      const [rows = []] = await runAlone(driver, [{ statement: drop, values: [entryId] }], { writes: true })
      return rows.length > 0
    },
    async contradictions() {
      check()
      return findContradictions(driver)
    },
    async *backup() {
      check()
      yield* writeBackup(driver)
    },
    async restore(chunks) {
      check()
      await readBackup(driver, chunks)
    },
  }
}

const clearIndexes = { name: 'clear-indexes', text: 'DELETE FROM projection_index x USING unnest(($1::text)::text[]) AS i(t) WHERE x.table_name = i.t' }
const clearRows = { name: 'clear-rows', text: 'DELETE FROM projection p USING unnest(($1::text)::text[]) AS i(t) WHERE p.table_name = i.t' }
const sweep = {
  name: 'sweep-claims',
  text: 'WITH swept AS (DELETE FROM claim WHERE expires_at < to_timestamp($1::int8 / 1000.0) RETURNING 1) SELECT count(*)::int8 AS swept FROM swept',
}
const drop = { name: 'drop-sealed', text: 'UPDATE entry SET sealed = NULL WHERE id = $1::uuid AND sealed IS NOT NULL RETURNING 1 AS one' }
