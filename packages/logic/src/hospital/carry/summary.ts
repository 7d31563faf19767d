import { randomUUID } from 'node:crypto'
import type { Actor } from '@careledger/identity'
import { utf8 } from '@careledger/proof'
import type { Purpose } from '../../consent/consent-terms.ts'
import { groundsOf } from '../../decisions/authorize.ts'
import { decide, type Decided } from '../../decisions/decide.ts'
import { loadDefinitions } from '../../fhir/definitions.ts'
import { readBundle } from '../../fhir/read-bundle.ts'
import { LogicError } from '../../logic-error.ts'
import type { Parts } from '../../parts.ts'
import { partyNames } from '../party-names.ts'
import { permittedResources, type PermittedResource } from '../permitted-records.ts'
import { buildSummary, type CheckedSummary, type SummaryRecord } from './build-summary.ts'
import { ipsProblems } from './ips-problems.ts'
import { SUMMARY_SECTIONS } from './summary-sections.ts'

const types = [...new Set(SUMMARY_SECTIONS.flatMap((section) => section.types))]

/** Records looked at for one summary; the newest. */
const lookedAtMax = 5000

/**
 * The International Patient Summary of one patient, made of what the caller may read now, and checked against the R4 definitions before it
 * is given out, and by structure against the IPS profiles, which is told with it. Errors: NOT_ALLOWED, also where the Patient resource may not be read; CORRUPTION where a record kept here is not valid.
 */
export async function readSummary(parts: Parts, actor: Actor, query: { readonly patient: string; readonly purpose: Purpose; readonly origin: string }): Promise<Decided<CheckedSummary>> {
  const { value, decision } = await decide(parts, { actor, operation: 'hospital.summary.read', purpose: query.purpose, patient: query.patient }, async (permit) => {
    const { view, custodian } = groundsOf(permit)
    const names = await partyNames(view, [custodian])
    const [patient] = await newest(permittedResources(parts, permit, { types: ['Patient'] }), 1)
    if (patient === undefined) return undefined
    const records = await newest(permittedResources(parts, permit, { types }), lookedAtMax)
    const summary = buildSummary({
      id: randomUUID(), at: parts.now(), base: `${query.origin}/fhir`, custodian: { party: custodian, name: names.of(custodian) }, patient, records,
    })
    return { value: summary, types: summary.counts }
  })
  const reading = await readBundle(await loadDefinitions(), utf8(value.bundle))
  if (!reading.ok) throw new LogicError('CORRUPTION', 'The summary does not follow the R4 definitions.', { details: { path: reading.problems[0]?.path ?? '' } })
  return { value: { ...value, problems: ipsProblems(JSON.parse(value.bundle)) }, decision }
}

async function newest(found: AsyncIterable<PermittedResource>, max: number): Promise<readonly SummaryRecord[]> {
  const records: SummaryRecord[] = []
  for await (const { id, row, opening } of found) {
    records.push({ id, type: row.type, fhirId: row.fhirId, date: row.date, payload: opening.payload })
    if (records.length === max) break
  }
  return records
}
