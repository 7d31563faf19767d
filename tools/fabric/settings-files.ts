import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressOf, CHAINCODE, CHANNEL, COLLECTIONS, ORGANISATIONS, paths, type Network } from './network.ts'

/** Who of an organisation has a certificate: its administrator, and two users of whom the first may write. */
export const PEOPLE = ['Admin', 'User1', 'User2'] as const
type Person = (typeof PEOPLE)[number]

/** One organisation's side of the network, as `settings-<organisation>.json` holds it. */
export interface SettingsFile {
  /** Settings of the adapter, but for the client. */
  readonly settings: {
    readonly channel: string
    readonly chaincode: string
    readonly peer: { readonly address: string; readonly tlsCertificate: string }
    readonly discovery: { readonly asLocalhost: boolean }
    readonly collections: readonly { readonly name: string; readonly organisations: readonly string[] }[]
  }
  /** For `createFabricSigner`, with files in place of what is in them. */
  readonly signers: Readonly<Record<Person, { readonly mspId: string; readonly certificateFile: string; readonly privateKeyFile: string }>>
}

/** Writes one file for each organisation; gives their names. */
export function writeSettings(network: Network): readonly string[] {
  return ORGANISATIONS.map((organisation) => {
    const path = settingsFile(network.folder, organisation.name)
    writeFileSync(path, `${JSON.stringify(settingsOf(network, organisation), null, 2)}\n`)
    return path
  })
}

export function readSettings(folder: string, organisation: string): SettingsFile {
  return JSON.parse(readFileSync(settingsFile(folder, organisation), 'utf8')) as SettingsFile
}

function settingsOf(network: Network, organisation: (typeof ORGANISATIONS)[number]): SettingsFile {
  return {
    settings: {
      channel: CHANNEL,
      chaincode: CHAINCODE,
      peer: { address: addressOf(network, organisation.name), tlsCertificate: readFileSync(join(paths.peer(network, organisation), 'tls/ca.crt'), 'utf8') },
      discovery: { asLocalhost: true },
      collections: COLLECTIONS,
    },
    signers: Object.fromEntries(PEOPLE.map((person) => [person, signerOf(network, organisation, person)])) as SettingsFile['signers'],
  }
}

function signerOf(network: Network, organisation: (typeof ORGANISATIONS)[number], person: Person) {
  const msp = join(paths.user(network, organisation, person), 'msp')
  const only = (folder: string): string => join(msp, folder, readdirSync(join(msp, folder))[0] ?? '')
  return { mspId: organisation.mspId, certificateFile: only('signcerts'), privateKeyFile: only('keystore') }
}

function settingsFile(folder: string, organisation: string): string {
  return join(folder, `settings-${organisation}.json`)
}
