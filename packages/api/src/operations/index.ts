import type { Contracts } from '../contracts/index.ts'
import type { ElsewherePlace } from '../contracts/federation.ts'
import type { OperationsOf } from '../operation.ts'
import { demoOperations } from './demo.ts'
import type { DemoPerson } from './demo.ts'
import { hospitalOperations } from './hospital/index.ts'
import type { InterchangeSettings } from './hospital/interchange.ts'
import { identityOperations } from './identity.ts'
import { platformOperations } from './platform.ts'
import { runningOperation, type BackupsKnown } from './running.ts'
import { sessionOperations } from './session.ts'

export interface OperationsSettings extends InterchangeSettings {
  /** People to look around as; only where the instance runs in demo mode. */
  readonly demoPeople?: (() => Promise<readonly DemoPerson[]>) | undefined
  /** The newest backup and rehearsed restore; absent: nothing is known of any. */
  readonly backups?: (() => Promise<BackupsKnown>) | undefined
  /** Other instances that people here may read at through this server; default: none. */
  readonly elsewhere?: (() => readonly ElsewherePlace[]) | undefined
}

/** Every operation of the platform with its body. */
export function createOperations(settings: OperationsSettings = {}): OperationsOf<Contracts> {
  return {
    session: sessionOperations,
    identity: identityOperations(settings.elsewhere),
    hospital: hospitalOperations(settings),
    platform: { ...platformOperations, running: runningOperation(settings.backups) },
    demo: demoOperations(settings.demoPeople),
  }
}
