import { NanoError } from '@nano/core'

/** The part of node-llama-cpp that we use; its own types would tie ours to one version, and tests fake this. */
export interface Runtime {
  getLlama(options: object): Promise<Llama>
  readGgufFileInfo(path: string, options: object): Promise<GgufFile>
  readonly LlamaLogLevel: { readonly error: string }
  readonly GgufFileType: Readonly<Record<number, string | undefined>>
}

export interface Llama {
  readonly gpu: 'cuda' | 'vulkan' | 'metal' | false
  getGpuDeviceNames(): Promise<readonly string[]>
  loadModel(options: object): Promise<LlamaModel>
  dispose(): Promise<void>
}

export interface LlamaModel {
  readonly gpuLayers: number
  readonly trainContextSize: number
  readonly tokens: { readonly bosString: string | null; readonly shouldPrependBosToken: boolean }
  tokenize(text: string, specialTokens: boolean): Token[]
  detokenize(tokens: readonly Token[], specialTokens?: boolean, lastTokens?: readonly Token[]): string
  isEogToken(token: Token): boolean
  createContext(options: object): Promise<LlamaContext>
  dispose(): Promise<void>
}

export interface LlamaContext {
  readonly contextSize: number
  getSequence(): LlamaSequence
  dispose(): Promise<void>
}

export interface LlamaSequence {
  readonly contextTokens: readonly Token[]
  readonly nextTokenIndex: number
  adaptStateToTokens(tokens: Token[], allowShift: boolean): Promise<void>
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>
  evaluateWithoutGeneratingNewTokens(tokens: Token[]): Promise<void>
  evaluate(tokens: Token[], options: object): AsyncGenerator<Token, void, void | Token | Token[]>
}

/** Branded by the runtime; a number to everyone else. */
export type Token = number & { readonly __token: never }

export interface GgufVocabulary {
  readonly tokens?: readonly string[]
  /** Of each token: 3 is a control token, 4 one that its makers added to the text. */
  readonly token_type?: readonly number[]
  readonly bos_token_id?: number
  readonly eos_token_id?: number
}

export interface GgufFile {
  readonly metadata: {
    readonly general: { readonly name?: string; readonly file_type?: number; readonly architecture: string }
    readonly tokenizer?: { readonly chat_template?: string; readonly ggml?: GgufVocabulary }
  }
  readonly fullTensorInfo?: readonly { readonly dimensions: readonly (number | bigint)[]; readonly fileOffset: number | bigint }[]
}

/** Loads the peer dependency when it is first needed. */
export async function loadRuntime(): Promise<Runtime> {
  try {
    return (await import('node-llama-cpp')) as unknown as Runtime
  } catch (cause) {
    throw new NanoError('unavailable', 'llama-cpp: node-llama-cpp cannot be loaded. Install it beside @nano/llama-cpp: npm install node-llama-cpp', { cause })
  }
}
