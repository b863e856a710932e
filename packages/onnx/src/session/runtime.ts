import { NanoError } from '@nano/core'

/**
 * The part of onnxruntime-node that we use; its own types would tie ours to one version, and tests
 * fake this.
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
  /** Synchronous on the calling thread, whatever the promise says. Gives only the outputs named. */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    fetches: readonly string[],
  ): Promise<Readonly<Record<string, Tensor>>>
  release(): Promise<void>
}

/** An input or output; a name in place of a size is one that varies. */
export interface ValueMetadata {
  readonly name: string
  readonly type?: string
  readonly shape?: readonly (number | string)[]
}

/** `float16` comes as `Uint16Array` where the platform has no `Float16Array`. */
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
  /** `gpu-buffer` where it lies on the device: it can be fed, and nothing else. */
  readonly location: string
  /** Gives its memory back; it must not be used any more. */
  dispose(): void
}

/**
 * Loads the peer dependency when it is first needed. It then says nothing by itself: what fails is
 * told by errors.
 */
export async function loadRuntime(): Promise<Runtime> {
  try {
    const runtime = (await import('onnxruntime-node')) as unknown as Runtime
    runtime.env.logLevel = 'fatal'
    return runtime
  } catch (cause) {
    throw new NanoError(
      'unavailable',
      `onnx: onnxruntime-node cannot be loaded (${cause instanceof Error ? cause.message : String(cause)}). Install it beside @nano/onnx: npm install onnxruntime-node`,
      { cause },
    )
  }
}
