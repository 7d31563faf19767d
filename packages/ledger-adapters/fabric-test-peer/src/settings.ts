/** A private data collection, after Fabric's collections_config.json. */
export interface CollectionSettings {
  readonly name: string
  /** MSP ids of the organisations that hold the data. */
  readonly members: readonly string[]
  /** The collection's own endorsement policy: any one of these. Default: the chaincode's policy. */
  readonly endorsedByAnyOf?: readonly string[] | undefined
  /** Default true: only clients of members may read, and only they may write. */
  readonly memberOnlyRead?: boolean | undefined
  readonly memberOnlyWrite?: boolean | undefined
}

/** How the chaincode's own process is started. */
export interface ChaincodeSettings {
  /** The name under which it is defined on every channel. */
  readonly name: string
  /** Program and arguments. `--chaincode-address` and `--chaincode-id` are appended, and are in the environment too. */
  readonly command: readonly string[]
  readonly cwd?: string | undefined
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Default `1.0`. */
  readonly version?: string | undefined
}

export interface FabricTestPeerSettings {
  readonly chaincode: ChaincodeSettings
  /** MSP ids, one peer each. Default `Org1MSP` and `Org2MSP`. */
  readonly organisations?: readonly string[] | undefined
  /** Of how many organisations an endorsement is needed. Default: all. */
  readonly endorsementsRequired?: number | undefined
  readonly collections?: readonly CollectionSettings[] | undefined
  /** How long the orderer waits for more before it cuts a block, milliseconds. Default 10. */
  readonly batchTimeoutMs?: number | undefined
  /** Most transactions in a block. Default 500. */
  readonly maxMessageCount?: number | undefined
  /** Largest transaction that the orderer takes, bytes. Default 10 MiB. */
  readonly absoluteMaxBytes?: number | undefined
  /** Whether the peers take the batched messages of Fabric 3.1 and later. Default true. */
  readonly batchedMessages?: boolean | undefined
  /** After how long a stopped peer is left out of endorsement plans, milliseconds. Default 5,000. */
  readonly aliveExpirationMs?: number | undefined
  /** How long a transaction may take in the chaincode, milliseconds. Default 30,000. */
  readonly executeTimeoutMs?: number | undefined
}

/** The settings with every default filled in. */
export interface NetworkSettings {
  readonly chaincode: ChaincodeSettings & { readonly version: string }
  readonly organisations: readonly string[]
  readonly endorsementsRequired: number
  readonly collections: ReadonlyMap<string, Required<CollectionSettings>>
  readonly batchTimeoutMs: number
  readonly maxMessageCount: number
  readonly absoluteMaxBytes: number
  readonly batchedMessages: boolean
  readonly aliveExpirationMs: number
  readonly executeTimeoutMs: number
}

export function toNetworkSettings(settings: FabricTestPeerSettings): NetworkSettings {
  const organisations = settings.organisations ?? ['Org1MSP', 'Org2MSP']
  const collections = (settings.collections ?? []).map((collection) => ({
    name: collection.name,
    members: collection.members,
    endorsedByAnyOf: collection.endorsedByAnyOf,
    memberOnlyRead: collection.memberOnlyRead ?? true,
    memberOnlyWrite: collection.memberOnlyWrite ?? true,
  }))
  return {
    chaincode: { ...settings.chaincode, version: settings.chaincode.version ?? '1.0' },
    organisations,
    endorsementsRequired: settings.endorsementsRequired ?? organisations.length,
    collections: new Map(collections.map((collection) => [collection.name, collection])),
    batchTimeoutMs: settings.batchTimeoutMs ?? 10,
    maxMessageCount: settings.maxMessageCount ?? 500,
    absoluteMaxBytes: settings.absoluteMaxBytes ?? 10 * 1024 * 1024,
    batchedMessages: settings.batchedMessages ?? true,
    aliveExpirationMs: settings.aliveExpirationMs ?? 5_000,
    executeTimeoutMs: settings.executeTimeoutMs ?? 30_000,
  }
}
