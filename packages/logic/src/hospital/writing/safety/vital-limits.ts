/** Between which values a vital sign can be, and between which it usually is. */
export interface VitalLimit {
  /** LOINC codes of the sign; the first is the one that R4's profile fixes. */
  readonly codes: readonly [string, ...string[]]
  readonly display: string
  /** UCUM; a value in another unit is converted. */
  readonly ucum: string
  /** Below or above: no living person. Inclusive. */
  readonly possible: readonly [number, number]
  /** Outside: far from anything usual. Inclusive. */
  readonly likely: readonly [number, number]
}

/**
 * The vital signs of R4's profiles (http://hl7.org/fhir/R4/observation-vitalsigns.html).
 * `possible`: the outlier bounds of the MIMIC-III benchmark (Harutyunyan et al., Scientific Data 2019, variable_ranges.csv); of weight, whose
 * bound there real people exceed, the heaviest person recorded (635 kg); of a saturation, that it is a share.
 * `likely`, upper: the absolute limits of the OpenMRS vitals dictionary (CIEL 5085 to 5090, 5092), of respiration the 99th centile of
 * newborns (Fleming et al., Lancet 2011). Lower, where that dictionary says 0: this project's own, below what is measured on a ward.
 * They catch slips of typing. They are no clinical judgement, and a hospital's clinicians confirm them before use.
 */
export const VITAL_LIMITS: readonly VitalLimit[] = [
  { codes: ['8480-6'], display: 'Systolic blood pressure', ucum: 'mm[Hg]', possible: [1, 375], likely: [30, 250] },
  { codes: ['8462-4'], display: 'Diastolic blood pressure', ucum: 'mm[Hg]', possible: [0, 375], likely: [10, 150] },
  { codes: ['8867-4'], display: 'Heart rate', ucum: '/min', possible: [0, 390], likely: [20, 230] },
  { codes: ['9279-1'], display: 'Respiratory rate', ucum: '/min', possible: [0, 330], likely: [4, 66] },
  { codes: ['8310-5'], display: 'Body temperature', ucum: 'Cel', possible: [14.2, 47], likely: [25, 43] },
  { codes: ['2708-6', '59408-5'], display: 'Oxygen saturation', ucum: '%', possible: [0, 100], likely: [50, 100] },
  { codes: ['29463-7'], display: 'Body weight', ucum: 'kg', possible: [0.2, 635], likely: [0.5, 250] },
  { codes: ['8302-2'], display: 'Body height', ucum: 'cm', possible: [10, 275], likely: [30, 250] },
]
