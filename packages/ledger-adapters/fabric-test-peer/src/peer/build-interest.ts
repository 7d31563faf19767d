import { peer } from '@hyperledger/fabric-protos'
import type { Simulator } from '../ledger/simulator.ts'

/** Which policies the endorsements have to satisfy, as the endorser tells gateways (core/endorser/endorser.go, `buildChaincodeInterest`). */
export function buildInterest(chaincode: string, simulator: Simulator): peer.ChaincodeInterest {
  const written = [...simulator.collections].filter(([, collection]) => collection.writes.size > 0)
  const touched = [...simulator.collections].filter(([, collection]) => collection.writes.size > 0 || collection.valuesRead)
  const calls = touched.map(([name, collection]) => {
    const call = new peer.ChaincodeCall()
    call.setName(chaincode)
    call.setCollectionNamesList([name])
    call.setNoPrivateReads(!collection.valuesRead)
    return call
  })
  if (simulator.writes.size > 0 || written.length === 0) {
    const call = new peer.ChaincodeCall()
    call.setName(chaincode)
    calls.unshift(call)
  }
  const interest = new peer.ChaincodeInterest()
  interest.setChaincodesList(calls)
  return interest
}
