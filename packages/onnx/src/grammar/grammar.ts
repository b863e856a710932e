import { readFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import { argmax } from '@nano/chat/engine'
import type { Vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { hex, toEbnf } from './ebnf.ts'

/** Grammars over the tokens of one vocabulary. */
export interface Grammars {
  /**
   * How far a reply has come in a grammar, in GBNF with a rule `root`; each reply needs its own.
   */
  begin(grammar: string): Promise<GrammarState>
}

export interface GrammarState {
  /**
   * The logits with -Infinity for what may not come now; a token that ends the turn may where the
   * grammar is complete.
   */
  allowed(logits: Float32Array): Promise<Float32Array>
  accept(token: number): void
  /** Frees what the library holds for it. */
  dispose(): void
}

/**
 * The part of the library that we use. Its objects live in the memory of its WebAssembly, until
 * they are disposed of.
 */
interface Library {
  readonly Grammar: { fromEBNF(text: string, root: string): Promise<Held> }
  readonly TokenizerInfo: {
    createTokenizerInfo(
      vocabulary: readonly string[],
      type: 'raw',
      spaceFirst: boolean,
      size: number,
      stops: readonly number[],
    ): Promise<Held>
  }
  readonly GrammarCompiler: {
    createGrammarCompiler(
      info: Held,
      cached: boolean,
    ): Promise<Held & { compileGrammar(grammar: Held): Promise<Held> }>
  }
  readonly GrammarMatcher: {
    createGrammarMatcher(
      grammar: Held,
      stops: undefined,
      terminates: boolean,
      undoable: number,
    ): Promise<Matcher>
  }
}

interface Held {
  dispose(): void
}

interface Matcher extends Held {
  acceptToken(token: number): boolean
  rollBack(tokens: number): void
  getNextTokenBitmask(): Promise<Int32Array>
}

/**
 * Version 0.1.27 leaves out of its masks some tokens that it then takes: of the vocabulary a, aX,
 * aaX the grammar "aaX" allows a alone. So the likeliest of those it leaves out are tried, one by
 * one: so many at most, and none less likely than e to the power of -12 beside the best.
 */
const tried = 64
const near = 12

/**
 * Compiling takes a time that grows with their square, and nobody is answered meanwhile: with so
 * many, some seconds.
 */
const mostRules = 256

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
  // The library never allows a token without text. Grammars are over text, which no control token
  // writes.
  const words = Array.from({ length: vocabulary.size }, (_, id) => {
    const { bytes, isControl: control } = vocabulary.piece(id)
    return control ? '' : hex(bytes)
  })
  const info = await library.TokenizerInfo.createTokenizerInfo(
    words,
    'raw',
    false,
    words.length,
    ends,
  )
  const compiler = await library.GrammarCompiler.createGrammarCompiler(info, false)
  const compiled = new Map<string, Held>()
  /**
   * One grammar after another: each may push out the one that has not been looked at for longest.
   */
  let last: Promise<unknown> = Promise.resolve()

  async function make(grammar: string): Promise<Held> {
    const rules = grammar.match(/ ::= /g)?.length ?? 0
    const advice = 'Ask for less at once, or use @nano/llama-cpp, which reads it as it goes.'
    if (rules > mostRules)
      throw new NanoError(
        'unsupported',
        `onnx: the schema, or the tools, come to ${rules} grammar rules, and ${mostRules} is the most that are compiled here. ${advice}`,
      )
    try {
      return await compiler.compileGrammar(await library.Grammar.fromEBNF(toEbnf(grammar), 'root'))
    } catch (cause) {
      throw new NanoError(
        'unsupported',
        `onnx: the grammar library cannot compile this schema or these tools (${cause instanceof Error ? cause.message : String(cause)}). ${advice}`,
        { cause },
      )
    }
  }

  async function compile(grammar: string): Promise<Held> {
    const known = compiled.get(grammar) ?? (await make(grammar))
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
      const made = last.then(async () =>
        library.GrammarMatcher.createGrammarMatcher(await compile(grammar), undefined, false, 1),
      )
      last = made.catch(() => {})
      const matcher = await made
      return {
        async allowed(logits) {
          const bits = await matcher.getNextTokenBitmask()
          const scores = logits.slice()
          for (let token = 0; token < scores.length; token++)
            if (!((bits[token >> 5] ?? 0) & (1 << (token & 31)))) scores[token] = -Infinity
          for (const token of leftOut(logits, scores)) {
            if (!words[token] || !matcher.acceptToken(token)) continue
            matcher.rollBack(1)
            scores[token] = logits[token] ?? -Infinity
          }
          return scores
        },
        accept(token) {
          if (!matcher.acceptToken(token))
            throw new NanoError(
              'internal',
              `onnx: the grammar does not go on with the token ${token}, which it allowed`,
            )
        },
        dispose: () => matcher.dispose(),
      }
    },
  }
}

/** The likeliest tokens that the mask forbids. */
function leftOut(logits: Float32Array, masked: Float32Array): readonly number[] {
  const floor = (masked[argmax(masked)] ?? -Infinity) - near
  const tokens: number[] = []
  for (let token = 0; token < logits.length; token++)
    if (masked[token] === -Infinity && (logits[token] ?? -Infinity) > floor) tokens.push(token)
  return tokens.toSorted((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0)).slice(0, tried)
}

/**
 * Its file is CommonJS in a package that says `"type": "module"`, so Node, Deno and Bun are told
 * here that it is CommonJS.
 */
function load(): Library {
  const path = createRequire(import.meta.url).resolve('@mlc-ai/web-xgrammar')
  const module = new Module(path) as Module & { _compile(code: string, path: string): void }
  module._compile(readFileSync(path, 'utf8'), path)
  return module.exports as Library
}
