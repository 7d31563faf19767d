import type { Allowance } from '../rate-limit.ts'

/** What the server takes from outside. Every queue, buffer and wait has a bound here. */
export interface ServerLimits {
  /** Bytes of a request body; `large` for operations that say so (imports). Default 1 MiB and 48 MiB. Beyond: 413, before anything is buffered. */
  readonly bodyBytesMax: number
  readonly largeBodyBytesMax: number
  /** Bytes of all bodies being read at one time. Default 256 MiB. Beyond: 503 with Retry-After. */
  readonly bodyBytesTotalMax: number
  /** Nesting of a JSON body. Default 64. */
  readonly jsonDepthMax: number
  /** Calls in one tRPC batch. Default 20. */
  readonly batchMax: number
  /** Bytes of a request's line and headers, and their number. Default 16 KiB and 64. Beyond: 431. */
  readonly headerBytesMax: number
  readonly headersMax: number
  /** Headers must be there within this time, and a body must bring `bodyPaceBytes` (16 KiB) or its end in each such time. Default 10 s. */
  readonly slowMs: number
  readonly bodyPaceBytes: number
  /** Bytes of one attachment. Default and at most 4 GiB. Beyond: 413. */
  readonly attachmentBytesMax: number
  /** Attachments being sent or received. Default 32. Beyond: 503 with Retry-After. */
  readonly streamsMax: number
  /** Open sockets. Default 2,048; more are closed at once. */
  readonly connectionsMax: number
  /** Requests being answered. Default 512. Beyond: 503 with Retry-After. */
  readonly requestsMax: number
  /**
   * How late the event loop may be, smoothed over about a second, before new requests get 503 with Retry-After: what was accepted is served
   * first. Default 1 s.
   */
  readonly lagMaxMs: number
  /** Streams of events open at a time, in all and for each key; they do not count among `requestsMax`. Default 1,024 and 6. Beyond: 503, 429. */
  readonly eventStreamsMax: number
  readonly eventStreamsPerKey: number
  /** A stream on which nothing happens says so after this. Default 15 s. */
  readonly eventHeartbeatMs: number
  /** An idle connection is closed after this. Default 20 s. */
  readonly keepAliveMs: number
  /** How long `stop` waits for requests being answered. Default 5 s. */
  readonly stopMs: number
  /** Points for each key, and for each address that calls without one; an operation takes its contract's cost. */
  readonly perKey: Allowance
  readonly perAddress: Allowance
  /** Points that a failed sign-in or proof takes from its address. Default 5. */
  readonly failureCost: number
}

const MIB = 1024 * 1024

export const DEFAULT_LIMITS: ServerLimits = {
  bodyBytesMax: MIB,
  largeBodyBytesMax: 48 * MIB,
  bodyBytesTotalMax: 256 * MIB,
  jsonDepthMax: 64,
  batchMax: 20,
  headerBytesMax: 16 * 1024,
  headersMax: 64,
  slowMs: 10_000,
  bodyPaceBytes: 16 * 1024,
  attachmentBytesMax: 4096 * MIB,
  streamsMax: 32,
  connectionsMax: 2048,
  requestsMax: 512,
  lagMaxMs: 1000,
  eventStreamsMax: 1024,
  eventStreamsPerKey: 6,
  eventHeartbeatMs: 15_000,
  keepAliveMs: 20_000,
  stopMs: 5_000,
  perKey: { capacity: 1200, perSecond: 120 },
  perAddress: { capacity: 1200, perSecond: 120 },
  failureCost: 5,
}
