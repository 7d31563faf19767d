import type { Parts } from '@careledger/logic'
import type { Authentication } from '@careledger/identity'
import type { AuditTrail } from '../audit-trail.ts'
import type { CheckCaller } from '../caller-check.ts'
import type { ElsewherePlace } from '../contracts/federation.ts'
import type { Problem } from '../contracts/problem.ts'
import type { Invoke } from '../invoke.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { AnyOperation } from '../operation.ts'
import type { Tracer } from '../tracing.ts'
import type { ServerLimits } from './limits.ts'
import type { EventStreams } from './event-streams.ts'
import type { LoadShed } from './load-shed.ts'
import type { BodyReader } from './read-body.ts'
import type { RouteRequest } from './route-request.ts'
import type { StaticFiles } from './static-files.ts'

/** What a server is made of, for its routes. */
export interface ServerParts {
  readonly operations: ReadonlyMap<string, AnyOperation>
  readonly parts: Parts
  readonly auth: Authentication
  readonly invoke: Invoke
  /** Before a body is read; `invoke` asks again. */
  readonly checkCaller: CheckCaller
  /** For a sign-in that is no operation. */
  readonly trail: AuditTrail
  readonly limits: ServerLimits
  readonly metrics: Metrics
  readonly logger: Logger
  readonly load: LoadShed
  /** Absent: nothing is traced, and nothing is paid for it. */
  readonly tracer: Tracer | undefined
  readonly bodies: BodyReader
  readonly files: StaticFiles | undefined
  /** Other instances that people here may read at through this server. */
  readonly elsewhere: () => readonly ElsewherePlace[]
  /** Whether a request may see `/metrics`. */
  readonly metricsAllowed: (route: RouteRequest) => boolean
  /** What operations under way listen to; all are aborted when the server must stop now. */
  readonly running: Set<AbortController>
  /** Aborted when the server begins to stop; what has no end of its own ends with it. */
  readonly stopping: AbortSignal
  readonly events: EventStreams
  /** Takes points from the caller's address. Errors: Problem RATE_LIMITED. */
  readonly takeAddress: (route: RouteRequest, points: number) => void
  /** Takes points from the address of a failed sign-in or proof; the problem to answer with. */
  readonly chargeFailure: (route: RouteRequest, problem: Problem) => Problem
}
