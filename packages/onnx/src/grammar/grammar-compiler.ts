import type { Vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { type GrammarState, grammarState, type LibraryMatcher } from './grammar-state.ts'
import { toAscii, toEbnf } from './to-ebnf.ts'
import { type GrammarMatcher, type LibraryObject, loadXGrammar, type XGrammar } from './xgrammar.ts'

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
 * The worker thread serves no request while a grammar compiles. With a vocabulary of 128,000 tokens
 * this many rules take some seconds.
 */
const maxRules = 2_000

/**
 * Characters of a grammar. The time grows with them too. With some millions, the library runs out
 * of memory, and fails from then on.
 */
const maxCharacters = 400_000

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
    return isShown ? toAscii(bytes) : ''
  })
  const openLibrary = () => openCompiler(loadLibrary(), tokens, endTokens)
  /** Undefined after a crash, until the next grammar. */
  let currentLibrary: OpenLibrary | undefined = await openLibrary()
  /** States are created one after another, because each can dispose of a grammar. */
  let lastState: Promise<unknown> = Promise.resolve()

  /** Gives a library up that has crashed. */
  function dropLibrary(crashedLibrary: OpenLibrary): void {
    if (currentLibrary === crashedLibrary) currentLibrary = undefined
  }

  async function createMatcher(grammar: string): Promise<LibraryMatcher> {
    const openedLibrary = (currentLibrary ??= await openLibrary())
    try {
      return {
        matcher: await openedLibrary.createMatcher(grammar),
        isCurrent: () => currentLibrary === openedLibrary,
        toError(cause) {
          if (!hasCrashed(cause)) return cause
          dropLibrary(openedLibrary)
          return toLibraryError(cause)
        },
      }
    } catch (cause) {
      if (hasCrashed(cause)) dropLibrary(openedLibrary)
      throw toLibraryError(cause)
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

function toLibraryError(cause: unknown): NanoError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new NanoError(
    'unsupported',
    `onnx: the grammar library fails with the schema or the tools (${reason}). ${advice}`,
    { cause },
  )
}

/** A library with the tokens of the vocabulary, and the grammars that it has compiled. */
interface OpenLibrary {
  createMatcher(grammar: string): Promise<GrammarMatcher>
}

async function openCompiler(
  { Grammar, TokenizerInfo, GrammarCompiler, GrammarMatcher }: XGrammar,
  tokens: readonly string[],
  endTokens: readonly number[],
): Promise<OpenLibrary> {
  const size = tokens.length
  const info = await TokenizerInfo.createTokenizerInfo(tokens, 'raw', false, size, endTokens)
  const compiler = await GrammarCompiler.createGrammarCompiler(info, false)
  /** In the order of their last use. */
  const compiledGrammars = new Map<string, LibraryObject>()

  async function findOrCompile(grammar: string): Promise<LibraryObject> {
    const compiledGrammar =
      compiledGrammars.get(grammar) ??
      (await compiler.compileGrammar(await Grammar.fromEBNF(toEbnf(grammar), 'root')))
    compiledGrammars.delete(grammar)
    compiledGrammars.set(grammar, compiledGrammar)
    const [oldest] = compiledGrammars
    if (oldest && compiledGrammars.size > maxCompiledGrammars) {
      compiledGrammars.delete(oldest[0])
      oldest[1].dispose()
    }
    return compiledGrammar
  }

  return {
    async createMatcher(grammar) {
      const compiledGrammar = await findOrCompile(grammar)
      return GrammarMatcher.createGrammarMatcher(compiledGrammar, undefined, false, 1)
    },
  }
}

/** Whether the library ended in the middle of its work. It fails from then on. */
function hasCrashed(cause: unknown): boolean {
  // The types of Node have no `WebAssembly.RuntimeError`.
  return cause instanceof Error && ['RuntimeError', 'RangeError'].includes(cause.name)
}
