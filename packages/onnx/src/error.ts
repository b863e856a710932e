import { NanoError } from '@nano/core'
import type { ExecutionProvider, WorkerCall } from './worker/messages.ts'

interface OpenAttempt {
  readonly path: string
  readonly provider: ExecutionProvider
}

/**
 * The `NanoError` for a failure of the runtime in a call; its message tells the code. `attempt`:
 * what was opened, where loading failed.
 */
export function toNanoError(cause: unknown, call: WorkerCall, attempt?: OpenAttempt): NanoError {
  if (NanoError.is(cause)) return cause
  const [reason = ''] = toError(cause).message.split('\n', 1)
  const { code, advice } = attempt
    ? explainLoadError(reason, attempt)
    : explainRunError(reason, call)
  return new NanoError(code, `onnx: ${advice}`, { cause })
}

/** What was thrown, as an error. */
export function toError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}

interface Explanation {
  readonly code: NanoError['code']
  readonly advice: string
}

function explainRunError(reason: string, call: WorkerCall): Explanation {
  if (isOutOfMemory(reason)) return explainMemoryError(reason, call)
  if (call === 'open')
    return {
      code: 'bad-model',
      advice:
        `the model loads, but does not run (${reason}). ` +
        'This file does not work on this device: try another quantization.',
    }
  return { code: 'internal', advice: `decoding failed (${reason})` }
}

function explainLoadError(reason: string, { path, provider }: OpenAttempt): Explanation {
  if (isOutOfMemory(reason)) return explainMemoryError(reason, 'open')
  if (provider !== 'cpu' && !isFileError(reason))
    return {
      code: 'unavailable',
      advice: `${provider} cannot be used here (${reason}). ${providerAdvice[provider]}`,
    }
  if (/opset|Unsupported model IR version|IR version/i.test(reason))
    return {
      code: 'unsupported',
      advice:
        `${path} has a version of ONNX that this onnxruntime-node does not know (${reason}). ` +
        'Try a newer onnxruntime-node.',
    }
  if (isUnknownOperator(reason))
    return {
      code: 'unsupported',
      advice:
        `${path} has operators or types that this onnxruntime-node does not know on ${provider} ` +
        `(${reason}). Try another quantization, or a newer onnxruntime-node.`,
    }
  if (/external data|external_data|file_size|model_path|onnx_data|\.data\b/i.test(reason))
    return {
      code: 'bad-model',
      advice:
        `${path} has its weights in a file beside it, which is missing or cut short (${reason}). ` +
        'Get that file too, and compare its size with the original.',
    }
  return {
    code: 'bad-model',
    advice:
      `loading ${path} failed (${reason}). The file may be cut short or broken: ` +
      'get it again and compare its size with the original.',
  }
}

function explainMemoryError(reason: string, call: WorkerCall): Explanation {
  return {
    code: 'out-of-memory',
    advice:
      `the ${call === 'open' ? 'model' : 'KV cache'} does not fit in memory (${reason}). ` +
      'Use a smaller quantization, a shorter contextLength, or fewer parallel requests.',
  }
}

function isOutOfMemory(reason: string): boolean {
  return (
    /bad_alloc|out of memory|failed to allocate/i.test(reason) ||
    /Array buffer allocation|Invalid typed array length/i.test(reason)
  )
}

/** The runtime gives these reasons on every device: the file is broken. */
function isFileError(reason: string): boolean {
  return (
    /protobuf|external data|opset|IR version|is not a registered/i.test(reason) ||
    /Load model .* failed|INVALID_GRAPH|INVALID_PROTOBUF/i.test(reason)
  )
}

function isUnknownOperator(reason: string): boolean {
  return (
    /is not a registered function|Fatal error: .* is not|No Op registered/i.test(reason) ||
    /NOT_IMPLEMENTED|Could not find an implementation|Unsupported data type/i.test(reason)
  )
}

const providerAdvice = {
  cuda:
    'The npm package of onnxruntime-node does not contain its CUDA part, which exists for Linux ' +
    'on x64: install CUDA 12 and cuDNN 9, then run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild ' +
    "onnxruntime-node, which gets it from nuget.org; or use device: 'auto'.",
  webgpu: "It needs a GPU with a Vulkan, Metal or Direct3D 12 driver; or use device: 'auto'.",
} as const
