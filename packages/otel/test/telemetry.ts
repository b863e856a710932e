import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { context } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { onTestFinished } from 'vitest'
import { instrument, type TelemetryOptions } from '../src/index.ts'

/** The real SDK with exporters in memory, fed by `instrument()` until the test has finished. */
export function telemetry(options: TelemetryOptions = {}) {
  const spanExporter = new InMemorySpanExporter()
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(spanExporter)],
  })
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 60_000,
  })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const contextManager = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(contextManager)
  const stop = instrument({ tracerProvider, meterProvider, ...options })
  onTestFinished(async () => {
    stop()
    context.disable()
    await meterProvider.shutdown()
  })
  return {
    tracerProvider,
    stop,
    spans: () => spanExporter.getFinishedSpans(),
    /** By the name of a metric: the sums or the counts of its data points, with their labels. */
    async metrics() {
      await reader.forceFlush()
      const metrics = metricExporter.getMetrics().at(-1)?.scopeMetrics[0]?.metrics ?? []
      return new Map(
        metrics.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ attributes, value }) => ({
            attributes,
            value: typeof value === 'number' ? value : (value as { sum: number }).sum,
            count: typeof value === 'number' ? 1 : (value as { count: number }).count,
          })),
        ]),
      )
    },
  }
}
