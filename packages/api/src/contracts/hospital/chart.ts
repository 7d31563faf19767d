import { z } from 'zod'
import { query } from '../contract.ts'
import { base64url, cursor, date, decision, entrySignature, instant, partyId, purpose, resourceType, uuid } from '../shapes.ts'
import { patientHandle, patientSummary, recordItem } from './shapes.ts'

const author = z.strictObject({ party: partyId, name: z.string() })
/** What a result means by its own word or its own range: far too high or low, too high or low, otherwise not as usual, as usual. */
const flag = z.enum(['HH', 'LL', 'H', 'L', 'A', 'N'])
/** How much of these types the permit reaches; what is not `all` may be silent about what is there. */
const reach = z.enum(['all', 'part', 'none'])
const counts = z.record(z.string(), z.int())

const reading = {
  /** As written: `1.10`. */
  value: z.string().optional(),
  comparator: z.string().optional(),
  unit: z.string().optional(),
  /** UCUM code, where it is another text than `unit`. */
  ucum: z.string().optional(),
  /** Reference range of this result. */
  low: z.string().optional(),
  high: z.string().optional(),
  rangeUnit: z.string().optional(),
  range: z.string().optional(),
  /** Code of its interpretation, as written. */
  flag: z.string().optional(),
}
const measure = z.strictObject({ name: z.string(), ...reading, parts: z.array(z.strictObject({ code: z.string().optional(), name: z.string(), ...reading })).optional() })

/** One record as a chart shows it. */
export const chartItem = recordItem.extend({
  /** The patient record that it stands in, where that is not the one asked about. */
  patient: patientHandle.optional(),
  author: author.extend({ organisationName: z.string().optional() }),
  /** `system|code`. */
  code: z.string().optional(),
  category: z.string().optional(),
  /** Of a medicine: how to take it. */
  dose: z.string().optional(),
  measure: measure.optional(),
  flag: flag.optional(),
  /** A prescription or order whose signer recorded what somebody else ordered. */
  recorded: z.literal(true).optional(),
  /** What it corrected, the newest first. */
  versions: z.array(z.strictObject({ id: uuid, title: z.string(), date: z.string().optional(), author, recordedAt: instant })),
})

const asked = { patient: patientHandle, purpose: purpose.default('treatment') }

const provenance = z.strictObject({
  id: uuid, recorded: z.string().optional(), activity: z.string().optional(), reason: z.string().optional(), author,
  agents: z.array(z.strictObject({ role: z.string().optional(), who: z.string().optional(), onBehalfOf: z.string().optional() })),
})

const trendPoint = z.strictObject({
  id: uuid,
  date: z.string(),
  /** In the line's unit; absent where it cannot be converted. */
  value: z.number().optional(),
  original: z.strictObject({ value: z.string(), unit: z.string().optional(), comparator: z.string().optional() }),
  low: z.number().optional(), high: z.number().optional(), range: z.string().optional(),
  flag: flag.optional(), status: z.string().optional(), author, patient: patientHandle.optional(),
})

const medicineGroup = z.strictObject({
  /** Active ingredients, for comparing. */
  key: z.string(),
  name: z.string(),
  state: z.enum(['current', 'stopped']),
  entries: z.array(z.strictObject({ patient: patientHandle, custodian: partyId, state: z.enum(['current', 'stopped']), item: chartItem, strengths: z.array(z.string()), earlier: z.int() })),
  differences: z.array(z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.enum(['strength', 'dose']) }),
    z.strictObject({ kind: z.enum(['only-at', 'stopped-at']), custodian: partyId }),
  ])),
})

/** Reading a patient's chart: each operation is one permit and one recorded decision, for each patient it gives out. */
export const chart = {
  summary: query({
    name: 'hospital.chart.summary', summary: 'The first look at a patient: banner, last vital signs, and the sections of the summary in the order the hospital asks for.', rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject(asked),
    output: z.strictObject({
      banner: patientSummary.omit({ access: true }),
      /** Other patient records of this person that were joined with it and may be read: what is in them is in this answer. */
      merged: z.array(z.strictObject({ patient: patientHandle, custodianName: z.string(), localNumber: z.string().optional() })),
      vitals: z.strictObject({ reach, items: z.array(chartItem) }),
      sections: z.array(z.strictObject({ key: z.string(), title: z.string(), types: z.array(resourceType), reach, count: z.int(), /** Other hospitals that may read these types now; absent for readers under a consent. */ shared: z.int().optional(), items: z.array(chartItem) })),
      /** Of the latest results: how many say that they are not as usual, that they are, and neither. */
      latest: z.strictObject({ abnormal: z.int(), usual: z.int(), unknown: z.int() }),
      counts, truncated: z.boolean(), decision,
    }),
  }),
  timeline: query({
    name: 'hospital.chart.timeline', summary: "A patient's records by visit, newest first by clinical date; corrections folded under what corrected them.", rule: 'permit', cost: 5, audit: 'access',
    /** `limit`: a page ends with the visit in which it reaches so many records. `from`, `to`: days, both included. */
    input: z.strictObject({ ...asked, types: z.array(resourceType).min(1).max(20).optional(), from: date.optional(), to: date.optional(), after: cursor.optional(), limit: z.int().min(1).max(200).default(60) }),
    output: z.strictObject({
      visits: z.array(z.strictObject({ key: z.string(), patient: patientHandle.optional(), date: z.string().optional(), encounter: chartItem.optional(), items: z.array(chartItem), more: z.int() })),
      next: cursor.optional(), counts: counts.optional(), truncated: z.boolean(), decision,
    }),
  }),
  trends: query({
    name: 'hospital.chart.trends', summary: 'Which measured series there are, and one of them over time, each result with its own range, meaning and original unit.', rule: 'permit', cost: 5, audit: 'access',
    input: z.strictObject({ ...asked, code: z.string().max(200).optional(), unit: z.string().max(64).optional(), from: date.optional(), to: date.optional() }),
    output: z.strictObject({
      reach,
      series: z.array(z.strictObject({ code: z.string(), name: z.string(), category: z.string().optional(), count: z.int(), last: chartItem, recent: z.array(z.strictObject({ date: z.string(), value: z.number() })) })),
      trend: z.strictObject({
        code: z.string(), name: z.string(), unit: z.string(), units: z.array(z.string()),
        lines: z.array(z.strictObject({ code: z.string().optional(), name: z.string(), unit: z.string().optional(), points: z.array(trendPoint) })),
      }).optional(),
      decision,
    }),
  }),
  medications: query({
    name: 'hospital.chart.medications', summary: 'Medicines of the same person at every hospital where the caller may read them, grouped by active ingredient, with what differs.', rule: 'permit', cost: 8, audit: 'access',
    input: z.strictObject(asked),
    output: z.strictObject({
      /** The asked patient's hospital first. */
      places: z.array(z.strictObject({ patient: patientHandle, custodian: partyId, custodianName: z.string(), reach, decision })),
      groups: z.array(medicineGroup),
    }),
  }),
  news: query({
    name: 'hospital.chart.news', summary: "What was signed since the caller's last visit to this chart, found from the caller's own decisions.", rule: 'permit', cost: 3, audit: 'access',
    input: z.strictObject(asked),
    output: z.strictObject({ since: instant.optional(), items: z.array(chartItem), counts, more: z.boolean(), decision }),
  }),
  detail: query({
    name: 'hospital.chart.detail', summary: 'One record whole: its exact bytes, what it corrected, what it refers to, and the FHIR Provenance that speaks of it.', rule: 'permit', cost: 4, audit: 'access',
    input: z.strictObject({ id: uuid, purpose: purpose.default('treatment') }),
    output: z.strictObject({
      item: chartItem, patient: patientHandle, entry: z.string(), signature: entrySignature, opening: z.strictObject({ salt: base64url, mediaType: z.string(), payload: base64url }),
      related: z.array(z.strictObject({ element: z.string(), reference: z.string(), item: chartItem })),
      provenance: z.array(provenance), decision,
    }),
  }),
}
