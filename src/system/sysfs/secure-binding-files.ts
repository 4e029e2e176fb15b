// se_bind and se_associate of a queue in a Secure Execution guest. docs/kernel/bus.md §8.2.
import type { Apqn } from "../ap/apqn.ts";
import { type Result, refused } from "../ap/result.ts";
import {
  associateSecurely,
  associationShown,
  bindingShown,
  bindSecurely,
  hasBindingFiles,
  supportsAssociation,
  supportsBinding,
  unbindSecurely,
} from "../bus/secure-binding.ts";
import type { Host } from "../vfio-ap/host.ts";
import { type Attribute, MALFORMED, STORED, stored } from "./node.ts";
import { kstrtobool, kstrtoul, TOO_BIG } from "./number-grammar.ts";

/** Numbers of secrets end below this one, which stands for none. */
const NO_SECRET = 0xffff;
/** kstrtouint does not take more. */
const UINT_MAX = 2 ** 32 - 1;

const TOO_LARGE = refused("EINVAL", { kind: "number-too-large", max: NO_SECRET - 1 });
const OUT_OF_RANGE = refused("ERANGE", { kind: "number-too-large", max: NO_SECRET - 1 });

const line = (text: Result<string>): Result<string> => (text.ok ? { ok: true, value: `${text.value}\n` } : text);

export function bindFile(host: Host, apqn: Apqn): Attribute | undefined {
  if (!hasBindingFiles(host, apqn)) return undefined;
  return {
    kind: "attribute",
    mode: 0o644,
    read: () => line(bindingShown(host, apqn)),
    store: (text) => {
      const can = supportsBinding(host, apqn);
      if (!can.ok) return can;
      const binds = kstrtobool(text);
      if (binds === undefined) return MALFORMED;
      if (binds) return stored(bindSecurely(host, apqn));
      unbindSecurely(host, apqn);
      return STORED;
    },
  };
}

export function associateFile(host: Host, apqn: Apqn): Attribute | undefined {
  if (!hasBindingFiles(host, apqn)) return undefined;
  return {
    kind: "attribute",
    mode: 0o644,
    read: () => line(associationShown(host, apqn)),
    store: (text) => {
      const can = supportsAssociation(host, apqn);
      if (!can.ok) return can;
      const index = kstrtoul(text);
      if (index === TOO_BIG || index > UINT_MAX) return OUT_OF_RANGE;
      if (index < 0) return MALFORMED;
      return index >= NO_SECRET ? TOO_LARGE : stored(associateSecurely(host, apqn, index));
    },
  };
}
