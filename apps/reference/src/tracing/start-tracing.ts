import { randomUUID } from 'node:crypto'
import { context, type Tracer } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace'
import { version } from '../version.ts'

/** Where spans are made, and what ends it. */
export interface Tracing {
  readonly tracer: Tracer
  /** Sends what waits, at most for 5 s. */
  stop(): Promise<void>
}

export interface TracingSettings {
  /** Base address of an OTLP/HTTP receiver; spans go to `<endpoint>/v1/traces`. */
  readonly endpoint: string
  /** Share of the requests that are traced, 0 to 1. */
  readonly ratio: number
  readonly role: string
}

const stopMaxMs = 5000

/** Spans in batches to an OpenTelemetry receiver. Loaded only where one is configured. A receiver that is down costs spans and nothing else. */
export function startTracing({ endpoint, ratio, role }: TracingSettings): Tracing {
  return tracingOver(new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces`, timeoutMillis: stopMaxMs }) }), { ratio, role })
}

/** The same over another way of handing spans out; for tests, and for platforms with a way of their own. */
export function tracingOver(processor: SpanProcessor, { ratio, role }: Pick<TracingSettings, 'ratio' | 'role'>): Tracing {
  const manager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(manager)
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'careledger', 'service.version': version, 'service.instance.id': randomUUID(), 'careledger.role': role }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [processor],
  })
  return {
    tracer: provider.getTracer('careledger', version),
    async stop() {
      await Promise.race([provider.shutdown().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, stopMaxMs).unref())])
      context.disable()
    },
  }
}
