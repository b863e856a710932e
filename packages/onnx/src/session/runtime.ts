import { NanoError } from '@nano/core'

/**
 * The part of onnxruntime-node that this package uses. Its own types would tie ours to one version,
 * and tests fake this one.
 */
export interface Runtime {
  readonly env: { logLevel?: string }
  readonly InferenceSession: {
    create(model: string | Uint8Array, options: object): Promise<Session>
  }
  readonly Tensor: new (type: string, data: TensorData, dims: readonly number[]) => Tensor
}

export interface Session {
  readonly inputMetadata: readonly ValueMetadata[]
  readonly outputMetadata: readonly ValueMetadata[]
  /**
   * Computes on the calling thread, although it returns a promise. Returns only what it fetches.
   */
  run(feeds: Tensors, fetches: readonly string[]): Promise<Tensors>
  release(): Promise<void>
}

/** An input or output. A size that varies has a name instead of a number. */
export interface ValueMetadata {
  readonly name: string
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

/** float16 is a `Uint16Array` of bits where the platform has no `Float16Array`. */
type TensorData =
  | Float32Array
  | Float64Array
  | Uint16Array
  | BigInt64Array
  | Int32Array
  | Uint8Array

export interface Tensor {
  readonly type: string
  readonly data: TensorData
  readonly dims: readonly number[]
  /** `gpu-buffer` for a tensor on the device, which can be fed to a run and not read. */
  readonly location: string
  /** Frees its memory; it must not be used afterwards. */
  dispose(): void
}

/** Tensors by the names of inputs or outputs. */
export type Tensors = Readonly<Record<string, Tensor>>

/** Frees memory on the device: the garbage collector does so too late. */
export function disposeTensors(tensors: Tensors): void {
  for (const tensor of Object.values(tensors)) if (tensor.location !== 'cpu') tensor.dispose()
}

/** Loads onnxruntime-node, a peer dependency, and keeps it from logging: errors say what failed. */
export async function loadRuntime(): Promise<Runtime> {
  try {
    const runtime = (await import('onnxruntime-node')) as unknown as Runtime
    runtime.env.logLevel = 'fatal'
    return runtime
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new NanoError(
      'unavailable',
      `onnx: onnxruntime-node cannot be loaded (${reason}). ` +
        'Install it beside @nano/onnx: npm install onnxruntime-node',
      { cause },
    )
  }
}
