import type { Json } from '../../fhir/read-values.ts'
import type { PermittedRecord } from '../permitted-records.ts'
import type { Address } from './addresses.ts'

/** A permitted record with the address that FHIR knows it by. */
export interface AddressedRecord extends PermittedRecord {
  readonly address: Address
  /** Entry id of its first version: its place in an order that no amendment changes, so that pages neither lose nor repeat it. */
  readonly first: string
  /** Its text can become another without a new version. */
  readonly changing?: boolean | undefined
}

export interface OpenedRecord extends AddressedRecord {
  readonly bytes: Uint8Array
  /** The author's text. */
  readonly text: string
  /** The same, parsed when it is first asked for. Errors: CORRUPTION naming the entry. */
  readonly value: Json
}
