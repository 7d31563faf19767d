import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

/** Counts and times of one server. Labels are operation names, outcomes and routes: closed sets, and nothing of a person in them. */
export interface Metrics {
  readonly registry: Registry
  operation(name: string, outcome: string, seconds: number): void
  request(route: string, status: number): void
  readonly open: { inc(): void; dec(): void }
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
  return {
    registry,
    operation(name, outcome, elapsed) {
      operations.inc({ operation: name, outcome })
      seconds.observe({ operation: name }, elapsed)
    },
    request(route, status) {
      requests.inc({ route, status })
    },
    open,
  }
}
