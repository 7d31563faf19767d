/** What somebody gives. */
export const DONATION_TYPES = ['whole-blood', 'platelets', 'plasma', 'double-red-cells'] as const
export type DonationType = (typeof DONATION_TYPES)[number]

/** As donors are grouped in the rules; nobody's gender is asked for anything else. */
export type DonorSex = 'female' | 'male'

/** After a donation of one type, so many days before one of another. */
export interface IntervalRule {
  readonly after: DonationType
  readonly before: readonly DonationType[]
  readonly days: Readonly<Record<DonorSex, number>>
}

/** At most so many donations of these types within so many days before the next one. */
export interface FrequencyRule {
  readonly types: readonly DonationType[]
  readonly most: Readonly<Record<DonorSex, number>>
  readonly withinDays: number
}

/** An event after which somebody gives nothing for some days, or never again. */
export interface EventRule {
  readonly event: DeferralEvent
  readonly days: number | 'permanent'
}

export const DEFERRAL_EVENTS = ['tattoo-or-piercing', 'endoscopy', 'pregnancy-ended', 'malaria-area-visited', 'transfusion-received', 'infection', 'antibiotics-ended', 'dental-treatment', 'marker-positive'] as const
export type DeferralEvent = (typeof DEFERRAL_EVENTS)[number]

/** Everything a country's service says of who may give, as data: an organisation may use another one of this form. */
export interface DeferralRules {
  readonly source: string
  readonly age: { readonly from: number; readonly to: number; readonly firstTo: number }
  readonly weightKgMin: number
  /** Grams of haemoglobin in a litre. */
  readonly haemoglobinMin: Readonly<Record<DonorSex, number>>
  readonly intervals: readonly IntervalRule[]
  readonly frequencies: readonly FrequencyRule[]
  readonly events: readonly EventRule[]
}

const both = (days: number) => ({ female: days, male: days })
const apheresis: readonly DonationType[] = ['platelets', 'plasma']

/**
 * The rules of the United Kingdom: intervals and frequencies of JPAC's Red Book, section 3.6 (whole blood at least 12 weeks, no more than three a year
 * for women and four for men; platelets 2 weeks; 24 apheresis procedures a year; 4 weeks from whole blood to apheresis; double red cells 26 weeks);
 * age, weight and haemoglobin of the Blood Safety and Quality Regulations 2005, schedule part 3. Periods after events are a service's own to
 * set: these stand for the shape of the rules, and were not compared line by line with a published list.
 */
export const ukDeferralRules: DeferralRules = {
  source: 'JPAC Red Book 3.6; SI 2005/50 schedule part 3',
  age: { from: 17, to: 65, firstTo: 60 },
  weightKgMin: 50,
  haemoglobinMin: { female: 125, male: 135 },
  intervals: [
    { after: 'whole-blood', before: ['whole-blood'], days: both(84) },
    { after: 'whole-blood', before: apheresis, days: both(28) },
    { after: 'whole-blood', before: ['double-red-cells'], days: both(84) },
    { after: 'platelets', before: [...apheresis, 'whole-blood', 'double-red-cells'], days: both(14) },
    { after: 'plasma', before: [...apheresis, 'whole-blood', 'double-red-cells'], days: both(14) },
    { after: 'double-red-cells', before: ['whole-blood', 'double-red-cells'], days: both(182) },
    { after: 'double-red-cells', before: apheresis, days: both(28) },
  ],
  frequencies: [
    { types: ['whole-blood'], most: { female: 3, male: 4 }, withinDays: 365 },
    { types: apheresis, most: both(24), withinDays: 365 },
  ],
  events: [
    { event: 'tattoo-or-piercing', days: 120 },
    { event: 'endoscopy', days: 120 },
    { event: 'pregnancy-ended', days: 182 },
    { event: 'malaria-area-visited', days: 182 },
    { event: 'infection', days: 14 },
    { event: 'antibiotics-ended', days: 7 },
    { event: 'dental-treatment', days: 1 },
    { event: 'transfusion-received', days: 'permanent' },
    { event: 'marker-positive', days: 'permanent' },
  ],
}
