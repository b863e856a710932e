import type { Vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { automaton, type AutomatonState } from './automaton.ts'
import { parseGbnf } from './parse-gbnf.ts'
import { addToken, hasToken, maskLogits, type TokenMask } from './token-mask.ts'
import { tokenFinder } from './token-tree.ts'

/** Compiles grammars over the tokens of one vocabulary. */
export interface GrammarCompiler {
  /**
   * The start of a grammar in GBNF, which has a rule `root`; each reply needs a state of its own.
   */
  createState(grammar: string): GrammarState
}

/** The position of a reply in its grammar. */
export interface GrammarState {
  /**
   * The logits, with -Infinity for tokens that cannot be next. A token that ends the turn can be
   * next where the grammar is complete.
   */
  maskLogits(logits: Float32Array): Float32Array
  acceptToken(token: number): void
}

interface GrammarCompilerOptions {
  readonly vocabulary: Vocabulary
  /** The tokens that end a turn. */
  readonly endTokens: readonly number[]
  /** Control tokens that grammars can demand, by their text. */
  readonly shownControlTokens?: readonly string[] | undefined
}

/** How many grammars are kept: a chat uses the same one again and again. */
const maxGrammars = 8

/** A compiler for one vocabulary. Its creation takes 0.3 s for 128,000 tokens. */
export function grammarCompiler({
  vocabulary,
  endTokens,
  shownControlTokens = [],
}: GrammarCompilerOptions): GrammarCompiler {
  const tokenBytes = Array.from({ length: vocabulary.size }, (_, token) => {
    const { bytes, isControl } = vocabulary.piece(token)
    const isShown =
      !endTokens.includes(token) &&
      (!isControl || shownControlTokens.includes(new TextDecoder().decode(bytes)))
    return isShown ? bytes : new Uint8Array()
  })
  const findTokens = tokenFinder(tokenBytes)
  const masks = new WeakMap<AutomatonState, TokenMask>()
  /** The starts of grammars, in the order of their last use. */
  const starts = new Map<string, AutomatonState>()

  function findStart(grammar: string): AutomatonState {
    const start = starts.get(grammar) ?? automaton(parseGbnf(grammar))
    starts.delete(grammar)
    starts.set(grammar, start)
    const [oldestGrammar = ''] = starts.keys()
    if (starts.size > maxGrammars) starts.delete(oldestGrammar)
    return start
  }

  /** The tokens that can be next. */
  function findMask(state: AutomatonState): TokenMask {
    const knownMask = masks.get(state)
    if (knownMask) return knownMask
    const mask = findTokens(state)
    if (state.isComplete) for (const token of endTokens) addToken(mask, token)
    masks.set(state, mask)
    return mask
  }

  return {
    createState(grammar) {
      let state = findStart(grammar)
      return {
        maskLogits: (logits) => maskLogits(logits, findMask(state)),
        acceptToken(token) {
          if (!hasToken(findMask(state), token))
            throw new NanoError('internal', `onnx: the grammar does not accept the token ${token}`)
          // Nothing follows a token that ends the turn: it has no bytes here.
          for (const byte of tokenBytes[token] ?? []) state = state.next[byte] ?? state
        },
      }
    },
  }
}
