import type { Parts } from '../parts.ts'
import { partWithout } from './export-parts.ts'
import { allExports, readExport, saveExport, type ExportPart, type StoredExport } from './export-rows.ts'

/**
 * Takes a patient's lines out of every export of this instance. A part that holds some is written anew without them and the former one deleted. One
 * that is running is saved in any case, so that a worker that has read the patient meanwhile throws its page away and reads again.
 */
export async function eraseFromExports(parts: Parts, custodian: string, patient: string): Promise<void> {
  for await (const found of allExports(parts, { running: false })) {
    for (let stored: StoredExport | undefined = found; stored !== undefined;) {
      const { job }: StoredExport = stored
      const replaced = new Map<ExportPart, ExportPart>()
      for (const part of job.parts) {
        const without = part.custodian === custodian ? await partWithout(parts, job.id, part, patient) : undefined
        if (without !== undefined) replaced.set(part, without)
      }
      if (replaced.size === 0 && job.state !== 'running') break
      const saved = await saveExport(parts, stored, { ...job, parts: job.parts.map((part) => replaced.get(part) ?? part) })
      for (const part of saved === undefined ? replaced.values() : replaced.keys()) await parts.documents.delete(part.document)
      if (saved !== undefined) break
      stored = await readExport(parts, job.actor.party, job.id)
    }
  }
}
