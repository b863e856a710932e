import type { TextValue, Value } from '../values/value.ts'

export type Expression =
  | { readonly type: 'constant'; readonly value: Value }
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'list'; readonly items: readonly Expression[] }
  | { readonly type: 'tuple'; readonly items: readonly Expression[] }
  | { readonly type: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
  | {
      readonly type: 'conditional'
      readonly condition: Expression
      readonly value: Expression
      readonly otherwise: Expression | undefined
    }
  | {
      readonly type: 'and' | 'or'
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly type: 'not'; readonly operand: Expression }
  | {
      readonly type: 'compare'
      readonly first: Expression
      readonly rest: readonly { readonly operator: Comparison; readonly value: Expression }[]
    }
  | {
      readonly type: 'binary'
      readonly operator: ArithmeticOperator
      readonly left: Expression
      readonly right: Expression
    }
  | { readonly type: 'sign'; readonly operator: '+' | '-'; readonly operand: Expression }
  | { readonly type: 'concat'; readonly parts: readonly Expression[] }
  | { readonly type: 'attribute'; readonly object: Expression; readonly name: string }
  | { readonly type: 'item'; readonly object: Expression; readonly index: Expression }
  | {
      readonly type: 'slice'
      readonly object: Expression
      readonly bounds: readonly (Expression | undefined)[]
    }
  | { readonly type: 'call'; readonly callee: Expression; readonly arguments: ArgumentNodes }
  | { readonly type: 'filter'; readonly input: Expression; readonly filter: FilterCall }
  | {
      readonly type: 'test'
      readonly input: Expression
      readonly name: string
      readonly arguments: ArgumentNodes
    }

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'

export interface ArgumentNodes {
  readonly positional: readonly Expression[]
  readonly named: readonly (readonly [name: string, value: Expression])[]
  /** After `*`. */
  readonly spread: Expression | undefined
  /** After `**`. */
  readonly namedSpread: Expression | undefined
}

export interface FilterCall {
  readonly name: string
  readonly arguments: ArgumentNodes
}

export type Target =
  | { readonly type: 'name'; readonly name: string }
  | { readonly type: 'tuple'; readonly items: readonly Target[] }
  | { readonly type: 'member'; readonly namespace: string; readonly name: string }

export interface Parameter {
  readonly name: string
  readonly default: Expression | undefined
}

export type Statement =
  | { readonly type: 'data'; readonly text: TextValue }
  | { readonly type: 'print'; readonly value: Expression }
  | {
      readonly type: 'if'
      readonly branches: readonly { readonly condition: Expression; readonly body: Body }[]
      readonly otherwise: Body
    }
  | ForStatement
  | { readonly type: 'set'; readonly target: Target; readonly value: Expression }
  | {
      readonly type: 'set-block'
      readonly target: Target
      readonly filters: readonly FilterCall[]
      readonly body: Body
    }
  | MacroStatement
  | {
      readonly type: 'call-block'
      readonly call: Expression
      readonly macro: MacroStatement
    }
  | { readonly type: 'filter-block'; readonly filters: readonly FilterCall[]; readonly body: Body }
  | {
      readonly type: 'with'
      readonly assignments: readonly (readonly [Target, Expression])[]
      readonly body: Body
    }
  | { readonly type: 'block'; readonly isScoped: boolean; readonly body: Body }
  | { readonly type: 'break' | 'continue' }

export type Body = readonly Statement[]

export interface ForStatement {
  readonly type: 'for'
  readonly target: Target
  readonly iterable: Expression
  readonly condition: Expression | undefined
  readonly isRecursive: boolean
  readonly body: Body
  readonly otherwise: Body
}

export interface MacroStatement {
  readonly type: 'macro'
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly body: Body
  /** Whether the body reads these names; a macro that does not is not given them. */
  readonly implicitNames: {
    readonly varargs: boolean
    readonly kwargs: boolean
    readonly caller: boolean
  }
}
