const delegations = 'hospital/delegation/delegation-entries.ts'
const emergencies = 'hospital/emergency/emergency-consents.ts'

/** The decision point without one of its rules: what is taken out of a file (default: decisions/authorize.ts), and what stands in its place. */
export const MUTANTS: readonly { readonly name: string; readonly file?: string; readonly find: RegExp; readonly replace: string }[] = [
  { name: 'everybody-is-the-patient', find: /patientRow\.indexes\['party'\] === actor\.party/, replace: 'true' },
  { name: 'staff-for-any-purpose', find: / && staffPurposes\.includes\(purpose\)/, replace: '' },
  { name: 'staff-of-any-organisation', find: / && actor\.organisation === custodian/, replace: '' },
  { name: 'staff-of-any-role', find: / && actor\.roles\.some\(\(role\) => staffRoles\.includes\(role\)\)/, replace: '' },
  { name: 'systems-as-staff', find: /actor\.kind === 'person' && (?=actor\.organisation)/, replace: '' },
  { name: 'no-consent-needed', find: /if \(consents\.length === 0\) return/, replace: 'if (false) return' },
  { name: 'any-consent-holds', find: /\.filter\(\(consent\) => holdsFor\(.*?now\)\)/, replace: '' },
  { name: 'no-guard-on-the-policy', find: /, \{ table: 'policy', key: patient, version: policyRow\?\.version \}/, replace: '' },
  { name: 'a-consent-reaches-everything', find: /return consent === undefined \? undefined : \{ consent \}/, replace: 'return {}' },
  { name: 'scopes-narrow-nothing', find: /if \(!scopesReach\(/, replace: 'if (false && !scopesReach(' },
  { name: 'delegates-for-research', find: / && purpose !== 'research'/, replace: '' },
  { name: 'systems-as-delegates', find: /actor\.kind === 'person' && (?=purpose)/, replace: '' },
  { name: 'no-guard-on-the-delegation', find: /, delegation\.guard\]/, replace: ']' },
  { name: 'delegations-never-end', file: delegations, find: / \|\| row\.until <= parts\.now\(\)\.toISOString\(\)\.slice\(0, 10\)/, replace: '' },
  { name: 'emergencies-for-any-purpose', file: emergencies, find: /if \(purpose !== 'treatment'\) return \[\]/, replace: '' },
  { name: 'anybodys-emergency', file: emergencies, find: /party === actor\.party && /, replace: '' },
  { name: 'emergencies-never-end', file: emergencies, find: / && Date\.parse\(until\) > now\.getTime\(\)/, replace: '' },
  { name: 'a-seal-without-consent', file: emergencies, find: /held\.map\(\(consent\) => unsealed\(one, consent\)\)/, replace: '[wholeRecord(one)]' },
]
