import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { traceChannel, type TraceEvent } from '@nano/core'
import {
  diag,
  type MeterProvider,
  metrics,
  type Span,
  trace,
  type TracerProvider,
} from '@opentelemetry/api'
import type { CallEnd, TracedCall } from './call.ts'
import { openMeters } from './meters.ts'
import { endSpan, startSpan } from './spans.ts'

/** Options of `instrument()`. */
export interface TelemetryOptions {
  /**
   * Whether spans hold prompts and replies. Without it,
   * `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true` decides; by default they do not.
   */
  readonly content?: boolean
  /** Where spans go; the one of the app by default. */
  readonly tracerProvider?: TracerProvider
  /** Where metrics go; the one of the app by default. */
  readonly meterProvider?: MeterProvider
}

interface OpenCall extends TracedCall {
  readonly span: Span
  /** When the last part came, in milliseconds. */
  lastPartAt: number | undefined
  /** Milliseconds between the parts. */
  readonly gaps: number[]
}

const scope = '@nano/otel'

/**
 * Turns the calls of every model with `trace()` into spans and metrics of OpenTelemetry, until the
 * function that it returns is called; a call that is under way then ends its span there. Times are
 * in seconds. `OTEL_SEMCONV_STABILITY_OPT_IN` chooses the names of metrics.
 */
export function instrument(options: TelemetryOptions = {}): () => void {
  const { tracerProvider = trace, meterProvider = metrics } = options
  const { OTEL_SEMCONV_STABILITY_OPT_IN, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT } =
    process.env
  const hasContent =
    options.content ?? OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT?.toLowerCase() === 'true'
  const tracer = tracerProvider.getTracer(scope)
  const meters = openMeters(meterProvider.getMeter(scope), OTEL_SEMCONV_STABILITY_OPT_IN)
  const calls = new Map<number, OpenCall>()

  function start({ call, driver, request, info }: TraceEvent & { readonly type: 'start' }): void {
    const traced: TracedCall = { request, info, driver, parts: [], startedAt: performance.now() }
    const span = startSpan(tracer, traced, hasContent)
    calls.set(call, { ...traced, span, lastPartAt: undefined, gaps: [] })
  }

  function addPart(call: OpenCall, part: (TraceEvent & { readonly type: 'part' })['part']): void {
    const now = performance.now()
    if (call.lastPartAt !== undefined) call.gaps.push(now - call.lastPartAt)
    call.lastPartAt = now
    if (hasContent && call.span.isRecording()) call.parts.push(part)
  }

  function end(id: number, callEnd: CallEnd): void {
    const call = calls.get(id)
    if (!call) return
    calls.delete(id)
    try {
      meters.noteEnd(call, { ...callEnd, gaps: call.gaps })
    } finally {
      endSpan(call.span, { ...call, end: callEnd, hasContent })
    }
  }

  function take(event: TraceEvent): void {
    if (event.type === 'start') return start(event)
    if (event.type === 'left') return end(event.call, {})
    if (event.type === 'error') return end(event.call, { error: event.error })
    if (event.part.type === 'finish') return end(event.call, { finish: event.part })
    const call = calls.get(event.call)
    if (call) addPart(call, event.part)
  }

  const listen = (message: unknown) => {
    try {
      take(message as TraceEvent)
    } catch (error) {
      // Thrown here, an error of an exporter would end the app.
      diag.error(`${scope}: a call was not recorded`, error)
    }
  }
  subscribe(traceChannel, listen)
  return () => {
    unsubscribe(traceChannel, listen)
    for (const { span } of calls.values()) span.end()
    calls.clear()
  }
}
