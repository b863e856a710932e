import { globals } from './globals.ts'
import type { Body, MacroStatement, Statement, Target } from './syntax/syntax-tree.ts'

/**
 * The names that a template reads before it has surely assigned them, so that they come from
 * outside. A macro sees what is assigned after it too.
 */
export function findFreeVariables(body: Body): Set<string> {
  const free = new Set<string>()

  function readNames(node: unknown, assigned: ReadonlySet<string>): void {
    if (typeof node !== 'object' || node === null) return
    if (Array.isArray(node)) {
      for (const item of node) readNames(item, assigned)
    } else if ('type' in node && node.type === 'name' && 'name' in node) {
      const name = String(node.name)
      if (!assigned.has(name) && !globals.has(name)) free.add(name)
    } else {
      readNames(Object.values(node), assigned)
    }
  }

  /** Adds what the body assigns, and looks into its macros last. */
  function visitBody(statements: Body, assigned: Set<string>): void {
    const macros: MacroStatement[] = []
    for (const statement of statements) visit(statement, assigned, macros)
    for (const macro of macros) visitMacro(macro, assigned)
  }

  function visitMacro({ parameters, body: macroBody }: MacroStatement, outer: Set<string>): void {
    const inner = new Set([...outer, 'varargs', 'kwargs', 'caller'])
    for (const { name, default: value } of parameters) {
      readNames(value, inner)
      inner.add(name)
    }
    visitBody(macroBody, inner)
  }

  function visit(statement: Statement, assigned: Set<string>, macros: MacroStatement[]): void {
    switch (statement.type) {
      case 'print':
        return readNames(statement.value, assigned)
      case 'if': {
        const branches = [...statement.branches, { body: statement.otherwise }].map((branch) => {
          if ('condition' in branch) readNames(branch.condition, assigned)
          const inner = new Set(assigned)
          visitBody(branch.body, inner)
          return inner
        })
        const [first = assigned, ...others] = branches
        for (const name of first) if (others.every((other) => other.has(name))) assigned.add(name)
        return
      }
      case 'for': {
        readNames(statement.iterable, assigned)
        const inner = new Set(assigned)
        for (const name of namesOf(statement.target)) inner.add(name)
        readNames(statement.condition, inner)
        visitBody(statement.body, new Set([...inner, 'loop']))
        return visitBody(statement.otherwise, new Set(assigned))
      }
      case 'set':
        readNames(statement.value, assigned)
        return assign(statement.target, assigned)
      case 'set-block':
        visitBody(statement.body, new Set(assigned))
        readNames(statement.filters, assigned)
        return assign(statement.target, assigned)
      case 'macro':
        assigned.add(statement.name)
        macros.push(statement)
        return
      case 'call-block':
        readNames(statement.call, assigned)
        macros.push(statement.macro)
        return
      case 'filter-block':
        readNames(statement.filters, assigned)
        return visitBody(statement.body, new Set(assigned))
      case 'with': {
        const inner = new Set(assigned)
        for (const [target, value] of statement.assignments) {
          readNames(value, assigned)
          for (const name of namesOf(target)) inner.add(name)
        }
        return visitBody(statement.body, inner)
      }
      case 'block':
        return visitBody(statement.body, new Set(assigned))
    }
  }

  function assign(target: Target, assigned: Set<string>): void {
    if (target.type === 'member') readNames({ type: 'name', name: target.namespace }, assigned)
    for (const name of namesOf(target)) assigned.add(name)
  }

  visitBody(body, new Set())
  return free
}

function namesOf(target: Target): string[] {
  if (target.type === 'name') return [target.name]
  return target.type === 'tuple' ? target.items.flatMap(namesOf) : []
}
