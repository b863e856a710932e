import type { GenerateRequest, ModelInfo } from '@nano/core'
import {
  type Attributes,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api'
import {
  type CallEnd,
  type FinishPart,
  nameError,
  nameFinishReason,
  nameOperation,
  nameProvider,
  type TracedCall,
  toSeconds,
} from './call.ts'
import { describeInput, describeOutput } from './messages.ts'
import { attributes } from './names.ts'

/** Starts the span of a call, as a child of what is active for whoever asks for the first part. */
export function startSpan(tracer: Tracer, call: TracedCall, hasContent: boolean): Span {
  const { request, info } = call
  const span = tracer.startSpan(`${nameOperation(request)} ${info.model}`, {
    kind: nameProvider(call.driver) === 'http' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    attributes: { ...describeCall(call), ...describeRequest(request), ...describeModel(info) },
  })
  if (hasContent && span.isRecording()) span.setAttributes(describeInput(request))
  return span
}

export function endSpan(
  span: Span,
  { parts, end, hasContent }: TracedCall & { readonly end: CallEnd; readonly hasContent: boolean },
): void {
  if (end.finish) span.setAttributes(describeFinish(end.finish))
  if (hasContent && span.isRecording()) span.setAttributes(describeOutput(parts, end))
  if ('error' in end) {
    span.setAttribute(attributes.errorType, nameError(end.error))
    // A server's message may quote the prompt.
    const message = hasContent && end.error instanceof Error ? end.error.message : undefined
    span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) })
  }
  span.end()
}

/** What the spans and the metrics of a call have in common. */
export function describeCall({ request, info, driver }: TracedCall): Attributes {
  return {
    [attributes.operation]: nameOperation(request),
    [attributes.provider]: nameProvider(driver),
    [attributes.request.model]: info.model,
    [attributes.response.model]: info.model,
  }
}

function describeModel({ device, quantization }: ModelInfo): Attributes {
  const { nano } = attributes
  return dropAbsent({ [nano.device]: device, [nano.quantization]: quantization })
}

function describeRequest(request: GenerateRequest): Attributes {
  const { sampling = {}, stop, schema, maxTokens, reasoning, reasoningBudget } = request
  const names = attributes.request
  return dropAbsent({
    [attributes.outputType]: schema === undefined ? 'text' : 'json',
    [names.stream]: true,
    [names.maxTokens]: maxTokens,
    [names.reasoning]: reasoning,
    [attributes.nano.reasoningBudget]: reasoningBudget,
    [names.stop]: stop && [...stop],
    [names.seed]: sampling.seed,
    [names.temperature]: sampling.temperature,
    [names.topP]: sampling.topP,
    [names.topK]: sampling.topK,
    [names.frequencyPenalty]: sampling.frequencyPenalty,
    [names.presencePenalty]: sampling.presencePenalty,
  })
}

function describeFinish({ finishReason, cached, cut, usage, timings }: FinishPart): Attributes {
  const { usage: counts, response, nano } = attributes
  return dropAbsent({
    [response.finishReasons]: [nameFinishReason(finishReason)],
    [response.firstChunk]: toSeconds(timings.firstPart),
    // The tokens of a replayed reply were spent the first time.
    ...(!cached && {
      [counts.input]: usage.input,
      [counts.cachedInput]: usage.cachedInput,
      [counts.output]: usage.output,
      [counts.reasoning]: usage.reasoning,
    }),
    [nano.firstAnswer]: toSeconds(timings.firstText),
    [nano.waiting]: toSeconds(timings.waiting),
    [nano.prompt]: toSeconds(timings.prompt),
    [nano.cacheHit]: cached ?? false,
    [nano.cut]: cut,
  })
}

/** Attributes have no value for what is not known. */
function dropAbsent(values: Readonly<Record<string, Attributes[string]>>): Attributes {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
