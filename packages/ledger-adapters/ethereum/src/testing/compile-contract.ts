import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import solc from 'solc'

/** What the adapter has to know of a compiled contract. */
export interface ContractBuild {
  readonly abi: readonly unknown[]
  /** Creation code, hex. */
  readonly bytecode: string
  /** Code at the address once it is created, hex: no immutables, no metadata, so that it is the same everywhere. */
  readonly runtime: string
}

/** The builds that are committed beside the source: file, contract, the oldest rules that it runs under. */
export const CONTRACT_BUILDS = [
  { file: 'care-ledger.json', contract: 'CareLedger', evmVersion: 'shanghai' },
  { file: 'tagged-care-ledger.json', contract: 'TaggedCareLedger', evmVersion: 'homestead' },
] as const

const folder = new URL('../contract/', import.meta.url)

/** Compiles one build; the same source and compiler give the same bytes. Error with the compiler's messages when it does not compile. */
export function compileContract({ contract, evmVersion }: { readonly contract: string; readonly evmVersion: string }): ContractBuild {
  const { abi, evm } = compile(contract, evmVersion)
  return { abi, bytecode: `0x${evm.bytecode.object}`, runtime: `0x${evm.deployedBytecode.object}` }
}

/** Slot and byte in it where each of the contract's variables is stored, by name. */
export function readLayout(contract: string, evmVersion: string): Readonly<Record<string, { readonly slot: string; readonly offset: number }>> {
  const { storage } = compile(contract, evmVersion).storageLayout
  return Object.fromEntries(storage.map(({ label, slot, offset }) => [label, { slot, offset }]))
}

function compile(contract: string, evmVersion: string): CompiledContract {
  const source = 'care-ledger.sol'
  const output = JSON.parse(solc.compile(JSON.stringify({
    language: 'Solidity',
    sources: { [source]: { content: readFileSync(new URL(source, folder), 'utf8') } },
    settings: {
      evmVersion,
      optimizer: { enabled: true, runs: 1_000_000 },
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { [contract]: ['abi', 'storageLayout', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  }))) as CompilerOutput
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  const built = output.contracts?.[source]?.[contract]
  if (errors.length > 0 || built === undefined) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  return built
}

interface CompilerOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, CompiledContract>>>>
}

interface CompiledContract {
  readonly abi: readonly unknown[]
  readonly storageLayout: { readonly storage: readonly { readonly label: string; readonly slot: string; readonly offset: number }[] }
  readonly evm: { readonly bytecode: { readonly object: string }; readonly deployedBytecode: { readonly object: string } }
}

/** Text of a committed build file. */
export function buildText(build: ContractBuild): string {
  return `${JSON.stringify(build, null, 2)}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const build of CONTRACT_BUILDS) writeFileSync(new URL(build.file, folder), buildText(compileContract(build)))
}
