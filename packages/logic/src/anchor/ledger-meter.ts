import type { LedgerHealth, Receipt } from '@careledger/ledger-spec'

/** How a ledger did in one minute, as this process saw it. `unknown`: nobody looked. */
export type MinuteState = 'final' | 'slow' | 'down' | 'unknown'

/** What a process saw of one ledger in the last 60 minutes. Nothing of it is stored: after a restart it begins with `unknown`. */
export interface LedgerMeasures {
  /** 60 minutes, the last one is the present. */
  readonly minutes: readonly MinuteState[]
  /** From the making of an outbox row to its finality, over what became final in that time; absent without any. */
  readonly finalMs?: { readonly p50: number; readonly p99: number; readonly count: number } | undefined
  /** Since when the ledger shows its present height; absent where it shows none. */
  readonly heightSince?: Date | undefined
  /** What a thousand records cost, where receipts say it (`raw.cost`, `raw.costUnit`). */
  readonly cost?: { readonly unit: string; readonly per1000: bigint } | undefined
}

export interface LedgerMeter {
  /** Rows became final: how long each took, in milliseconds. `slowMs`: what is too long on this ledger. */
  final(tookMs: readonly number[], slowMs: number, at: Date): void
  /** Receipts of one append. Receipts of one transaction have equal `raw`. */
  appended(receipts: readonly Pick<Receipt, 'raw'>[]): void
  /** The ledger was looked at. `late`: something waits for it longer than it should. */
  seen(health: LedgerHealth, late: boolean, at: Date): void
  /** An append or another call failed as a whole. */
  failed(at: Date): void
  read(now: Date): LedgerMeasures
}

export type Meters = (target: string) => LedgerMeter

/** One meter for each ledger's name, made when first asked for. */
export function createMeters(): Meters {
  const meters = new Map<string, LedgerMeter>()
  return (target) => {
    const known = meters.get(target)
    if (known !== undefined) return known
    const meter = createMeter()
    meters.set(target, meter)
    return meter
  }
}

interface Minute {
  ok: number
  bad: number
  slow: number
  seen: number
  readonly samples: number[]
}

const minutesKept = 60
/** Times kept of each minute, chosen evenly among all of it. */
const samplesMax = 200

function createMeter(): LedgerMeter {
  const minutes = new Map<number, Minute>()
  let height: { readonly value: bigint; readonly since: Date } | undefined
  let cost: { readonly unit: string; readonly sum: bigint; readonly records: number } | undefined

  const minuteOf = (at: Date): Minute => {
    const number = Math.floor(at.getTime() / 60_000)
    const known = minutes.get(number)
    if (known !== undefined) return known
    for (const old of minutes.keys()) if (old <= number - minutesKept) minutes.delete(old)
    const minute = { ok: 0, bad: 0, slow: 0, seen: 0, samples: [] }
    minutes.set(number, minute)
    return minute
  }
  return {
    final(tookMs, slowMs, at) {
      const minute = minuteOf(at)
      for (const ms of tookMs) {
        minute.ok++
        if (ms > slowMs) minute.slow++
        const place = minute.seen++ < samplesMax ? minute.samples.length : Math.floor(Math.random() * minute.seen)
        if (place < samplesMax) minute.samples[place] = ms
      }
    },
    appended(receipts) {
      const paid = receipts.flatMap(({ raw }) => (raw?.['cost'] !== undefined && /^\d{1,78}$/.test(raw['cost']) ? [{ raw, unit: raw['costUnit'] ?? '' }] : []))
      const unit = paid[0]?.unit
      if (unit === undefined) return
      const transactions = new Map(paid.map(({ raw }) => [JSON.stringify(raw), BigInt(raw['cost'] as string)]))
      const former = cost?.unit === unit ? cost : { sum: 0n, records: 0 }
      cost = { unit, sum: [...transactions.values()].reduce((sum, one) => sum + one, former.sum), records: former.records + paid.length }
    },
    seen(health, late, at) {
      const minute = minuteOf(at)
      if (health.ok) minute.ok++
      else minute.bad++
      if (late) minute.slow++
      if (health.height !== undefined && health.height !== height?.value) height = { value: health.height, since: at }
    },
    failed(at) {
      minuteOf(at).bad++
    },
    read(now) {
      const last = Math.floor(now.getTime() / 60_000)
      const kept = Array.from({ length: minutesKept }, (_, place) => minutes.get(last - minutesKept + 1 + place))
      const samples = kept.flatMap((minute) => minute?.samples ?? []).sort((a, b) => a - b)
      const at = (share: number): number => samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] as number
      return {
        minutes: kept.map(stateOf),
        finalMs: samples.length === 0 ? undefined : { p50: at(0.5), p99: at(0.99), count: kept.reduce((sum, minute) => sum + (minute?.seen ?? 0), 0) },
        heightSince: height?.since,
        cost: cost === undefined || cost.records === 0 ? undefined : { unit: cost.unit, per1000: (cost.sum * 1000n) / BigInt(cost.records) },
      }
    },
  }
}

function stateOf(minute: Minute | undefined): MinuteState {
  if (minute === undefined) return 'unknown'
  if (minute.bad > 0 && minute.bad >= minute.ok) return 'down'
  return minute.slow > 0 || minute.bad > 0 ? 'slow' : 'final'
}
