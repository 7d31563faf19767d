/** The chaincode of the Fabric ledger, and the service that peers reach it by. */
export { startChaincodeServer, type ChaincodeServer, type ChaincodeServerOptions } from './chaincode-server.ts'
export { createStreamsChaincode, type StreamsChaincode, type StreamsChaincodeOptions } from './create-streams-chaincode.ts'
