// The reference model's events, as the source of a function made for one universe: sizes and places are numbers in it and every event
// is straight-line code, as Spin does it with C. With closures over tables of places a whole exploration took 1.6 times as long.
import type { EventNumbers } from "./event-numbers.ts";
import type { Field, Layout } from "./layout.ts";
import { I8, I9, I10 } from "./properties.ts";
import type { Output } from "./source-output.ts";
import { inParts } from "./source-parts.ts";
import { type Code, flip, product, takeApart } from "./source-state.ts";
import type { Tables, Universe } from "./universe.ts";

/*
 * Names in the source, beside those of takeApart. Of the successor: w0.. its words, v what it breaks, has the queues that a filter
 * may give.
 */
export interface Parts {
  readonly universe: Universe;
  readonly tables: Tables;
  readonly layout: Layout;
  readonly numbers: EventNumbers;
}

/** Functions that find product, adaptersOf and domainsOf around them, the last of them `expand`. */
export function expandSource(parts: Parts, output: Output): Code {
  return new Source(parts, output).text();
}

/** What a guest lost, where nothing may be taken from it. */
const BREAKS_I9: Code = `if (lost) v |= ${I9};`;

class Source {
  readonly #universe: Universe;
  readonly #tables: Tables;
  readonly #layout: Layout;
  readonly #numbers: EventNumbers;
  readonly #words: readonly number[];
  readonly #mdevs: readonly number[];
  readonly #queues: number;
  /** Repeats a set of queues for every mdev. */
  readonly #each: number;

  readonly #output: Output;

  constructor({ universe, tables, layout, numbers }: Parts, output: Output) {
    this.#output = output;
    this.#universe = universe;
    this.#tables = tables;
    this.#layout = layout;
    this.#numbers = numbers;
    this.#words = Array.from({ length: layout.words }, (_, w) => w);
    this.#mdevs = Array.from({ length: universe.mdevs }, (_, g) => g);
    this.#queues = universe.adapters * universe.domains;
    this.#each = this.#mdevs.reduce((each, g) => each | (1 << (g * this.#queues)), 0);
  }

  text(): Code {
    const parts = inParts([
      ...Array.from({ length: this.#queues }, (_, n) => this.#queueEvents(n)),
      ...this.#mdevs.map((g) => this.#mdevEvents(g)),
      ...(this.#universe.absent === 0 ? [] : [this.#hostEvents()]),
    ]);
    const functions = parts.map((events, n) => this.#function(`part${n}`, events));
    const { before, given, call, result } = this.#output;
    return `${before}
${functions.join("\n")}
function expand(${given}) {
  ${parts.map((_, n) => call(`part${n}`)).join(" ")}
  ${result}
}`;
  }

  #function(name: string, events: Code): Code {
    const { given, begin, end, result, word } = this.#output;
    const reads = this.#words.flatMap((w) => word(w) ?? []).map((read, w) => `const s${w} = ${read};`);
    return `function ${name}(${given}) {
  ${begin}
  ${reads.join(" ")}
  ${takeApart(this.#universe, this.#tables, this.#layout)}
  ${events}
  ${end}
  ${result}
}`;
  }

  /** Queues of adapters x domains. */
  #product(adapters: Code, domains: Code): Code {
    return product(this.#universe, adapters, domains);
  }

  /** One successor: a copy of the state, what the event does to it, and where it goes. */
  #event(number: number, does: Code): Code {
    return `{
    let ${this.#words.map((w) => `w${w} = s${w}`).join(", ")}, v = 0;
    ${does}
    ${this.#output.add(number, does.includes("v |="))}
  }`;
  }

  /**
   * What every event ends with: some queues are reset, mdev g has this shadow, and running guests dirty what they have. I8 where a
   * guest has what another dirtied; "losing" judges what this mdev's guest lost.
   */
  #settle(g: number, a: Code, q: Code, reset: Code, runs = "running", dirt = "dirt", losing = BREAKS_I9): Code {
    const layout = this.#layout;
    const others = this.#mdevs.filter((h) => h !== g).map((h) => `left |= apcb${h} << ${h * this.#queues};`);
    const repeated = (set: Code) => (this.#mdevs.length === 1 ? set : `Math.imul(${set}, ${this.#each})`);
    // Without branches, because nobody can predict them: what is not reset, and a guest that does not run, have no bits.
    const afterReset = `const reset = ${reset}; left &= ~${repeated("reset")}; ${others.join(" ")}`;
    const before = g * this.#queues;
    return `{
      const a = ${a}, q = ${q};
      ${a === `x${g}` ? "" : flip(layout.shadowAdapters[g]!, `a ^ x${g}`)}
      ${q === `y${g}` ? "" : flip(layout.shadowDomains[g]!, `q ^ y${g}`)}
      let left = ${dirt};
      ${reset === "0" ? "" : afterReset}
      const own = ${this.#product("a", "q")} & -(${runs} >> ${g} & 1);
      const others = ${repeated("own")} & ~(own << ${before});
      if (left & others) v |= ${I8};
      ${losing === "" ? "" : `const lost = apcb${g} & ~own; ${losing}`}
      left = left & ~others | own << ${before};
      ${flip(layout.dirtied, `left ^ ${dirt}`)}
    }`;
  }

  /** Works the shadow of mdev g out anew from this matrix, cut down to the host, and the queues in "has". */
  #filter(g: number, a: Code, q: Code, byAdapter: boolean, runs = "running", dirt = "dirt"): Code {
    const { isV11, resetsFiltered } = this.#tables;
    const lost = this.#product(`x${g} & mine & ~full`, "domains");
    const wanted = `const mine = ${a}, domains = ${q}, missing = ${this.#product("mine", "domains")} & ~has;`;
    if (!isV11) {
      const reset = resetsFiltered ? `${lost} & has` : "0";
      return `{ ${wanted} const full = mine & ~adaptersOf[missing];
      ${this.#settle(g, "full", "domains", reset, runs, dirt)} }`;
    }
    const full = byAdapter ? "mine & ~adaptersOf[missing]" : "mine";
    const left = byAdapter ? "domains" : "domains & ~domainsOf[missing]";
    return `{ ${wanted} const full = ${full}, some = ${left}, whole = full !== 0 && some !== 0;
      ${this.#settle(g, "whole ? full : 0", "whole ? some : 0", "0", runs, dirt)} }`;
  }

  /** Takes adapters or domains out of a shadow of v11: one without one of both is empty. */
  #shrink(g: number, a: Code, q: Code, reset: Code, losing: Code): Code {
    return `{ const rest = ${a}, some = ${q}, whole = rest !== 0 && some !== 0;
      ${this.#settle(g, "whole ? rest : 0", "whole ? some : 0", reset, "running", "dirt", losing)} }`;
  }

  /** The same for whichever mdev has this queue, or something else if none has. */
  #ofOwner(queue: number, does: (g: number) => Code, otherwise: Code): Code {
    const cases = this.#mdevs.map((g) => `if (matrix${g} & ${queue}) { ${does(g)} }`);
    return `${cases.join(" else ")} else { ${otherwise} }`;
  }

  /** A queue that is now bound looks for its guest. */
  #probe(n: number): Code {
    const { adapters: N, domains: M } = this.#universe;
    const a = Math.floor(n / M);
    const d = n % M;
    const filters = (g: number) => this.#filter(g, `a${g} & hostA`, `q${g} & hostQ`, true);
    if (!this.#tables.isV11) {
      const has = `const has = bound | ${1 << n};`;
      return `${has} ${this.#ofOwner(1 << n, (g) => `if (!(pending & ${1 << g})) ${filters(g)}`, "")}`;
    }
    const waits = `added !== ${1 + a} && added !== ${1 + N + d}`;
    const has = `const has = linked | ${1 << n};`;
    return `${has} ${this.#ofOwner(1 << n, (g) => `if (running & ${1 << g} && ${waits}) ${filters(g)}`, "")}`;
  }

  /**
   * A bound queue is taken from vfio_ap: its guest loses the adapter if it has the queue. Losing a queue that no guest had breaks I10.
   * Without v11 there is one branch for each mdev but the first, because nobody can predict them: "has" is all ones if the guest has
   * the queue, and what belongs to no mdev is reset as if it were of the first.
   */
  #remove(n: number): Code {
    const { domains: M } = this.#universe;
    const { isV11, removalAsksBoth } = this.#tables;
    const queue = 1 << n;
    const a = Math.floor(n / M);
    const d = n % M;
    const losing = `if (lost & -(~plugged >> ${n} & 1)) v |= ${I10};`;
    const settle = (g: number, adapters: Code, reset: Code) =>
      this.#settle(g, adapters, `y${g}`, reset, "running", "dirt", losing);
    const plugged = `const plugged = ${this.#mdevs.map((g) => `apcb${g}`).join(" | ")};`;
    if (isV11) {
      const has = (g: number) => `x${g} & ${1 << a}${removalAsksBoth ? ` && y${g} & ${1 << d}` : ""}`;
      const onlyReset = (g: number) => settle(g, `x${g}`, `${queue}`);
      const loses = (g: number) => this.#shrink(g, `x${g} & ${~(1 << a)}`, `y${g}`, `${queue}`, losing);
      const does = (g: number) =>
        `if (!(mark & ${queue}) && running & ${1 << g} && ${has(g)}) ${loses(g)} else ${onlyReset(g)}`;
      return `${plugged} ${this.#ofOwner(queue, does, onlyReset(0))}`;
    }
    const does = (g: number): Code => {
      const asked = removalAsksBoth ? `x${g} >> ${a} & y${g} >> ${d}` : `x${g} >> ${a}`;
      const ofAdapter = `${this.#product(`${1 << a}`, `y${g}`)} & bound`;
      return `const has = -(${asked} & matrix${g} >> ${n} & 1);
      ${settle(g, `x${g} & ~(has & ${1 << a})`, `${ofAdapter} & has | host & ${queue} & ~has`)}`;
    };
    const others = this.#mdevs.slice(1).map((g) => `if (matrix${g} & ${queue}) { ${does(g)} } else`);
    return `${plugged} ${others.join(" ")} { ${does(0)} }`;
  }

  #queueEvents(n: number): Code {
    const { bind, unbind, scanAdd, scanRemove } = this.#numbers;
    const { bound, mark } = this.#layout;
    const queue = 1 << n;
    const isReserved = (this.#tables.reserved & queue) !== 0;
    const unbinds = `${flip(bound, `${queue}`)} ${flip(mark, `~mark & ${queue}`)}
    ${this.#remove(n)}`;
    const binds = `${flip(bound, `${queue}`)} ${flip(mark, `${queue}`)} ${this.#probe(n)}`;
    const makes = isReserved ? flip(mark, `${queue}`) : `${flip(bound, `${queue}`)} ${this.#probe(n)} v &= ${I8};`;
    const removes = `${flip(bound, `bound & ${queue}`)} ${flip(mark, `mark & ${queue}`)}
    if (bound & ${queue}) { ${this.#remove(n)} }`;
    return `
  if (bound & ${queue}) ${this.#event(unbind + n, unbinds)}
  ${isReserved ? "" : `else if (mark & ${queue}) ${this.#event(bind + n, binds)}`}
  if (scans !== 0 && (there ^ host) & ${queue}) {
    if (there & ${queue}) ${this.#event(scanRemove + n, removes)}
    else ${this.#event(scanAdd + n, makes)}
  }`;
  }

  /** Under v11 queues that were cut off are linked again where the matrix changes over them. */
  #relink(queues: Code): Code {
    if (!this.#tables.isV11) return "const has = bound;";
    const { mark } = this.#layout;
    return `const again = ${queues} & bound & mark, has = linked | again; ${flip(mark, "again")}`;
  }

  /** What is unassigned leaves the shadow, if it is there. That takes queues from a guest, and is meant to. */
  #leave(g: number, isThere: Code, a: Code, q: Code, queues: Code): Code {
    if (this.#tables.isV11) return `if (${isThere}) ${this.#shrink(g, a, q, "0", "")}`;
    return this.#settle(g, a, q, `${queues} & bound`, "running", "dirt", "");
  }

  #mdevEvents(g: number): Code {
    const { adapters: N, domains: M, controlDomains } = this.#universe;
    const numbers = this.#numbers;
    const layout = this.#layout;
    const { isV11 } = this.#tables;
    const ifFilters = isV11 ? `if (running & ${1 << g})` : "";
    const adapterEvents = Array.from({ length: N }, (_, n) => {
      const adapter = 1 << n;
      const queues = this.#product(`${adapter}`, `q${g}`);
      const flips = flip(layout.matrixAdapters[g]!, `${adapter}`);
      const reset = this.#product(`${adapter} & x${g}`, `y${g}`);
      const leaves = this.#leave(g, `x${g} & ${adapter}`, `x${g} & ${~adapter}`, `y${g}`, reset);
      const unassigns = `${flips} ${this.#relink(queues)} ${leaves}`;
      const filters = this.#filter(g, `(a${g} | ${adapter}) & hostA`, `q${g} & hostQ`, true);
      const assigns = `${flips} ${this.#relink(queues)} ${ifFilters} ${filters}`;
      return `
  if (a${g} & ${adapter}) ${this.#event(numbers.unassignAdapter + g * N + n, unassigns)}
  else if (!(${queues} & taken)) ${this.#event(numbers.assignAdapter + g * N + n, assigns)}`;
    });
    const domainEvents = Array.from({ length: M }, (_, n) => {
      const domain = 1 << n;
      const queues = this.#product(`a${g}`, `${domain}`);
      const flips = flip(layout.matrixDomains[g]!, `${domain}`);
      const reset = this.#product(`x${g}`, `${domain} & y${g}`);
      const leaves = this.#leave(g, `y${g} & ${domain}`, `x${g}`, `y${g} & ${~domain}`, reset);
      const unassigns = `${flips} ${this.#relink(queues)} ${leaves}`;
      const filters = this.#filter(g, `a${g} & hostA`, `(q${g} | ${domain}) & hostQ`, false);
      const assigns = `${flips} ${this.#relink(queues)} ${ifFilters} ${filters}`;
      return `
  if (q${g} & ${domain}) ${this.#event(numbers.unassignDomain + g * M + n, unassigns)}
  else if (!(${queues} & taken)) ${this.#event(numbers.assignDomain + g * M + n, assigns)}`;
    });
    return `{
  const taken = assigned ^ matrix${g} | ${this.#tables.reserved};
  ${adapterEvents.join("")}
  ${domainEvents.join("")}
  ${controlDomains ? this.#controlEvents(g) : ""}
  ${this.#guestEvents(g)}
  }`;
  }

  #controlEvents(g: number): Code {
    const { domains: M } = this.#universe;
    const { assignControl, unassignControl } = this.#numbers;
    const { matrixControl, shadowControl } = this.#layout;
    return Array.from({ length: M }, (_, n) => {
      const domain = 1 << n;
      const flips = flip(matrixControl[g]!, `${domain}`);
      const shown = this.#tables.isV11
        ? `running & ${1 << g} ? z${g} | ${domain} : z${g}`
        : `(c${g} | ${domain}) & hostQ`;
      return `
  if (c${g} & ${domain}) ${this.#event(unassignControl + g * M + n, `${flips} ${flip(shadowControl[g]!, `z${g} & ${domain}`)}`)}
  else ${this.#event(assignControl + g * M + n, `${flips} ${flip(shadowControl[g]!, `z${g} ^ (${shown})`)}`)}`;
    }).join("");
  }

  #guestEvents(g: number): Code {
    const { controlDomains } = this.#universe;
    const { isV11 } = this.#tables;
    const { running, shadowControl } = this.#layout;
    const flips = flip(running, `${1 << g}`);
    const control = (after: Code) => (controlDomains ? flip(shadowControl[g]!, `z${g} ^ ${after}`) : "");
    const after = `(running ^ ${1 << g})`;
    const starts = isV11
      ? `const has = linked; ${this.#filter(g, `a${g} & hostA`, `q${g} & hostQ`, true, after)} ${control(`c${g}`)}`
      : this.#settle(g, `x${g}`, `y${g}`, "0", after, "dirt", "");
    const stops = isV11
      ? `${this.#settle(g, "0", "0", `matrix${g}`, after, "dirt", "")} ${control("0")}`
      : this.#settle(g, `x${g}`, `y${g}`, `matrix${g} & bound`, after, "dirt", "");
    return `
  if (running & ${1 << g}) ${this.#event(this.#numbers.stop + g, `${flips} ${stops}`)}
  else ${this.#event(this.#numbers.start + g, `${flips} ${starts} v &= ${I8};`)}`;
  }

  #hostEvents(): Code {
    const { adapters: N, domains: M, absent } = this.#universe;
    const { configAdapter, configDomain, scanComplete } = this.#numbers;
    const { allAdapters, allDomains } = this.#tables;
    const { hostAdapters, hostDomains, scanning, added, pending } = this.#layout;
    const ones = (set: Code, size: number) =>
      Array.from({ length: size }, (_, n) => `(${set} >> ${n} & 1)`).join(" + ");
    const events = Array.from({ length: N + M }, (_, n) => {
      const isAdapter = n < N;
      const bit = isAdapter ? 1 << n : 1 << (n - N);
      const present = isAdapter ? "hostA" : "hostQ";
      const absentNow = ones(`(${isAdapter ? allAdapters : allDomains} & ~${present})`, isAdapter ? N : M);
      const flips = `${flip(scanning, "1")} ${flip(isAdapter ? hostAdapters : hostDomains, `${bit}`)}`;
      const touched = (g: number) =>
        isAdapter ? `a${g}` : this.#universe.controlDomains ? `(q${g} | c${g})` : `q${g}`;
      const waiting = this.#mdevs.map((g) => `(${touched(g)} & ${bit} ? ${1 << g} : 0)`).join(" | ");
      const comes = `${flips} ${flip(added, `${1 + n}`)} ${this.#tables.isV11 ? "" : flip(pending, waiting)}`;
      const goes = `${flips} ${this.#hostRemoval(isAdapter ? bit : 0, isAdapter ? 0 : bit)}`;
      const number = isAdapter ? configAdapter + n : configDomain + n - N;
      return `
    if (!(${present} & ${bit})) ${this.#event(number, comes)}
    else if (${absentNow} < ${absent}) ${this.#event(number, goes)}`;
    });
    const clears = `${flip(scanning, "1")} ${flip(added, "added")}
      ${this.#tables.isV11 ? "" : flip(pending, "pending")}`;
    return `
  if (scans === 0) {
    ${events.join("")}
  } else if (there === host) ${this.#event(scanComplete, `${clears} ${this.#completion()} v &= ${I8};`)}`;
  }

  /** An adapter or a domain leaves the host's configuration, and with it all shadows. */
  #hostRemoval(adapter: number, domain: number): Code {
    const { controlDomains } = this.#universe;
    const { isV11, product, allAdapters, allDomains } = this.#tables;
    const { shadowAdapters, shadowDomains, shadowControl, mark, dirtied } = this.#layout;
    const M = this.#universe.domains;
    const gone = product[adapter !== 0 ? (adapter << M) | allDomains : (allAdapters << M) | domain]!;
    const goneOfAll = Math.imul(gone, this.#each);
    const ofMdev = (g: number): Code => {
      const rest = `const a = x${g} & ${~adapter}, q = y${g} & ${~domain}`;
      const isHit = `(a !== x${g} || q !== y${g}) && (a === 0 || q === 0)`;
      const kept = isV11
        ? `${rest}, none = ${isHit}, na = none ? 0 : a, nq = none ? 0 : q;`
        : `${rest}, na = a, nq = q;`;
      const loses = `${kept}
      ${flip(shadowAdapters[g]!, `na ^ x${g}`)} ${flip(shadowDomains[g]!, `nq ^ y${g}`)}
      if (running & ${1 << g}) left |= ${this.#product("na", "nq")} << ${g * this.#queues};`;
      if (isV11) return `if (running & ${1 << g}) { ${loses} cut |= matrix${g} & ${gone} & linked; }`;
      const control = controlDomains ? flip(shadowControl[g]!, `z${g} & ${domain}`) : "";
      return `{ ${loses} ${control} }`;
    };
    return `let left = dirt & ${~goneOfAll}, cut = 0;
    ${this.#mdevs.map(ofMdev).join("\n")}
    ${isV11 ? flip(mark, "cut") : ""} ${flip(dirtied, "left ^ dirt")}`;
  }

  /**
   * What the end of a scan brings to each mdev that it touches: one after the other, each on what the one before left. It is the last
   * event, so what it does to apcb0 and the others hurts nobody.
   */
  #completion(): Code {
    const { adapters: N, controlDomains } = this.#universe;
    const { isV11 } = this.#tables;
    const { dirtied, shadowAdapters, shadowDomains, shadowControl } = this.#layout;
    const now = ({ word, shift, mask }: Field) => `(w${word} >>> ${shift} & ${mask | 0})`;
    const ofMdev = (g: number): Code => {
      const filters = this.#filter(g, `a${g} & hostA`, `q${g} & hostQ`, true, "running", "dirtNow");
      const control = `if (c${g} & domain) ${flip(shadowControl[g]!, `z${g} ^ (c${g} & hostQ)`)}`;
      return `if (${isV11 ? "running" : "pending"} & ${1 << g}) {
      if (a${g} & adapter || q${g} & domain) {
        const dirtNow = ${now(dirtied)}; ${filters}
        if (running & ${1 << g}) apcb${g} = ${this.#product(now(shadowAdapters[g]!), now(shadowDomains[g]!))};
      }
      ${controlDomains && !isV11 ? control : ""}
    }`;
    };
    return `const has = linked, adapter = added >= 1 && added <= ${N} ? 1 << added - 1 : 0;
    const domain = added > ${N} ? 1 << added - ${1 + N} : 0;
    ${this.#mdevs.map(ofMdev).join("\n")}`;
  }
}
