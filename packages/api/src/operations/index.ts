import type { Contracts } from '../contracts/index.ts'
import type { OperationsOf } from '../operation.ts'
import { demoOperations } from './demo.ts'
import type { DemoPerson } from './demo.ts'
import { hospitalOperations } from './hospital/index.ts'
import type { InterchangeSettings } from './hospital/interchange.ts'
import { identityOperations } from './identity.ts'
import { platformOperations } from './platform.ts'
import { sessionOperations } from './session.ts'

export interface OperationsSettings extends InterchangeSettings {
  /** People to look around as; only where the instance runs in demo mode. */
  readonly demoPeople?: (() => Promise<readonly DemoPerson[]>) | undefined
}

/** Every operation of the platform with its body. */
export function createOperations(settings: OperationsSettings = {}): OperationsOf<Contracts> {
  return {
    session: sessionOperations,
    identity: identityOperations,
    hospital: hospitalOperations(settings),
    platform: platformOperations,
    demo: demoOperations(settings.demoPeople),
  }
}
