import { X509Certificate } from 'node:crypto'
import shim from 'fabric-shim'
import { Refusal } from './refusal.ts'
import type { Stub } from './stub.ts'

/** Who signed the proposal, as the peer has proved it. */
export interface Caller {
  /** MSP id. */
  readonly organisation: string
  /** `<MSP id>/<common name of the certificate>`: what records name as their writer. Stays when a certificate is renewed. */
  readonly account: string
  /** Whether the certificate carries the attribute `name` with `value` (Fabric CA, extension 1.2.3.4.5.6.7.8.1). */
  hasAttribute(name: string, value: string): boolean
}

const ORGANISATION = '[A-Za-z0-9._-]{1,64}'
const NAME = '[\\x21-\\x22\\x24-\\x2e\\x30-\\x7e]{1,64}'
const ACCOUNT = new RegExp(`^${ORGANISATION}/${NAME}$`)
/** An organisation, one account of it, or everybody of it whose certificate carries an attribute. */
const MEMBER = new RegExp(`^(?<organisation>${ORGANISATION})(?:/(?<name>${NAME})|#(?<attribute>[A-Za-z0-9._-]{1,64})=(?<value>${NAME}))?$`)

/** UNAUTHORISED for a certificate without exactly one common name of 1 to 64 printable characters other than `#` and `/`. */
export function callerOf(stub: Stub): Caller {
  const { mspid, idBytes } = stub.getCreator()
  const account = `${mspid}/${commonName(idBytes)}`
  if (!ACCOUNT.test(account)) throw new Refusal('UNAUTHORISED', 'The common name of the certificate cannot name an account')
  return {
    organisation: mspid,
    account,
    hasAttribute: (name, value) => new shim.ClientIdentity(stub as unknown as shim.ChaincodeStub).assertAttributeValue(name, value),
  }
}

/** INVALID unless `member` is `Org1MSP`, `Org1MSP/name` or `Org1MSP#attribute=value`. Gives its organisation. */
export function organisationOf(member: string): string {
  const organisation = MEMBER.exec(member)?.groups?.['organisation']
  if (organisation === undefined) throw new Refusal('INVALID', 'A member is an MSP id, alone or with /name or #attribute=value')
  return organisation
}

/** Whether `caller` is meant by `member`. */
export function isMeant(member: string, caller: Caller): boolean {
  const { organisation, name, attribute, value } = MEMBER.exec(member)?.groups ?? {}
  if (organisation !== caller.organisation) return false
  if (name !== undefined) return caller.account === member
  return attribute === undefined || value === undefined || caller.hasAttribute(attribute, value)
}

function commonName(idBytes: Uint8Array): string | undefined {
  try {
    const name: unknown = new X509Certificate(idBytes).toLegacyObject().subject.CN
    return typeof name === 'string' ? name : undefined
  } catch {
    return undefined
  }
}
