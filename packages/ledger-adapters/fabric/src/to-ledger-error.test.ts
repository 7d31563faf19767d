import { LedgerError } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { toEndorseVerdict, toLedgerError, toOutcome } from './to-ledger-error.ts'

/** As @hyperledger/fabric-gateway throws it: what the endorsers said stands in the details. */
const gatewayError = (code: number, message: string, ...details: readonly string[]) =>
  Object.assign(new Error(message), { name: 'EndorseError', code, details: details.map((text) => ({ address: 'peer', mspId: 'Org1MSP', message: text })) })
const verdict = (error: unknown) => { const given = toEndorseVerdict(error); return given === 'moved' ? given : given.code }

describe('an error before anything was sent', () => {
  it.each([
    ['LEDGER_UNAUTHORISED', gatewayError(10, '10 ABORTED: failed to endorse transaction', 'chaincode response 500, careledger UNAUTHORISED: This account may not write the stream')],
    ['LEDGER_CONFLICT', new Error('No valid responses from any peers: status 500: careledger CONFLICT: The stream exists already')],
    ['LEDGER_INVALID_RECORD', gatewayError(10, 'x', 'chaincode response 500, careledger INVALID: The query is { key?, after, limit }')],
    ['LEDGER_UNAUTHORISED', gatewayError(9, '9 FAILED_PRECONDITION: access denied: channel [care] creator org unknown, creator is malformed')],
    ['LEDGER_UNAUTHORISED', gatewayError(10, 'x', 'chaincode response 500, careledger FAILED: GET_STATE failed: tx creator does not have read access permission on privatedata')],
    ['LEDGER_WRONG_CHAIN', gatewayError(14, '14 UNAVAILABLE: failed to get config for channel [no]: could not get last config')],
    ['LEDGER_WRONG_CHAIN', gatewayError(9, '9 FAILED_PRECONDITION: No metadata was found for chaincode other in channel care')],
    ['LEDGER_REJECTED', new Error('Failed to send transaction successfully to the committer. status:BAD_REQUEST')],
    ['LEDGER_REJECTED', gatewayError(10, '10 ABORTED: received unsuccessful response from orderer: status=FORBIDDEN, info=implicit policy evaluation failed')],
    ['moved', gatewayError(10, '10 ABORTED: failed to collect enough transaction endorsements', 'ProposalResponsePayloads do not match (base64): ...')],
    ['moved', new Error('Peer endorsements do not match')],
    ['LEDGER_UNAVAILABLE', gatewayError(14, '14 UNAVAILABLE: No connection established')],
    ['LEDGER_UNAVAILABLE', new Error('DiscoveryService has failed to return results')],
    ['LEDGER_UNAVAILABLE', 'a thrown text'],
  ])('is %s', (code, error) => {
    expect(verdict(error)).toBe(code)
  })

  it('keeps no certificate and no long text in its cause', () => {
    const error = Object.assign(new Error(`careledger REJECTED: ${'A'.repeat(2_000)}`), { connection: { options: { pem: '-----BEGIN CERTIFICATE-----' } }, code: 500 })
    const given = toEndorseVerdict(error) as LedgerError
    const cause = given.cause as Error
    expect(JSON.stringify([cause.message, Object.entries(cause)])).not.toContain('CERTIFICATE')
    expect(cause.message.length).toBeLessThan(400)
  })
})

it('does not guess after sending', () => {
  expect(toLedgerError(gatewayError(4, '4 DEADLINE_EXCEEDED'), 'send')).toBeUndefined()
  expect(toLedgerError(new Error('SERVICE UNAVAILABLE'), 'send')).toBeUndefined()
  const ofSeveral = gatewayError(14, '14 UNAVAILABLE: insufficient number of orderers could successfully process transaction', 'received unsuccessful response from orderer: status=BAD_REQUEST, info=')
  expect(toLedgerError(ofSeveral, 'send')).toBeUndefined()
})

it('knows what a validation code means', () => {
  expect([0, 11, 12].map(toOutcome)).toEqual(['valid', 'moved', 'moved'])
  for (const code of [9, 10, 254]) expect(toOutcome(code)).toMatchObject({ code: 'LEDGER_REJECTED', details: { validationCode: code } })
})
