import { argmax } from '@nano/chat/engine'
import type { Vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { toEbnf, toHex } from './to-ebnf.ts'
import {
  type GrammarMatcher,
  type LibraryCompiler,
  type LibraryObject,
  loadXGrammar,
  type XGrammar,
} from './xgrammar.ts'

/** Compiles grammars over the tokens of one vocabulary. */
export interface GrammarCompiler {
  /**
   * The start of a grammar in GBNF, which has a rule `root`; each reply needs a state of its own.
   */
  createState(grammar: string): Promise<GrammarState>
}

/** The position of a reply in its grammar. */
export interface GrammarState {
  /**
   * The logits, with -Infinity for tokens that cannot be next. A token that ends the turn can be
   * next where the grammar is complete.
   */
  maskLogits(logits: Float32Array): Promise<Float32Array>
  acceptToken(token: number): void
  /** Frees the memory that the library uses for it. */
  dispose(): void
}

interface GrammarCompilerOptions {
  readonly vocabulary: Vocabulary
  /** The tokens that end a turn. */
  readonly endTokens: readonly number[]
  /** Control tokens that grammars can demand, by their text. */
  readonly shownControlTokens?: readonly string[] | undefined
}

/**
 * The time to compile grows with the square of the rules, and the worker thread serves no request
 * meanwhile: this many take some seconds.
 */
const maxRules = 256

/**
 * Characters of a grammar. The time grows with them too: these take some seconds with a vocabulary
 * of 128,000 tokens. With some millions, the library runs out of memory, and fails from then on.
 */
const maxCharacters = 200_000

/** How many compiled grammars are kept: a chat uses the same one again and again. */
const maxCompiledGrammars = 8

/** A compiler for one vocabulary. Its creation takes 0.1 s for 128,000 tokens. */
export async function grammarCompiler({
  vocabulary,
  endTokens,
  shownControlTokens = [],
}: GrammarCompilerOptions): Promise<GrammarCompiler> {
  // The library never allows a token without text, so other control tokens get none.
  const tokens = Array.from({ length: vocabulary.size }, (_, id) => {
    const { bytes, isControl } = vocabulary.piece(id)
    const isShown = !isControl || shownControlTokens.includes(new TextDecoder().decode(bytes))
    return isShown ? toHex(bytes) : ''
  })
  let { library, compiler } = await openLibrary(tokens, endTokens)
  /** In the order of their last use. */
  const compiled = new Map<string, LibraryObject>()
  /** States are created one after another, because each can dispose of a grammar. */
  let lastState: Promise<unknown> = Promise.resolve()

  async function compile(grammar: string): Promise<LibraryObject> {
    const ruleCount = grammar.match(/ ::= /g)?.length ?? 0
    const advice = 'Ask for less at once, or use @nano/llama-cpp, which compiles no grammar ahead.'
    const excess =
      ruleCount > maxRules
        ? `${ruleCount} grammar rules, and ${maxRules} is`
        : `a grammar of ${grammar.length} characters, and ${maxCharacters} are`
    if (ruleCount > maxRules || grammar.length > maxCharacters)
      throw new NanoError(
        'unsupported',
        `onnx: the schema or the tools need ${excess} the most that can be compiled. ${advice}`,
      )
    try {
      return await compiler.compileGrammar(await library.Grammar.fromEBNF(toEbnf(grammar), 'root'))
    } catch (cause) {
      if (hasCrashed(cause)) {
        compiled.clear()
        ;({ library, compiler } = await openLibrary(tokens, endTokens))
      }
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new NanoError(
        'unsupported',
        `onnx: the grammar library cannot compile the schema or the tools (${reason}). ${advice}`,
        { cause },
      )
    }
  }

  async function findOrCompile(grammar: string): Promise<LibraryObject> {
    const compiledGrammar = compiled.get(grammar) ?? (await compile(grammar))
    compiled.delete(grammar)
    compiled.set(grammar, compiledGrammar)
    const [oldest] = compiled
    if (oldest && compiled.size > maxCompiledGrammars) {
      compiled.delete(oldest[0])
      oldest[1].dispose()
    }
    return compiledGrammar
  }

  async function createMatcher(grammar: string): Promise<GrammarMatcher> {
    const compiledGrammar = await findOrCompile(grammar)
    return library.GrammarMatcher.createGrammarMatcher(compiledGrammar, undefined, false, 1)
  }

  return {
    async createState(grammar) {
      const creation = lastState.then(() => createMatcher(grammar))
      lastState = creation.catch(() => {})
      return grammarState(await creation, tokens)
    },
  }
}

interface OpenLibrary {
  readonly library: XGrammar
  readonly compiler: LibraryCompiler
}

async function openLibrary(
  tokens: readonly string[],
  endTokens: readonly number[],
): Promise<OpenLibrary> {
  const library = loadXGrammar()
  const { TokenizerInfo, GrammarCompiler } = library
  const size = tokens.length
  const info = await TokenizerInfo.createTokenizerInfo(tokens, 'raw', false, size, endTokens)
  return { library, compiler: await GrammarCompiler.createGrammarCompiler(info, false) }
}

/** Whether the library ended in the middle of its work. It fails from then on. */
function hasCrashed(cause: unknown): boolean {
  // The types of Node have no `WebAssembly.RuntimeError`.
  return cause instanceof Error && ['RuntimeError', 'RangeError'].includes(cause.name)
}

/**
 * The state of one reply. `tokens`: the text of each token in hexadecimal, '' for control tokens.
 */
function grammarState(matcher: GrammarMatcher, tokens: readonly string[]): GrammarState {
  return {
    async maskLogits(logits) {
      const bits = await matcher.getNextTokenBitmask()
      const maskedLogits = logits.slice()
      for (let token = 0; token < maskedLogits.length; token++)
        if (!((bits[token >> 5] ?? 0) & (1 << (token & 31)))) maskedLogits[token] = -Infinity
      for (const token of selectMaskedTokens(logits, maskedLogits)) {
        if (!tokens[token] || !matcher.acceptToken(token)) continue
        matcher.rollBack(1)
        maskedLogits[token] = logits[token] ?? -Infinity
      }
      return maskedLogits
    },
    acceptToken(token) {
      if (!matcher.acceptToken(token))
        throw new NanoError(
          'internal',
          `onnx: the grammar does not accept the token ${token}, although its mask allows it`,
        )
    },
    dispose: () => matcher.dispose(),
  }
}

/**
 * Version 0.1.27 of the library masks some tokens that it then accepts: with the vocabulary a, aX,
 * aaX the grammar "aaX" allows only a. So the most probable masked tokens are tried one by one: at
 * most this many, down to e^-12 of the probability of the best token that is allowed.
 */
const maxRetries = 64
const maxLogitDistance = 12

/** The masked tokens to try, the most probable first. */
function selectMaskedTokens(logits: Float32Array, masked: Float32Array): readonly number[] {
  const threshold = (masked[argmax(masked)] ?? -Infinity) - maxLogitDistance
  const tokens: number[] = []
  for (let token = 0; token < logits.length; token++)
    if (masked[token] === -Infinity && (logits[token] ?? -Infinity) > threshold) tokens.push(token)
  return tokens.toSorted((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, maxRetries)
}
