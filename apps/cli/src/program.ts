import { Command, InvalidArgumentError, Option } from 'commander'
import manifest from '../package.json' with { type: 'json' }
import { accessCommand } from './commands/access.ts'
import { attachmentsCommand } from './commands/attachments.ts'
import { auditCommand } from './commands/audit.ts'
import { auditEventsCommand } from './commands/audit-events.ts'
import { backupCommand, restoreCommand } from './commands/backup.ts'
import { cardCommand } from './commands/card.ts'
import { carryCommand, openCommand } from './commands/carry.ts'
import { codesCommand } from './commands/codes.ts'
import { consentCommand } from './commands/consent.ts'
import { custodyCommand } from './commands/custody.ts'
import { identityCommand } from './commands/identity.ts'
import { emergencyCommand } from './commands/emergency.ts'
import { eraseCommand } from './commands/erase.ts'
import { explainCommand } from './commands/explain.ts'
import { importCommand } from './commands/import.ts'
import { initCommand } from './commands/init.ts'
import { ledgerCommand } from './commands/ledger.ts'
import { gatewayCommand } from './commands/gateway.ts'
import { logKeyCommand } from './commands/log-key.ts'
import { messagesCommand } from './commands/messages.ts'
import { outboxCommand } from './commands/outbox.ts'
import { patientsCommand } from './commands/patients.ts'
import { peersCommand } from './commands/peers.ts'
import { pinCommand } from './commands/pin.ts'
import { proofCommand } from './commands/proof.ts'
import { rebuildCommand } from './commands/rebuild.ts'
import { recoveryCommand } from './commands/recovery.ts'
import { recordsCommand } from './commands/records.ts'
import { rehearseCommand } from './commands/rehearse.ts'
import { holdCommand, retentionCommand } from './commands/retention.ts'
import { startCommand } from './commands/start.ts'
import { statusCommand } from './commands/status.ts'
import { trustCommand } from './commands/trust.ts'
import { upgradeCommand } from './commands/upgrade.ts'
import { vaultCommand } from './commands/vault.ts'
import { verifyCommand } from './commands/verify.ts'
import { witnessCommand } from './commands/witness.ts'
import { writeCommand } from './commands/write.ts'

export function createProgram(): Command {
  const program = new Command('careledger')
    .description('CareLedger on the command line: a healthcare ledger whose records anybody can check.')
    .version(manifest.version)
    .addOption(new Option('--json', 'one JSON document on standard output').default(false))
    .addOption(new Option('--url <address>', 'the instance').env('CARELEDGER_URL').default('http://127.0.0.1:4600').argParser(address))
    .addOption(new Option('--data <directory>', 'data directory, for commands that work on it (default: .careledger)').env('CARELEDGER_DATA'))
    .addOption(new Option('--key <file>', 'your private key (JWK), for commands that sign or read').env('CARELEDGER_KEY'))
    .addOption(new Option('--as <person>', 'a demo person, on a demo instance').env('CARELEDGER_AS'))
    .showHelpAfterError('(careledger <command> --help says more)')
    .exitOverride()
    .addHelpText('after', '\nExit status: 0 done · 1 no (a proof does not hold, an audit found something, refused) · 2 wrong usage · 3 cannot be reached, nothing changed')
  const commands = [
    initCommand(),
    startCommand(),
    statusCommand(),
    outboxCommand(),
    importCommand(),
    recordsCommand(),
    attachmentsCommand(),
    accessCommand(),
    identityCommand(),
    recoveryCommand(),
    explainCommand(),
    consentCommand(),
    emergencyCommand(),
    proofCommand(),
    verifyCommand(),
    pinCommand(),
    trustCommand(),
    auditCommand(),
    auditEventsCommand(),
    rebuildCommand(),
    retentionCommand(),
    holdCommand(),
    eraseCommand(),
    upgradeCommand(),
    backupCommand(),
    restoreCommand(),
    rehearseCommand(),
    ledgerCommand(),
    logKeyCommand(),
    witnessCommand(),
    peersCommand(),
    patientsCommand(),
    custodyCommand(),
    gatewayCommand(),
    messagesCommand(),
    carryCommand(),
    openCommand(),
    cardCommand(),
    writeCommand(),
    codesCommand(),
    vaultCommand(),
  ]
  for (const command of commands) program.addCommand(inherit(command, program))
  return program
}

/** The program's way of ending holds for every command, and for those below it. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent)
  for (const below of command.commands) inherit(below, command)
  return command
}

function address(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new InvalidArgumentError('An address such as http://127.0.0.1:4600.')
  return text
}
