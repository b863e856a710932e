import { readFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'

/** The part of @mlc-ai/web-xgrammar that this package uses. */
export interface XGrammar {
  readonly Grammar: { fromEBNF(text: string, root: string): Promise<LibraryObject> }
  readonly TokenizerInfo: {
    createTokenizerInfo(
      tokens: readonly string[],
      tokenType: 'raw',
      hasPrefixSpace: boolean,
      vocabularySize: number,
      stopTokens: readonly number[],
    ): Promise<LibraryObject>
  }
  readonly GrammarCompiler: {
    createGrammarCompiler(info: LibraryObject, isCached: boolean): Promise<LibraryCompiler>
  }
  readonly GrammarMatcher: {
    createGrammarMatcher(
      grammar: LibraryObject,
      stopTokens: undefined,
      endsWithoutStopToken: boolean,
      maxRollbackTokens: number,
    ): Promise<GrammarMatcher>
  }
}

/** It is in the memory of the library's WebAssembly until it is disposed of. */
export interface LibraryObject {
  dispose(): void
}

interface LibraryCompiler extends LibraryObject {
  compileGrammar(grammar: LibraryObject): Promise<LibraryObject>
}

/** A position in a grammar. */
export interface GrammarMatcher extends LibraryObject {
  acceptToken(token: number): boolean
  rollBack(tokens: number): void
  /** A bit per token, 32 in each number: 1 for a token that can be next. */
  getNextTokenBitmask(): Promise<Int32Array>
}

/**
 * Loads the library. Its file is CommonJS in a package that declares `"type": "module"`, so this
 * tells Node, Deno and Bun that it is CommonJS.
 */
export function loadXGrammar(): XGrammar {
  const require = createRequire(import.meta.url)
  const path = require.resolve('@mlc-ai/web-xgrammar')
  const module = new Module(path) as Module & { _compile(code: string, path: string): void }
  module._compile(readFileSync(path, 'utf8'), path)
  return module.exports as XGrammar
}
