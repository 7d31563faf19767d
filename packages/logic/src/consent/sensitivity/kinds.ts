/**
 * Kinds of records that are taken apart from all others: nobody reads them under a consent that does not name them. Codes of HL7 v3 ActCode
 * (InformationSensitivityPolicy); `R`, of v3 Confidentiality, stands for whatever else a custodian has labelled as restricted.
 */
export const SENSITIVITIES = ['GDIS', 'HIV', 'PSY', 'R', 'SDV', 'SEX', 'STD', 'SUD'] as const
export type Sensitivity = (typeof SENSITIVITIES)[number]

export const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
export const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'

/** Labels of v3 ActCode by the kind they mean. Source: HL7 v3 ActCode, _InformationSensitivityPolicy and what stands below it. */
const labelKinds: Readonly<Record<string, Sensitivity>> = {
  PSY: 'PSY', PSYTHPN: 'PSY', MH: 'PSY', BH: 'PSY', COGN: 'PSY', DVD: 'PSY', EMOTDIS: 'PSY',
  SUD: 'SUD', ETH: 'SUD', ETHUD: 'SUD', ETHANOLUD: 'SUD', OPIOIDUD: 'SUD', SUDS: 'SUD',
  HIV: 'HIV',
  STD: 'STD',
  SEX: 'SEX',
  SDV: 'SDV', IDV: 'SDV', VIO: 'SDV', DOMEST: 'SDV',
  GDIS: 'GDIS', SICKLE: 'GDIS',
}

/** Labels that say nothing of how sensitive a record is: purposes, obligations of whoever receives it, integrity. */
const otherSystems: ReadonlySet<string> = new Set(['http://terminology.hl7.org/CodeSystem/v3-ActReason', 'http://terminology.hl7.org/CodeSystem/v3-ObservationValue'])
/** Unrestricted, low, moderate, normal (v3 Confidentiality). */
const openLevels: ReadonlySet<string> = new Set(['U', 'L', 'M', 'N'])

/** What a security label of a record means; `undefined`: nothing. A label that is not understood is `R`, since somebody set it. */
export function kindOfLabel(system: string | undefined, code: string | undefined): Sensitivity | undefined {
  if (system === CONFIDENTIALITY) return code !== undefined && openLevels.has(code) ? undefined : 'R'
  if (system !== undefined && otherSystems.has(system)) return undefined
  return (system === ACT_CODE && code !== undefined ? labelKinds[code] : undefined) ?? 'R'
}

/** How a kind is written as a FHIR security label. */
export function labelOfKind(kind: Sensitivity): { readonly system: string; readonly code: string } {
  return { system: kind === 'R' ? CONFIDENTIALITY : ACT_CODE, code: kind }
}
