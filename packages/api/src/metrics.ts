import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** Counts and times of one server. Labels are operation names, outcomes and routes: closed sets, and nothing of a person in them. */
export interface Metrics {
  readonly registry: Registry
  operation(name: string, outcome: string, seconds: number): void
  request(route: string, status: number): void
  readonly open: { inc(): void; dec(): void }
  /** A request was refused before it was looked at. */
  shed(reason: 'requests' | 'lag'): void
  /** `collect` is awaited before each scrape, and must not reject; gives the function that takes it out. */
  beforeScrape(collect: () => Promise<void>): () => void
  /** The text for a scrape. */
  scrape(): Promise<string>
}

export function createMetrics(settings: { readonly process?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (settings.process === true) collectDefaultMetrics({ register: registry, prefix: 'careledger_' })
  const operations = new Counter({ name: 'careledger_operations_total', help: 'Calls by operation and outcome.', labelNames: ['operation', 'outcome'], registers: [registry] })
  const seconds = new Histogram({
    name: 'careledger_operation_seconds', help: 'Time of a call by operation.', labelNames: ['operation'], registers: [registry],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  })
  const requests = new Counter({ name: 'careledger_http_requests_total', help: 'HTTP requests by route and status.', labelNames: ['route', 'status'], registers: [registry] })
  const open = new Gauge({ name: 'careledger_http_requests_open', help: 'HTTP requests being answered.', registers: [registry] })
  const shed = new Counter({ name: 'careledger_http_requests_shed_total', help: 'Requests refused with 503 before they were looked at, by reason.', labelNames: ['reason'], registers: [registry] })
  for (const reason of ['requests', 'lag']) shed.inc({ reason }, 0)
  const collectors = new Set<() => Promise<void>>()
  const counts = keyed((name, outcome) => operations.labels({ operation: name, outcome }))
  const times = keyed((name) => seconds.labels({ operation: name }))
  const statuses = keyed((route, status) => requests.labels({ route, status }))
  return {
    registry,
    operation(name, outcome, elapsed) {
      counts(name, outcome).inc()
      times(name, '').observe(elapsed)
    },
    request(route, status) {
      statuses(route, String(status)).inc()
    },
    open,
    shed: (reason) => shed.inc({ reason }),
    beforeScrape(collect) {
      collectors.add(collect)
      return () => void collectors.delete(collect)
    },
    async scrape() {
      await Promise.all([...collectors].map((collect) => collect()))
      return registry.metrics()
    },
  }
}

/** Remembers the child metric of each pair of labels; looking one up by its labels costs more than counting. */
function keyed<Child>(make: (first: string, second: string) => Child): (first: string, second: string) => Child {
  const children = new Map<string, Map<string, Child>>()
  return (first, second) => {
    let inner = children.get(first)
    if (inner === undefined) children.set(first, (inner = new Map()))
    let child = inner.get(second)
    if (child === undefined) inner.set(second, (child = make(first, second)))
    return child
  }
}
