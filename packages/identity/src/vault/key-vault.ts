/**
 * The KeyVault port, version 1: the data keys of one custodian, as a two-level key tree (docs/entry-format.md, keys and erasure).
 *
 * [vault-1] `createPatient` and `subjectSecret` are durable when they resolve. [vault-2] Both are idempotent; callers of the same
 * patient at the same time get the same keys. [vault-3] `destroy` is atomic: after a crash at any moment either nothing has changed or
 * the patient's keys are gone for ever; all other patients' keys stay. [vault-4] A copy of the vault made before a `destroy` opens
 * nothing without the root of its generation, and that root no longer exists. [vault-5] After `destroy` resolves, handles given out
 * before refuse with VAULT_DESTROYED. Where several processes share a vault, every call that begins after `destroy` resolved finds the keys
 * gone, in every process; a handle given out in another process refuses from that process's next call of the vault on.
 */
export interface KeyVault {
  readonly specVersion: 'v1'
  /** Organisation id of the custodian whose keys these are. */
  readonly custodian: string
  /**
   * Makes the keys of a patient unless they exist. `patient` is an opaque id of 1 to 128 bytes of UTF-8 (a PatientId).
   * Errors: VAULT_DESTROYED (once destroyed, an id is never used again), VAULT_WRITE_FAILED, VAULT_BROKEN, VAULT_CLOSED.
   */
  createPatient(patient: string): Promise<void>
  /** `undefined`: never made, or destroyed. Errors: VAULT_CORRUPT, VAULT_BROKEN, VAULT_CLOSED. */
  patient(patient: string): Promise<PatientKeys | undefined>
  /** Keys of the organisation itself: what is not a patient's. Errors: VAULT_BROKEN, VAULT_CLOSED. */
  organisation(): Promise<OrganisationKeys>
  /**
   * Destroys a patient's keys: new shard key, new root generation, old root overwritten. Idempotent: a second call gives the generations
   * of the first. `before` equals `after` when the patient never had keys; from then on it cannot get any.
   * Errors: VAULT_WRITE_FAILED (nothing changed), VAULT_BROKEN (open anew and ask again), VAULT_CLOSED.
   */
  destroy(patient: string): Promise<Destroyed>
  /** Present where the keys that wrap patients' keys can be exchanged while the vault is used. */
  readonly rotation?: KeyRotation | undefined
  /** Generation of the root: 1 at first, +1 with every patient destroyed and every step of a rotation. */
  generation(): Promise<bigint>
  health(): Promise<{ readonly ok: boolean; readonly problems: readonly string[] }>
  /** Idempotent. Waits for writes under way, clears keys from memory, gives up the lock. */
  close(): Promise<void>
}

/**
 * Exchanges the keys that wrap patients' keys (shard keys and root), step by step. [vault-6] Patients' own keys stay the same, so everything
 * sealed or wrapped before opens before, while and after; a step is atomic as `destroy` is; after a kill the next step goes on where the last one ended; and
 * a copy of the vault made before a step opens nothing without the root of its generation, which no longer exists.
 */
export interface KeyRotation {
  /** Errors: VAULT_BROKEN, VAULT_CLOSED. */
  status(): Promise<RotationStatus>
  /** Durable when it resolves. One that is under way goes on instead. Errors: VAULT_WRITE_FAILED, VAULT_BROKEN, VAULT_CLOSED. */
  begin(now: Date): Promise<RotationStatus>
  /** Gives the next keys; does nothing where none is left. Errors: as `begin`. */
  step(): Promise<RotationStatus>
}

/** `begun`: absent when there was none. Under way while `replaced` is less than `total` and one has begun. */
export interface RotationStatus { readonly begun: Date | undefined; readonly replaced: number; readonly total: number }

/** Root generations before and after an erasure, for its certificate (`subject-erased`). */
export interface Destroyed { readonly before: bigint; readonly after: bigint }

/** What a vault does with one key: wrap content keys, seal rows, make search tokens. All synchronous, all in memory. */
export interface DataKeys {
  /** AES-256 key wrap (RFC 3394) of a 32-byte content key: 40 bytes. Errors: VAULT_DESTROYED, VAULT_CLOSED; `TypeError` on another length. */
  wrap(contentKey: Uint8Array): Uint8Array
  /** Errors: VAULT_UNSEAL_FAILED, VAULT_DESTROYED, VAULT_CLOSED. */
  unwrap(wrapped: Uint8Array): Uint8Array
  /** AES-256-GCM: nonce (12 bytes) || ciphertext || tag (16 bytes). Errors: VAULT_DESTROYED, VAULT_CLOSED. */
  seal(plain: Uint8Array, associatedData: Uint8Array): Uint8Array
  /** Errors: VAULT_UNSEAL_FAILED, VAULT_DESTROYED, VAULT_CLOSED. */
  open(sealed: Uint8Array, associatedData: Uint8Array): Uint8Array
  /**
   * Keyed search token, 43 characters of base64url: HMAC-SHA-256(index key, field | 0x00 | value). The value is taken as given; see
   * `normaliseSearchValue`. Errors: VAULT_DESTROYED, VAULT_CLOSED.
   */
  token(field: string, value: string): string
}

/** Keys of one patient at one custodian. Handles are cheap; ask the vault each time and keep none across requests. */
export interface PatientKeys extends DataKeys {
  /** 32 random bytes of (patient, network), made on first use and durable before they are returned. Errors as `createPatient`. */
  subjectSecret(network: string): Promise<Uint8Array>
}

/** Keys O and N of a custodian: rows and tokens that belong to no single patient, and the networks' slot keys. */
export interface OrganisationKeys extends DataKeys {
  /** 32 bytes, the same for this custodian and network as long as the vault exists. */
  slotKey(network: string): Uint8Array
}
