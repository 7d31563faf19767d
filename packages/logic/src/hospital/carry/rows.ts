import type { Projection, ProjectionWrite } from '@careledger/data-spec'
import type { PatientKeys } from '@careledger/identity'
import { openRow, rowAssociatedData, rowBytes } from '../../entries/rows.ts'
import type { RowValue } from '../../entries/network-definition.ts'
import type { Parts } from '../../parts.ts'

/**
 * Rows that no entry makes: what happens to a link or card after it was made. Rebuild and audit leave these tables out; backup and erasure
 * take them along. Every change of one is written together with its decision, which the log covers.
 */
export const carryTables = {
  /** A SMART Health Link; key = SHA-256 of its id; sealed; indexes `patient`, and `ends` (day) while files are kept. */
  link: 'health-link',
  /** One encrypted file of a link; key = `<link>/<n>`; the JWE itself; indexes `patient` and `link`. */
  file: 'health-link-file',
  /** One opening or refusal; key = decision id; sealed; indexes `patient` and `link`. */
  use: 'health-link-use',
  /** A SMART Health Card that was issued; key = `<kid>/<rid>`; sealed; index `patient`. */
  card: 'health-card',
  /** A revoked card; key = `<kid>/<rid>`; nothing personal; index `kid`. Stays when the patient is erased. */
  revoked: 'health-card-revoked',
} as const

/** Tables whose rows go with the patient. */
export const personalCarryTables = [carryTables.link, carryTables.file, carryTables.use, carryTables.card] as const

/** What may stand in a link (SMART Health Links: allowed content types). */
export const LINK_CONTENT_TYPES = ['application/fhir+json', 'application/smart-health-card'] as const
export type LinkContentType = (typeof LINK_CONTENT_TYPES)[number]

export interface LinkRow {
  readonly label: string
  /** Shown letters of the IG: P passcode, L long-term, U one file. */
  readonly flags: string
  readonly made: string
  readonly expires: string
  readonly state: 'active' | 'stopped' | 'expired'
  /** scrypt, base64url salt and hash; absent without passcode. */
  readonly passcode?: { readonly salt: string; readonly hash: string } | undefined
  /** Wrong passcodes that are still taken over the whole life of the link; only with a passcode. */
  readonly attemptsLeft?: number | undefined
  readonly opened: number
  readonly lastOpened?: string | undefined
  /** What the patient chose, by resource type. */
  readonly types: Readonly<Record<string, number>>
  readonly files: readonly { readonly contentType: LinkContentType; readonly lastUpdated: string; readonly length: number }[]
}

export interface LinkUseRow {
  readonly link: string
  readonly at: string
  /** The name that the opener gave of themselves. */
  readonly recipient: string
  readonly outcome: 'opened' | 'wrong-passcode' | 'no-longer-shared'
}

export interface CardRow {
  readonly kid: string
  readonly rid: string
  readonly iss: string
  readonly issued: string
  readonly expires: string
  readonly types: Readonly<Record<string, number>>
  readonly records: readonly string[]
  readonly revoked?: string | undefined
}

/** A write of one sealed row. */
export function sealedWrite(keys: PatientKeys, row: { readonly table: string; readonly key: string; readonly expected?: number | undefined; readonly value: object; readonly indexes: Readonly<Record<string, string>> }): ProjectionWrite {
  const { table, key, expected, value, indexes } = row
  return { table, key, ...(expected === undefined ? {} : { expected }), next: keys.seal(rowBytes(value as RowValue), rowAssociatedData(table, key)), indexes }
}

/** An opened row; `undefined` once the patient's keys are gone. */
export async function openCarried<T>(parts: Pick<Parts, 'vaults'>, row: Projection, custodian: string): Promise<T | undefined> {
  const patient = row.indexes['patient'] as string
  return (await openRow(parts, row, { custodian, patient })) as unknown as T | undefined
}
