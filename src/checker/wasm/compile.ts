// A small part of JavaScript to WebAssembly: functions of whole numbers of 32 bits and arrays of them. What is generated as source, or
// takes most of the time, runs at full speed from the first call on, where the engine's own compiler first watches it for a third of a
// second; and atomic operations are instructions, not calls.
//
// All of an expression is computed, whatever its conditions are, because nothing in it has an effect and a branch that is guessed
// wrong costs more. Only statements are left out.
import {
  type AnyNode,
  type CallExpression,
  type Expression,
  type FunctionDeclaration,
  type LogicalExpression,
  parse,
  type UnaryExpression,
} from "acorn";
import {
  ATOMIC,
  ATOMIC_OP,
  type Bytes,
  type FunctionBody,
  type FunctionImport,
  moduleOf,
  NO_VALUE,
  OP,
  signed,
  unsigned,
} from "./binary.ts";
import { Locals } from "./locals.ts";

/** Where an array begins: a byte of the memory, or one counted from the number `own`, which each instance has for itself. */
export interface ArrayPlace {
  readonly byte: number;
  readonly isOwn: boolean;
}

export interface Program {
  /**
   * Functions, each before those that call it. One that ends in a return gives a number, and if it begins with "inline" it is put
   * where it is called.
   */
  readonly source: string;
  /** Arrays of 32-bit numbers by name. */
  readonly arrays: Readonly<Record<string, ArrayPlace>>;
  /** What the source may call, and with how many numbers; nothing comes back. */
  readonly imports: Readonly<Record<string, number>>;
  /** Whether other threads have the memory too. */
  readonly shared: boolean;
}

/** @throws SyntaxError on anything outside of that part */
export function compile({ source, arrays, imports, shared }: Program): Uint8Array {
  const outside = Object.entries(imports).map(([name, parameters]): FunctionImport => ({ name, parameters }));
  const callable = new Map(outside.map(({ name }, n) => [name, n]));
  const inline = new Map<string, FunctionDeclaration>();
  const functions: FunctionBody[] = [];
  for (const node of parse(source, { ecmaVersion: 2023 }).body) {
    if (node.type !== "FunctionDeclaration") throw unknown(node);
    if (isInline(node)) {
      inline.set(node.id.name, node);
      continue;
    }
    const body = new FunctionCompiler(arrays, callable, inline).compile(node);
    callable.set(body.name, outside.length + functions.length);
    functions.push(body);
  }
  return moduleOf(outside, functions, shared);
}

const isInline = ({ body: { body } }: FunctionDeclaration): boolean =>
  body[0]?.type === "ExpressionStatement" && body[0].directive === "inline";

const unknown = ({ type }: AnyNode): SyntaxError => new SyntaxError(`no WebAssembly for ${type}`);

const BINARY: Readonly<Record<string, number>> = {
  "+": OP.add,
  "-": OP.subtract,
  "&": OP.and,
  "|": OP.or,
  "^": OP.xor,
  "<<": OP.shiftLeft,
  ">>": OP.shiftRight,
  ">>>": OP.shiftRightUnsigned,
  "===": OP.equal,
  "!==": OP.differs,
  "<": OP.less,
  ">": OP.greater,
  "<=": OP.atMost,
  ">=": OP.atLeast,
};
const TRUTHS = new Set(["===", "!==", "<", ">", "<=", ">="]);

/** Where a branch out of a loop, or to its next round, goes: how many blocks were open there. */
interface Loop {
  readonly out: number;
  readonly next: number;
}

class FunctionCompiler {
  readonly #arrays: Readonly<Record<string, ArrayPlace>>;
  readonly #callable: ReadonlyMap<string, number>;
  readonly #inline: ReadonlyMap<string, FunctionDeclaration>;
  readonly #code: number[] = [];
  readonly #locals = new Locals();
  readonly #loops: Loop[] = [];
  #open = 0;
  #isInlined = false;

  constructor(
    arrays: Readonly<Record<string, ArrayPlace>>,
    callable: ReadonlyMap<string, number>,
    inline: ReadonlyMap<string, FunctionDeclaration>,
  ) {
    this.#arrays = arrays;
    this.#callable = callable;
    this.#inline = inline;
  }

  compile({ id, params, body }: FunctionDeclaration): FunctionBody {
    for (const parameter of params) this.#locals.declare(parameter);
    const returns = body.body.at(-1)?.type === "ReturnStatement";
    for (const statement of body.body) this.#statement(statement);
    const locals = this.#locals.most - params.length;
    return { name: id.name, parameters: params.length, returns, locals, code: this.#code };
  }

  #emit(...bytes: Bytes): void {
    this.#code.push(...bytes);
  }

  #local(name: string): Bytes {
    return unsigned(this.#locals.find(name));
  }

  #statement(node: AnyNode): void {
    switch (node.type) {
      case "EmptyStatement":
        break;
      case "BlockStatement":
        this.#locals.scope(() => {
          for (const statement of node.body) this.#statement(statement);
        });
        break;
      case "VariableDeclaration":
        for (const { id, init } of node.declarations) {
          if (init) this.#value(init);
          else this.#emit(OP.const, 0);
          this.#emit(OP.setLocal, ...unsigned(this.#locals.declare(id)));
        }
        break;
      case "IfStatement":
        this.#value(node.test);
        this.#begin(OP.if);
        this.#statement(node.consequent);
        if (node.alternate) {
          this.#emit(OP.else);
          this.#statement(node.alternate);
        }
        this.#end();
        break;
      case "ForStatement":
        this.#locals.scope(() => {
          if (node.init?.type === "VariableDeclaration") this.#statement(node.init);
          else if (node.init) this.#effect(node.init);
          this.#loop(node.test, node.body, node.update);
        });
        break;
      case "WhileStatement":
        this.#loop(node.test, node.body, undefined);
        break;
      case "BreakStatement":
        this.#branch(OP.branch, this.#innermost.out);
        break;
      case "ContinueStatement":
        this.#branch(OP.branch, this.#innermost.next);
        break;
      case "ReturnStatement":
        if (this.#isInlined) throw new SyntaxError("what is put inline returns at its end");
        if (node.argument) this.#value(node.argument);
        this.#emit(OP.return);
        break;
      case "ExpressionStatement":
        this.#effect(node.expression);
        break;
      default:
        throw unknown(node);
    }
  }

  #begin(op: number): number {
    this.#emit(op, NO_VALUE);
    return ++this.#open;
  }

  #end(): void {
    this.#emit(OP.end);
    this.#open--;
  }

  /** Branches count blocks from the inside. */
  #branch(op: number, to: number): void {
    this.#emit(op, ...unsigned(this.#open - to));
  }

  get #innermost(): Loop {
    const loop = this.#loops.at(-1);
    if (loop === undefined) throw new SyntaxError("no loop to leave");
    return loop;
  }

  #loop(test: Expression | null | undefined, body: AnyNode, update: Expression | null | undefined): void {
    const out = this.#begin(OP.block);
    const again = this.#begin(OP.loop);
    if (test) {
      this.#value(test);
      this.#emit(OP.isZero);
      this.#branch(OP.branchIf, out);
    }
    const next = this.#begin(OP.block);
    this.#loops.push({ out, next });
    this.#statement(body);
    this.#loops.pop();
    this.#end();
    if (update) this.#effect(update);
    this.#branch(OP.branch, again);
    this.#end();
    this.#end();
  }

  /** An expression for what it does: an assignment, a count, a call of what comes from outside. */
  #effect(node: Expression): void {
    if (node.type === "UpdateExpression") {
      if (node.argument.type !== "Identifier") throw unknown(node.argument);
      const local = this.#local(node.argument.name);
      const op = node.operator === "++" ? OP.add : OP.subtract;
      this.#emit(OP.getLocal, ...local, OP.const, 1, op, OP.setLocal, ...local);
      return;
    }
    if (node.type === "CallExpression") {
      this.#value(node);
      return;
    }
    if (node.type !== "AssignmentExpression") throw unknown(node);
    const { left, operator, right } = node;
    const compound = operator === "=" ? undefined : BINARY[operator.slice(0, -1)];
    if (operator !== "=" && compound === undefined) throw unknown(node);
    if (left.type === "MemberExpression") {
      const from = this.#address(left.object, left.property);
      if (compound !== undefined) this.#value(left);
      this.#value(right);
      if (compound !== undefined) this.#emit(compound);
      this.#emit(OP.store, ...from);
    } else if (left.type === "Identifier") {
      const local = this.#local(left.name);
      if (compound !== undefined) this.#emit(OP.getLocal, ...local);
      this.#value(right);
      if (compound !== undefined) this.#emit(compound);
      this.#emit(OP.setLocal, ...local);
    } else throw unknown(left);
  }

  /** Leaves the place of an array on the stack. @returns alignment and where the array begins, as loads and stores want them */
  #address(array: AnyNode, place: AnyNode): Bytes {
    const start = array.type === "Identifier" ? this.#arrays[array.name] : undefined;
    if (start === undefined) throw unknown(array);
    this.#value(place);
    this.#emit(OP.const, 2, OP.shiftLeft);
    if (start.isOwn) this.#emit(OP.getGlobal, 0, OP.add);
    return [2, ...unsigned(start.byte)];
  }

  #value(node: AnyNode): void {
    switch (node.type) {
      case "Literal":
        this.#emit(OP.const, ...signed(Number(node.value) | 0));
        break;
      case "Identifier":
        this.#emit(OP.getLocal, ...this.#local(node.name));
        break;
      case "MemberExpression": {
        const from = this.#address(node.object, node.property);
        this.#emit(OP.load, ...from);
        break;
      }
      case "UnaryExpression":
        this.#unary(node);
        break;
      case "BinaryExpression":
        this.#binary(node.operator, node.left, node.right);
        break;
      case "LogicalExpression":
        this.#logical(node);
        break;
      case "ConditionalExpression":
        this.#value(node.consequent);
        this.#value(node.alternate);
        this.#value(node.test);
        this.#emit(OP.select);
        break;
      case "CallExpression":
        this.#call(node);
        break;
      default:
        throw unknown(node);
    }
  }

  #unary(node: UnaryExpression): void {
    const { operator, argument } = node;
    if (operator === "-") this.#emit(OP.const, 0);
    this.#value(argument);
    if (operator === "!") this.#emit(OP.isZero);
    else if (operator === "~") this.#emit(OP.const, ...signed(-1), OP.xor);
    else if (operator === "-") this.#emit(OP.subtract);
    else throw unknown(node);
  }

  #binary(operator: string, left: AnyNode, right: AnyNode): void {
    const op = BINARY[operator];
    if (op === undefined) throw new SyntaxError(`no WebAssembly for ${operator}`);
    this.#value(left);
    this.#value(right);
    this.#emit(op);
  }

  /** "And" and "or" of truths. */
  #logical(node: LogicalExpression): void {
    const { operator, left, right } = node;
    if (operator === "??") throw unknown(node);
    this.#truth(left);
    this.#truth(right);
    this.#emit(operator === "&&" ? OP.and : OP.or);
  }

  /** 1 for everything but 0. */
  #truth(node: AnyNode): void {
    this.#value(node);
    const isTruth =
      node.type === "LogicalExpression" ||
      (node.type === "BinaryExpression" && TRUTHS.has(node.operator)) ||
      (node.type === "UnaryExpression" && node.operator === "!");
    if (!isTruth) this.#emit(OP.const, 0, OP.differs);
  }

  #call(node: CallExpression): void {
    const { callee, arguments: given } = node;
    if (callee.type === "MemberExpression") {
      const { object, property } = callee;
      const name = object.type === "Identifier" && property.type === "Identifier" && `${object.name}.${property.name}`;
      this.#builtIn(name || callee.type, given);
      return;
    }
    for (const argument of given) this.#value(argument);
    const inline = callee.type === "Identifier" ? this.#inline.get(callee.name) : undefined;
    if (inline) {
      this.#locals.scope(() => this.#putInline(inline));
      return;
    }
    const number = callee.type === "Identifier" ? this.#callable.get(callee.name) : undefined;
    if (number === undefined) throw unknown(callee);
    this.#emit(OP.call, ...unsigned(number));
  }

  /** Its parameters are on the stack, and its number will be. */
  #putInline({ params, body: { body } }: FunctionDeclaration): void {
    const locals = params.map((parameter) => this.#locals.declare(parameter));
    for (const local of locals.reverse()) this.#emit(OP.setLocal, ...unsigned(local));
    const last = body.at(-1);
    if (last?.type !== "ReturnStatement" || !last.argument) throw new SyntaxError("only a number can be put inline");
    const wasInlined = this.#isInlined;
    this.#isInlined = true;
    for (const statement of body.slice(1, -1)) this.#statement(statement);
    this.#isInlined = wasInlined;
    this.#value(last.argument);
  }

  #builtIn(name: string, given: readonly AnyNode[]): void {
    const [first, second, ...rest] = given;
    if (first === undefined || second === undefined) throw new SyntaxError(`no WebAssembly for ${name}`);
    if (name === "Math.imul") {
      this.#value(first);
      this.#value(second);
      this.#emit(OP.multiply);
      return;
    }
    const op = name === "Atomics.load" ? ATOMIC_OP.load : ATOMIC_OP.compareExchange;
    if (name !== "Atomics.load" && name !== "Atomics.compareExchange")
      throw new SyntaxError(`no WebAssembly for ${name}`);
    const from = this.#address(first, second);
    for (const value of rest) this.#value(value);
    this.#emit(ATOMIC, op, ...from);
  }
}
