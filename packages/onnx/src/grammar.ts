import { createRequire, registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { hex, toEbnf } from './ebnf.ts'

/** Grammars over the tokens of one vocabulary. */
export interface Grammars {
  /** How far a reply has come in a grammar, in GBNF with a rule `root`; each reply needs its own. */
  begin(grammar: string): Promise<GrammarState>
}

export interface GrammarState {
  /** The logits with -Infinity for what may not come now; a token that ends the turn may where the grammar is complete. */
  allowed(logits: Float32Array): Promise<Float32Array>
  accept(token: number): void
  /** Frees what the library holds for it. */
  dispose(): void
}

/** The part of the library that we use. Its objects live in the memory of its WebAssembly, until they are disposed of. */
interface Library {
  readonly Grammar: { fromEBNF(text: string, root: string): Promise<Held> }
  readonly TokenizerInfo: { createTokenizerInfo(vocabulary: readonly string[], type: 'raw', spaceFirst: boolean, size: number, stops: readonly number[]): Promise<Held> }
  readonly GrammarCompiler: { createGrammarCompiler(info: Held, cached: boolean): Promise<Held & { compileGrammar(grammar: Held): Promise<Held> }> }
  readonly GrammarMatcher: { createGrammarMatcher(grammar: Held): Promise<Held & { acceptToken(token: number): boolean; getNextTokenBitmask(): Promise<Int32Array> }> }
}

interface Held {
  dispose(): void
}

/** Compiled grammars kept: a chat asks for the same again and again. */
const kept = 8

interface GrammarsOptions {
  readonly vocabulary: Vocabulary
  /** The tokens that end a turn. */
  readonly ends: readonly number[]
}

/** Takes a tenth of a second for 128,000 tokens. */
export async function grammars({ vocabulary, ends }: GrammarsOptions): Promise<Grammars> {
  const library = load()
  // The library never allows a token without text. Grammars are over text, which no control token writes.
  const words = Array.from({ length: vocabulary.size }, (_, id) => {
    const { bytes, control } = vocabulary.piece(id)
    return control ? '' : hex(bytes)
  })
  const info = await library.TokenizerInfo.createTokenizerInfo(words, 'raw', false, words.length, ends)
  const compiler = await library.GrammarCompiler.createGrammarCompiler(info, false)
  const compiled = new Map<string, Held>()
  /** One grammar after another: each may push out the one that has not been looked at for longest. */
  let last: Promise<unknown> = Promise.resolve()

  async function compile(grammar: string): Promise<Held> {
    const known = compiled.get(grammar) ?? (await compiler.compileGrammar(await library.Grammar.fromEBNF(toEbnf(grammar), 'root')))
    // Taken out and put back: the map is in the order of last use.
    compiled.delete(grammar)
    compiled.set(grammar, known)
    const [oldest] = compiled
    if (oldest && compiled.size > kept) {
      compiled.delete(oldest[0])
      oldest[1].dispose()
    }
    return known
  }

  return {
    async begin(grammar) {
      const made = last.then(async () => library.GrammarMatcher.createGrammarMatcher(await compile(grammar)))
      last = made.catch(() => {})
      const matcher = await made
      return {
        async allowed(logits) {
          const bits = await matcher.getNextTokenBitmask()
          const scores = logits.slice()
          for (let token = 0; token < scores.length; token++) if (!((bits[token >> 5] ?? 0) & (1 << (token & 31)))) scores[token] = -Infinity
          return scores
        },
        accept(token) {
          if (!matcher.acceptToken(token)) throw new NanoError('internal', `onnx: the grammar does not go on with the token ${token}, which it allowed`)
        },
        dispose: () => matcher.dispose(),
      }
    },
  }
}

/** Its file is CommonJS in a package that says it is not, so it is read as what it is. */
function load(): Library {
  const require = createRequire(import.meta.url)
  const path = require.resolve('@mlc-ai/web-xgrammar')
  const { href } = pathToFileURL(path)
  const hooks = registerHooks({ load: (url, context, next) => next(url, url === href ? { ...context, format: 'commonjs' } : context) })
  try {
    return require(path) as Library
  } finally {
    hooks.deregister()
  }
}
