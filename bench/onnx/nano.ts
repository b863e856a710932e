import type { Model } from '@nano/core'
import { openOnnx } from '@nano/onnx'
import type { TokenContender } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import type { Device, Workload } from './workloads.ts'

interface NanoContender extends TokenContender {
  readonly model: Model
}

/** `@nano/onnx` on the file of a workload. */
export async function openNano(
  { folder, precision }: Workload,
  { device, parallel = 1 }: { readonly device: Device; readonly parallel?: number },
): Promise<NanoContender> {
  const model = await openOnnx({ model: folder, quantization: precision, device, parallel })
  return { ...nanoContender('nano', model), model }
}
