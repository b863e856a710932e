import type { Vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { type GrammarState, grammarState, type LibraryMatcher } from './grammar-state.ts'
import { toEbnf, toHex } from './to-ebnf.ts'
import {
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

interface GrammarCompilerOptions {
  readonly vocabulary: Vocabulary
  /** The tokens that end a turn. */
  readonly endTokens: readonly number[]
  /** Control tokens that grammars can demand, by their text. */
  readonly shownControlTokens?: readonly string[] | undefined
  readonly loadLibrary?: () => XGrammar
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
  loadLibrary = loadXGrammar,
}: GrammarCompilerOptions): Promise<GrammarCompiler> {
  // The library never allows a token without text, so other control tokens get none.
  const tokens = Array.from({ length: vocabulary.size }, (_, id) => {
    const { bytes, isControl } = vocabulary.piece(id)
    const isShown = !isControl || shownControlTokens.includes(new TextDecoder().decode(bytes))
    return isShown ? toHex(bytes) : ''
  })
  const openLibrary = () => openCompiler(loadLibrary(), tokens, endTokens)
  /** Undefined after a crash, until the next grammar. */
  let current: OpenLibrary | undefined = await openLibrary()
  /** States are created one after another, because each can dispose of a grammar. */
  let lastState: Promise<unknown> = Promise.resolve()

  /** The error for what the library failed to do. Where that has crashed, it is given up. */
  function failWith(cause: unknown, failed: OpenLibrary): NanoError {
    if (hasCrashed(cause) && current === failed) current = undefined
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new NanoError(
      'unsupported',
      `onnx: the grammar library fails with the schema or the tools (${reason}). ${advice}`,
      { cause },
    )
  }

  function assertSize(grammar: string): void {
    const ruleCount = grammar.match(/ ::= /g)?.length ?? 0
    const excess =
      ruleCount > maxRules
        ? `${ruleCount} grammar rules, and ${maxRules} is`
        : `a grammar of ${grammar.length} characters, and ${maxCharacters} are`
    if (ruleCount > maxRules || grammar.length > maxCharacters)
      throw new NanoError(
        'unsupported',
        `onnx: the schema or the tools need ${excess} the most that can be compiled. ${advice}`,
      )
  }

  async function findOrCompile(
    grammar: string,
    { library, compiler, compiled }: OpenLibrary,
  ): Promise<LibraryObject> {
    const compiledGrammar =
      compiled.get(grammar) ??
      (await compiler.compileGrammar(await library.Grammar.fromEBNF(toEbnf(grammar), 'root')))
    compiled.delete(grammar)
    compiled.set(grammar, compiledGrammar)
    const [oldest] = compiled
    if (oldest && compiled.size > maxCompiledGrammars) {
      compiled.delete(oldest[0])
      oldest[1].dispose()
    }
    return compiledGrammar
  }

  async function createMatcher(grammar: string): Promise<LibraryMatcher> {
    const openedLibrary = (current ??= await openLibrary())
    try {
      const compiledGrammar = await findOrCompile(grammar, openedLibrary)
      const { GrammarMatcher } = openedLibrary.library
      const matcher = GrammarMatcher.createGrammarMatcher(compiledGrammar, undefined, false, 1)
      return {
        matcher: await matcher,
        isCurrent: () => current === openedLibrary,
        toError: (cause) => (hasCrashed(cause) ? failWith(cause, openedLibrary) : cause),
      }
    } catch (cause) {
      throw failWith(cause, openedLibrary)
    }
  }

  return {
    async createState(grammar) {
      assertSize(grammar)
      const createNext = () => {
        const creation = lastState.then(() => createMatcher(grammar))
        lastState = creation.catch(() => {})
        return creation
      }
      return grammarState(await createNext(), createNext, tokens)
    },
  }
}

const advice = 'Ask for less at once, or use @nano/llama-cpp, which compiles no grammar ahead.'

interface OpenLibrary {
  readonly library: XGrammar
  readonly compiler: LibraryCompiler
  /** Its compiled grammars, in the order of their last use. */
  readonly compiled: Map<string, LibraryObject>
}

async function openCompiler(
  library: XGrammar,
  tokens: readonly string[],
  endTokens: readonly number[],
): Promise<OpenLibrary> {
  const { TokenizerInfo, GrammarCompiler } = library
  const size = tokens.length
  const info = await TokenizerInfo.createTokenizerInfo(tokens, 'raw', false, size, endTokens)
  const compiler = await GrammarCompiler.createGrammarCompiler(info, false)
  return { library, compiler, compiled: new Map() }
}

/** Whether the library ended in the middle of its work. It fails from then on. */
function hasCrashed(cause: unknown): boolean {
  // The types of Node have no `WebAssembly.RuntimeError`.
  return cause instanceof Error && ['RuntimeError', 'RangeError'].includes(cause.name)
}
