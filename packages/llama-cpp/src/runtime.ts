import { NanoError } from '@nano/core'

/**
 * The part of node-llama-cpp that we use; its own types would tie ours to one version, and tests
 * fake this.
 */
export interface Runtime {
  getLlama(options: object): Promise<Llama>
  getLlamaGpuTypes(include: 'supported'): Promise<readonly Llama['gpu'][]>
  readGgufFileInfo(path: string, options: object): Promise<GgufFile>
  readonly LlamaLogLevel: { readonly error: string }
  readonly LlamaGrammar: new (llama: Llama, options: { readonly grammar: string }) => Grammar
  readonly TokenBias: { for(model: LlamaModel): TokenBias }
  readonly LlamaGrammarEvaluationState: new (options: {
    readonly model: LlamaModel
    readonly grammar: Grammar
  }) => GrammarState
  readonly GgufInsights: { from(file: GgufFile, llama: Llama): Promise<GgufInsights> }
  readonly GgufFileType: Readonly<Record<number, string | undefined>>
}

/** Opaque: made here, and handed back to the runtime. */
export type Grammar = object & { readonly __grammar: never }
/** How far a reply has come in its grammar; each reply needs its own. */
export type GrammarState = object & { readonly __state: never }

/** What makes some tokens likelier, or never sampled. */
export interface TokenBias {
  set(token: Token, bias: 'never'): TokenBias
}

/** Bytes. */
interface MemoryNeed {
  readonly cpuRam: number
  readonly gpuVram: number
}

interface GgufInsights {
  readonly totalLayers: number
  estimateModelResourceRequirementsV2(options: object): Promise<MemoryNeed>
  estimateContextResourceRequirementsV2(options: object): Promise<MemoryNeed>
}

export interface Llama {
  readonly gpu: 'cuda' | 'vulkan' | 'metal' | false
  /** Cores of this machine that compute, as llama.cpp counts them. */
  readonly cpuMathCores: number
  readonly llamaCppRelease: { readonly release: string }
  /** Compiled on this machine, or for all of its kind. */
  readonly buildType: 'localBuild' | 'prebuilt'
  /** Threads that all contexts share, from the next batch on; 0 for no limit. */
  maxThreads: number
  getGpuDeviceNames(): Promise<readonly string[]>
  /** Bytes. */
  getVramState(): Promise<{ readonly total: number; readonly free: number }>
  loadModel(options: object): Promise<LlamaModel>
  dispose(): Promise<void>
}

export interface LlamaModel {
  readonly gpuLayers: number
  readonly trainContextSize: number
  readonly tokens: { readonly bosString: string | null; readonly shouldPrependBosToken: boolean }
  tokenize(text: string, specialTokens: boolean): Token[]
  detokenize(
    tokens: readonly Token[],
    specialTokens?: boolean,
    lastTokens?: readonly Token[],
  ): string
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
  clearHistory(): Promise<void>
  adaptStateToTokens(tokens: Token[], allowShift: boolean): Promise<void>
  eraseContextTokenRanges(ranges: { start: number; end: number }[]): Promise<void>
  evaluateWithoutGeneratingNewTokens(
    tokens: Token[],
    options?: { readonly evaluationPriority: number },
  ): Promise<void>
  evaluate(tokens: Token[], options: object): AsyncGenerator<Token, void, void | Token | Token[]>
  /** Gives what was asked for of each input token, at the same index. */
  controlledEvaluate(
    input: (Token | [Token, object])[],
    options?: { readonly evaluationPriority: number },
  ): Promise<readonly (LogitsOutput | undefined)[]>
  saveStateToFile(path: string): Promise<{ readonly fileSize: number }>
  loadStateFromFile(path: string, options: { readonly acceptRisk: true }): Promise<void>
}

interface LogitsOutput {
  readonly next: { readonly token?: Token | null; readonly logits?: ReadonlyMap<Token, number> }
}

/** Branded by the runtime; a number to everyone else. */
export type Token = number & { readonly __token: never }

export interface GgufVocabulary {
  /** The kind of tokenizer: `gpt2` is byte-pair encoding. */
  readonly model?: string
  /** The family by whose rules text is cut before it is tokenized. */
  readonly pre?: string
  readonly tokens?: readonly string[]
  /** Of each token, as `tokenTypes` numbers them. */
  readonly token_type?: readonly number[]
  /** Whether a space is added before a text. */
  readonly add_space_prefix?: boolean
  readonly bos_token_id?: number
  readonly eos_token_id?: number
}

/** As GGUF numbers the types of tokens. Tokens of these types are written as they are. */
export const tokenTypes = {
  unknown: 2,
  /** Text cannot write it. */
  control: 3,
  /** One that the makers of the model added to the text. */
  userDefined: 4,
} as const

export interface GgufFile {
  readonly metadata: {
    readonly general?: {
      readonly type?: string
      readonly name?: string
      readonly file_type?: number
      readonly architecture: string
    }
    readonly tokenizer?: {
      readonly chat_template?: string
      readonly 'chat_template.tool_use'?: string
      readonly ggml?: GgufVocabulary
    }
  }
  readonly architectureMetadata?: { readonly context_length?: number | bigint }
  readonly fullTensorInfo?: readonly {
    readonly name?: string
    readonly dimensions: readonly (number | bigint)[]
    readonly fileOffset: number | bigint
    /** As ggml numbers its types; 0 is F32. */
    readonly ggmlType?: number
  }[]
}

/** Loads the peer dependency when it is first needed. */
export async function loadRuntime(): Promise<Runtime> {
  try {
    return (await import('node-llama-cpp')) as unknown as Runtime
  } catch (cause) {
    throw new NanoError(
      'unavailable',
      'llama-cpp: node-llama-cpp cannot be loaded. Install it beside @nano/llama-cpp: ' +
        'npm install node-llama-cpp',
      { cause },
    )
  }
}
