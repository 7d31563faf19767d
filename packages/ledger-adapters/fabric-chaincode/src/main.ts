#!/usr/bin/env node
// The chaincode as a service. Settings come from the environment, as Fabric's own services have it.
import { readFileSync } from 'node:fs'
import { startChaincodeServer } from './chaincode-server.ts'

const USAGE = `careledger-fabric-chaincode: runs the chaincode as a service until it is told to stop.
  CHAINCODE_SERVER_ADDRESS      host:port that peers dial
  CHAINCODE_ID                  package id, label:hash
  CARELEDGER_ADMINISTRATORS     members separated by commas: Org1MSP/name, Org1MSP#attribute=value, Org1MSP
  CHAINCODE_TLS_KEY, CHAINCODE_TLS_CERT           files; without them the connection is plain
  CHAINCODE_TLS_CLIENT_CACERT                     file; asks peers for a certificate`

const { CHAINCODE_SERVER_ADDRESS: address, CHAINCODE_ID: chaincodeId, CARELEDGER_ADMINISTRATORS: administrators } = process.env
const { CHAINCODE_TLS_KEY: key, CHAINCODE_TLS_CERT: certificate, CHAINCODE_TLS_CLIENT_CACERT: clientCertificates } = process.env
if (address === undefined || chaincodeId === undefined || administrators === undefined || (key === undefined) !== (certificate === undefined)) {
  console.error(USAGE)
  process.exit(2)
}

const server = await startChaincodeServer({
  address,
  chaincodeId,
  administrators: administrators.split(',').map((member) => member.trim()),
  ...(key === undefined || certificate === undefined ? {} : {
    tls: { key: read(key), certificate: read(certificate), clientCertificates: clientCertificates === undefined ? undefined : read(clientCertificates) },
  }),
})
console.log(`Chaincode ${chaincodeId} listens on ${server.address}`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())

function read(path: string): string {
  return readFileSync(path, 'utf8')
}
