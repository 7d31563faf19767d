import type { BloodGroup } from '../groups.ts'
import { contradictsFlags, parseDin, type DonationNumber } from './donation-number.ts'

/** What one or more ISBT 128 data structures of a label say; whatever was not scanned is absent. */
export interface LabelScan {
  readonly donation?: DonationNumber | undefined
  readonly group?: BloodGroup | undefined
  /** 8 characters: product description, donation type, division. */
  readonly product?: string | undefined
  readonly expires?: LabelTime | undefined
  readonly collected?: LabelTime | undefined
}

/** `2026-11-26`, with `14:05` where the label says a time of day; without one, an expiry is the end of that day. Local to the facility. */
export interface LabelTime {
  readonly date: string
  readonly time?: string | undefined
}

/** `at` is the offset of the data structure in the scanned string. */
export interface ScanProblem {
  readonly code: 'unknown-structure' | 'cut-short' | 'malformed' | 'check-character' | 'unknown-group' | 'twice'
  readonly at: number
}

interface Structure {
  /** Characters after the data identifier. */
  readonly length: number
  readonly identifier: RegExp
  /** How many characters of the identifier belong to the data: one in a DIN, whose second identifier character is its first. */
  readonly kept: number
  readonly member?: keyof LabelScan | undefined
  read(data: string): LabelScan | ScanProblem['code']
}

/** ABO/RhD codes with no statement of intended use. Source: ICCBBA ST-001, data structure 002. */
const groupCodes: Readonly<Record<string, BloodGroup>> = { '95': 'O-', '51': 'O+', '06': 'A-', '62': 'A+', '17': 'B-', '73': 'B+', '28': 'AB-', '84': 'AB+' }

/** Source: ICCBBA ST-001, data structures 001 to 007 and 023. */
const structures: readonly Structure[] = [
  { identifier: /^=[A-NP-Z1-9]/, kept: 1, length: 14, member: 'donation', read: readDonation },
  { identifier: /^=%/, kept: 0, length: 4, member: 'group', read: (data) => { const group = groupCodes[data.slice(0, 2)]; return group === undefined ? 'unknown-group' : { group } } },
  { identifier: /^=</, kept: 0, length: 8, member: 'product', read: (product) => (/^[A-Z][0-9]{4}[0-9A-Za-z]{3}$/.test(product) ? { product } : 'malformed') },
  { identifier: /^=>/, kept: 0, length: 6, member: 'expires', read: (data) => timed('expires', data) },
  { identifier: /^&>/, kept: 0, length: 10, member: 'expires', read: (data) => timed('expires', data) },
  { identifier: /^=\*/, kept: 0, length: 6, member: 'collected', read: (data) => timed('collected', data) },
  { identifier: /^&\*/, kept: 0, length: 10, member: 'collected', read: (data) => timed('collected', data) },
  { identifier: /^=\+/, kept: 0, length: 5, read: (data) => (/^[0-9]{5}$/.test(data) ? {} : 'malformed') },
]

/**
 * Reads what a scanner sends: one data structure, or several in a row (a compound message). Nothing is guessed: the first that is not understood is
 * a problem, and then nothing of the scan is used. A structure that occurs twice with different content is one too: two labels were scanned.
 */
export function readScan(text: string): LabelScan | { readonly problem: ScanProblem } {
  let scan: LabelScan = {}
  let at = 0
  const end = text.trimEnd().length
  if (end === 0) return { problem: { code: 'cut-short', at } }
  while (at < end) {
    const rest = text.slice(at, end)
    const structure = structures.find(({ identifier }) => identifier.test(rest))
    if (structure === undefined) return { problem: { code: rest.length < 2 ? 'cut-short' : 'unknown-structure', at } }
    const from = 2 - structure.kept
    const to = 2 + structure.length
    if (rest.length < to) return { problem: { code: 'cut-short', at } }
    const read = structure.read(rest.slice(from, to))
    if (typeof read === 'string') return { problem: { code: read, at } }
    if (structure.member !== undefined && scan[structure.member] !== undefined && JSON.stringify(scan[structure.member]) !== JSON.stringify(read[structure.member])) return { problem: { code: 'twice', at } }
    scan = { ...scan, ...read }
    at += to
  }
  return scan
}

function readDonation(data: string): LabelScan | ScanProblem['code'] {
  const donation = parseDin(data.slice(0, 13))
  if (donation === undefined) return 'malformed'
  return contradictsFlags(donation.din, data.slice(13)) ? 'check-character' : { donation }
}

function timed(member: 'expires' | 'collected', data: string): LabelScan | ScanProblem['code'] {
  const time = readTime(data)
  return time === undefined ? 'malformed' : { [member]: time }
}

/** `cyyjjj`, perhaps followed by `hhmm`: last digit of the century, year, day of the year. */
function readTime(data: string): LabelTime | undefined {
  const [, century, year, day, hour, minute] = /^([0-9])([0-9]{2})([0-9]{3})(?:([0-9]{2})([0-9]{2}))?$/.exec(data) ?? []
  // `c` is the last digit of the first two of the year: 0 for 20xx, 9 for 19xx. Nothing scanned today was collected before 1900.
  const full = Number(`${century === '9' ? 19 : 20 + Number(century)}${year}`)
  const date = new Date(Date.UTC(full, 0, Number(day)))
  if (century === undefined || Number.isNaN(date.getTime()) || Number(day) === 0 || date.getUTCFullYear() !== full) return undefined
  if (hour === undefined) return { date: date.toISOString().slice(0, 10) }
  return Number(hour) > 23 || Number(minute) > 59 ? undefined : { date: date.toISOString().slice(0, 10), time: `${hour}:${minute}` }
}
