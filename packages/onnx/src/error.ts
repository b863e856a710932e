import { NanoError } from '@nano/core'
import type { CallName, Device } from './worker/messages.ts'

interface Opening {
  readonly path: string
  readonly device: Device
}

/** The one error for a failure of the runtime; its code from what the runtime said. */
export function toNanoError(cause: unknown, doing: CallName, opening?: Opening): NanoError {
  if (NanoError.is(cause)) return cause
  const said = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0] ?? ''
  const fault = (code: NanoError['code'], message: string) =>
    new NanoError(code, `onnx: ${message}`, { cause })

  if (
    /bad_alloc|out of memory|failed to allocate|Array buffer allocation|Invalid typed array length/i.test(
      said,
    )
  ) {
    return fault(
      'out-of-memory',
      `${doing === 'open' ? 'the model does' : 'the KV cache does'} not fit in memory (${said}). Use a smaller quantization, a shorter contextLength, or fewer parallel requests.`,
    )
  }
  if (!opening)
    return doing === 'open'
      ? fault(
          'bad-model',
          `the model loads and cannot run (${said}). This file does not work on this device: try another quantization.`,
        )
      : fault('internal', `decoding failed (${said})`)

  const { path, device } = opening
  if (device !== 'cpu' && !isFileFault(said))
    return fault('unavailable', `${device} cannot be used here (${said}). ${advice[device]}`)
  if (/opset|Unsupported model IR version|IR version/i.test(said))
    return fault(
      'unsupported',
      `${path} is of a version of ONNX that this onnxruntime-node does not know (${said}). A newer onnxruntime-node may.`,
    )
  if (
    /is not a registered function|Fatal error: .* is not|No Op registered|NOT_IMPLEMENTED|Could not find an implementation|Unsupported data type/i.test(
      said,
    )
  ) {
    return fault(
      'unsupported',
      `${path} has operators or types that this onnxruntime-node does not know on ${device} (${said}). Try another quantization, or a newer onnxruntime-node.`,
    )
  }
  if (/external data|external_data|file_size|model_path|onnx_data|\.data\b/i.test(said)) {
    return fault(
      'bad-model',
      `${path} keeps its weights in a file beside it, which is missing or cut short (${said}). Get that file too, and compare its size with the original.`,
    )
  }
  return fault(
    'bad-model',
    `loading ${path} failed (${said}). The file may be cut short or broken: get it again and compare its size with the original.`,
  )
}

/** Said on every device of a file that is broken. */
function isFileFault(said: string): boolean {
  return /protobuf|external data|opset|IR version|is not a registered|Load model .* failed|INVALID_GRAPH|INVALID_PROTOBUF/i.test(
    said,
  )
}

const advice = {
  cuda: "CUDA's part of onnxruntime-node is there for Linux on x64, and not in its npm package: install CUDA 12 and cuDNN 9, then run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node, which fetches it from nuget.org; or use device: 'auto'.",
  webgpu: "It needs a GPU with a Vulkan, Metal or Direct3D 12 driver; or use device: 'auto'.",
} as const
