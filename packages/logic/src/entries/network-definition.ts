import type { Guard, Projection, ProjectionWrite, ReadView } from '@careledger/data-spec'
import type { Entry } from '@careledger/proof'
import type { KeyRecord, KeyVault, OrganisationKeys, PatientKeys } from '@careledger/identity'

/** Plain JSON: what a projection row holds. */
export type RowValue = string | number | boolean | null | readonly RowValue[] | { readonly [name: string]: RowValue | undefined }

/** One network of the platform: its entry types and the tables they fill. One folder, one definition. */
export interface NetworkDefinition {
  /** `[a-z][a-z0-9-]{0,30}`; also the name of its stream on ledgers. */
  readonly name: string
  readonly types: Readonly<Record<string, EntryType>>
  /** Every table its types write. Rebuild clears them, audit compares them row by row. */
  readonly tables: Readonly<Record<string, TableDefinition>>
  /** Every row that holds data of this patient at this custodian; erasure deletes them before it destroys the keys. */
  personalRows?(context: ErasureContext): AsyncIterable<{ readonly table: string; readonly key: string }>
  /** What the write that deletes one of those rows puts down beside it, with nothing of the patient in it: whom the erasure has to be told. */
  noticesOf?(context: ErasureContext, row: Projection, now: Date): Promise<readonly ProjectionWrite[]>
  /** Whether the patient may be erased on the day `now`; absent: yes. Asked anew before each write that takes rows away. */
  mayErase?(context: Omit<ErasureContext, 'subject'>, now: Date): Promise<ErasureAnswer>
}

/** Why not, or what must still hold in the write that begins the erasure; no guards: there is nothing here to keep, or it has begun. */
export type ErasureAnswer = { readonly refused: readonly ErasureRefusal[] } | { readonly guards: readonly Guard[] }

export interface ErasureRefusal {
  readonly basis: string
  readonly source?: string | undefined
  /** First day on which it no longer holds; absent: until somebody lifts it. */
  readonly until?: string | undefined
}

export interface TableDefinition {
  /**
   * Whether a `project` of any network reads rows of this table. `false` lets audit keep a digest instead of the value; so does `remade`: the
   * entry whose id is the row's key inserts the row, its projection gives the value again, and few rows are ever changed.
   */
  readonly readBack: boolean | 'remade'
}

/** One kind of entry: what it must carry, and which rows it makes. */
export interface EntryType {
  readonly payload: 'required' | 'none' | 'optional'
  /** Media types its payload may have; absent = any. */
  readonly mediaTypes?: readonly string[] | undefined
  /** The payload comes as a stream and lies in a document, however large: `project` gets `streamed` and never `opening`. Default false. */
  readonly streamed?: boolean | undefined
  /** Whether entries of this type carry `subject` (they must) or not (they must not). */
  readonly subject: boolean
  /** Whose key seals the payload. Default: the patient's when there is a subject, else the custodian's organisation key. */
  readonly sealUnder?: 'patient' | 'organisation' | undefined
  /** For a type that brings in a new subject: the patient (random UUID in the vault) it belongs to. The pseudonym is checked against the vault. */
  introduces?(accepted: Pick<AcceptedEntry, 'entry' | 'opening'>): string
  /** For a type whose key enrols itself (`platform-root`): the record to verify its signature with, when no row has that key yet. */
  selfEnrolled?(accepted: Pick<AcceptedEntry, 'entry' | 'opening'>): KeyRecord
  /**
   * The one function that turns an entry and its opened payload into rows; write path, rebuild and audit all call it, in log order.
   * It must depend on its arguments only: no clock, no randomness. Throws LogicError to refuse the entry; nothing is then written.
   */
  project(context: ProjectContext, accepted: AcceptedEntry): Promise<readonly (RowChange | RowMark)[]>
}

/** An entry as `project` sees it. */
export interface AcceptedEntry {
  readonly entry: Entry
  readonly opening?: Opening | undefined
  /** Of a type whose payload is streamed. */
  readonly streamed?: StreamedOpening | undefined
  /** Signing key's record at this point of the log. */
  readonly author: KeyRecord
  /** The patient behind `subject`: a random UUID, the key in the custodian's vault. Present when the entry has a subject. */
  readonly patient?: string | undefined
}

/** The opened payload: the exact bytes received. */
export interface Opening {
  /** 32 bytes. */
  readonly salt: Uint8Array
  readonly mediaType: string
  readonly payload: Uint8Array
}

/** What is known of a streamed payload without reading it. */
export interface StreamedOpening {
  /** 32 bytes. */
  readonly salt: Uint8Array
  readonly mediaType: string
  /** SHA-256 of the bytes received; 32 bytes. */
  readonly payloadHash: Uint8Array
  readonly size: number
}

/** What `project` may look at. Every row it reads must still be the same when the write commits; the caller need not guard it. */
export interface ProjectContext {
  /** The row's value as earlier entries left it, those of the same write included; `undefined`: no such row. Sealed rows are opened. */
  row(table: string, key: string, sealedFor?: SealedFor): Promise<RowValue | undefined>
  /** The custodian's vault. Throws NOT_ALLOWED when this instance does not hold it. */
  vault(custodian: string): KeyVault
  organisation(custodian: string): Promise<OrganisationKeys>
  /** Throws NOT_ALLOWED when the patient's keys were destroyed or never made. */
  patient(sealedFor: SealedFor): Promise<PatientKeys>
}

export interface SealedFor { readonly custodian: string; readonly patient: string }

/** One row after an entry. Versions and sealing are not the network's business. */
export interface RowChange {
  readonly table: string
  readonly key: string
  /** `null` deletes the row. */
  readonly value: RowValue
  /** At most 8 opaque tokens to find the row by; they replace the former ones. */
  readonly indexes?: Readonly<Record<string, string>> | undefined
  /** Seals the value under this patient's key with `table|key` bound to it. */
  readonly sealedFor?: SealedFor | undefined
  /** The row must not exist yet; saves reading it. Otherwise ENTRY_CONFLICT. */
  readonly insert?: boolean | undefined
}

/**
 * A row of random bytes that every write of an entry renews, in nobody's way: as long as it is the same, so is what it stands for. It says
 * nothing else; no audit compares it, and a rebuild renews it.
 */
export interface RowMark {
  readonly table: string
  readonly key: string
  readonly mark: true
}

export interface ErasureContext {
  readonly custodian: string
  readonly patient: string
  /** Pseudonym, base64url. */
  readonly subject: string
  readonly vault: KeyVault
  readonly view: ReadView
}
