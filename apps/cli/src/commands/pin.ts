import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { evidenceBlocks, parseLedgerTrust, type CertificateTrust, type LedgerTrust } from '@careledger/evidence'
import { parseProof } from '@careledger/proof'
import { CommandError, exitCodes } from '../exit-codes.ts'
import { askBlockHash, nodeKinds, type NodeKind } from '../pin/ask-block-hash.ts'
import { contextOf } from './command-context.ts'
import { readProof } from './verify.ts'

type Nodes = Partial<Record<NodeKind, string>>
interface Fabric {
  readonly fabricCa: readonly string[]
  readonly organisations?: string
}

export function pinCommand(): Command {
  return new Command('pin')
    .argument('<proof>', 'a proof file whose anchors carry evidence')
    .description("Prints pins for verify --pins of the ledgers of a proof: blocks that your own nodes have, and Fabric's organisations that you name.")
    .option('--ethereum <url>', 'JSON-RPC address of your own node of the ledger')
    .addOption(new Option('--multichain <url>', 'the same for MultiChain, with user and password in the address; better given by the environment').env('CARELEDGER_MULTICHAIN_NODE'))
    .option('--fabric-ca <msp=file>', "MSP id of an organisation and the certificate (PEM) of the authority that issues its peers' certificates; once for each", collect, [])
    .option('--organisations <number>', 'how many of them must have signed (default: all)')
    .option('--add-to <file>', 'pins that you have already; the result holds both')
    .action(async (file: string, own: Nodes & Fabric & { readonly addTo?: string }, command: Command) => {
      const { output } = contextOf(command)
      if (own.fabricCa.length === 0 && nodeKinds.every((kind) => own[kind] === undefined)) throw new CommandError(exitCodes.usage, 'NO_NODE', 'Name a node of your own, --ethereum or --multichain, or organisations, --fabric-ca.')
      const pins = new Map((own.addTo === undefined ? [] : parseLedgerTrust(readFileSync(own.addTo, 'utf8'))).map((pin) => [pin.ledgerId, pin]))
      for (const anchor of parseProof(readProof(file)).anchors) {
        const { ledgerId } = anchor
        if (anchor.kind === 'fabric' && own.fabricCa.length > 0) pins.set(ledgerId, { ledgerId, ...readOrganisations(own) })
        const kind = nodeKinds.find((each) => each === anchor.kind)
        const url = kind === undefined ? undefined : own[kind]
        if (kind === undefined || url === undefined) continue
        for (const { height } of evidenceBlocks(anchor) ?? []) {
          const known = pins.get(ledgerId)
          pins.set(ledgerId, { ledgerId, blocks: { ...(known !== undefined && 'blocks' in known ? known.blocks : {}), [height]: await askBlockHash(kind, url, height) } })
        }
      }
      if (pins.size === 0) throw new CommandError(exitCodes.no, 'NO_EVIDENCE', 'No anchor of the proof carries evidence of these ledgers.')
      const list: readonly LedgerTrust[] = [...pins.values()]
      output.result(list, [JSON.stringify(list, null, 2)])
    })
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

function readOrganisations({ fabricCa, organisations }: Fabric): Omit<CertificateTrust, 'ledgerId'> {
  const pin = { ledgerId: '', organisations: Object.fromEntries(fabricCa.map(readAuthority)), organisationsMin: Number(organisations ?? fabricCa.length) }
  try {
    parseLedgerTrust(JSON.stringify([pin]))
  } catch {
    throw new CommandError(exitCodes.usage, 'PINS_UNREADABLE', 'Each --fabric-ca has a certificate in PEM, and --organisations is at most as many as they are.')
  }
  return { organisations: pin.organisations, organisationsMin: pin.organisationsMin }
}

function readAuthority(text: string): readonly [string, string] {
  const at = text.indexOf('=')
  const path = text.slice(at + 1)
  if (at < 1) throw new CommandError(exitCodes.usage, 'PINS_UNREADABLE', '--fabric-ca is an MSP id, =, and a file.')
  try {
    return [text.slice(0, at), readFileSync(path, 'utf8')]
  } catch (error) {
    throw new CommandError(exitCodes.usage, 'FILE_UNREADABLE', `${path} cannot be read.`, { cause: error })
  }
}
